import Basics
import TestSupport
import Testing

/// The `trace` commands on a kept session.
@Suite struct TraceCommandTests {
  private func kept() throws -> (work: Workspace, trace: String) {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    work.prompt("Now write it down")
    try work.edit("notes.md", from: "", to: "# Totals are made here\n")
    try work.save("session-1")
    try work.repository.git("stash", "-q", "-u")
    _ = try work.json("init", "--import-existing")
    try work.repository.commit("enroll")
    try work.repository.git("stash", "pop", "-q")
    try work.repository.commit("total and notes")
    _ = try work.json("git-backfill")
    let trace = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    return (work, trace)
  }

  @Test func mapIsBoundedAndWholeOnDemand() throws {
    let (work, trace) = try kept()
    let map = try work.json("trace", "map", trace)
    #expect(map["schema_version"]?.string == "opentraces.trace.map.v1" && map["map"] == nil)
    #expect(map["facets"]?["type"]?["file_edit"]?.int == 2 && map["facets"]?["type"]?["git_anchor"]?.int == 2)
    #expect(map["sections"]?.array?.count == 2)
    #expect(map["facets"]?["file"]?["orders.py"]?.int != nil, "\(map["facets"]?["file"] ?? .null)")
    let whole = try work.json("trace", "map", trace, "--full")["map"]
    #expect(whole?["nodes"]?.array?.count == map["scope"]?["node_count"]?.int)
    let node = try #require(whole?["nodes"]?.array?.first { $0["action_type"]?.string == "file_edit" })
    let id = try #require(node["node_id"]?.string)
    for reference in [id, "tu:\(trace):tool:toolu_1"] {
      let around = try work.json("trace", "map", trace, "--around", reference, "--depth", "1")
      #expect(around["candidate_node_id"]?.string == id && around["map"]?["nodes"]?.array?.count == 3)
    }
    let edits = try work.json("trace", "map", trace, "--actions", "file_edit,patch_created")
    #expect(edits["map"]?["nodes"]?.array?.count == 4)
    #expect(try work.json("trace", "map", trace, "--from-node", id, "--walk", "back")["status"]?.string == "ok")
    #expect(try work.opentraces("trace", "map", trace).output.contains("LANDMARKS"))
  }

  @Test func burstsAreTheSameInGetAndMapAndSlice() throws {
    let (work, trace) = try kept()
    let got = try work.json("trace", "get", trace, "--bursts")["bursts"]?.array ?? []
    #expect(got.count == 1)
    let burst = got[0]
    #expect(burst["unique_files"] == ["notes.md": 1, "orders.py": 1])
    #expect(burst["intent"]?["most_substantive_spec"]?["text"]?.string == "Add a total with tax")
    #expect(burst["intent"]?["commit_subject"]?.string == "total and notes")
    #expect(burst["blast_radius"]?["lines_added"]?.int == 5)
    let node = try work.json("trace", "map", trace, "--bursts")["map"]?["nodes"]?.array?.first
    #expect(node?["metadata"] == burst && node?["action_type"]?.string == "change_burst")
    let slice = try work.json("trace", "slice", trace, "--template", "bursts")["slices"]?.array?.first
    #expect(slice?["metadata"]?["burst"] == burst && slice?["steps"]?.array?.isEmpty == false)
    #expect(try work.json("trace", "get", trace, "--bursts", "--burst-gap", "1")["bursts"]?.array?.isEmpty == false)
    let blind = try work.json("trace", "get", trace, "--bursts", "--no-commit-lookup")["bursts"]?.array?.first
    #expect(blind?["intent"]?["commit_subject"] == .null && blind?["patches_with_survival"] == [])
  }

  @Test func burstsTellWhatBecameOfTheirPatches() throws {
    let (work, trace) = try kept()
    func fates() throws -> [JSONValue] {
      let bursts = try work.json("trace", "get", trace, "--bursts")["bursts"]?.array ?? []
      return bursts.flatMap { $0["patches_with_survival"]?.array ?? [] }
    }
    let head = try work.repository.git("rev-parse", "HEAD").lines[0]
    let fresh = try fates()
    #expect(fresh.map { $0["survival_state"]?.string } == ["alive_on_path", "alive_on_path"])
    #expect(fresh.allSatisfy { $0["commit_sha"]?.string == head && $0["retention_fraction"]?.double == 1 })
    #expect(Set(fresh.compactMap { $0["file_path"]?.string }) == ["orders.py", "notes.md"])
    #expect(try work.opentraces("trace", "get", trace, "--bursts").output.contains("alive=2/2"))
    let base = work.repository.path + "/.git/opentraces/fates/" + trace
    let kept = base + ".json"
    let first = try work.run(["trace", "map", trace, "--bursts", "--json"]).outputBytes
    #expect(try Files.readText(kept)?.contains("alive_on_path") == true)
    for damage in ["", "{", "{\"key\": 3}"] {
      try Files.writeAtomically(Array(damage.utf8), to: kept)
      #expect(try work.run(["trace", "map", trace, "--bursts", "--json"]).outputBytes == first)
      #expect(try work.run(["trace", "map", trace, "--bursts", "--json"]).outputBytes == first)
    }
    try work.repository.git("rm", "-q", "notes.md")
    try work.repository.commit("without notes")
    let once = try fates()
    // What comparisons found is used for the next look, or found again when it is damaged.
    let compared = try #require(try Files.readIfPresent(base + ".lines"))
    for damage in [compared, [], Array(compared.dropLast()), Array("opentraces comparisons 1\n".utf8) + [1, 2, 3]] {
      try Files.remove(kept)
      try Files.writeAtomically(damage, to: base + ".lines")
      #expect(try fates() == once)
    }
    let later = once.first { $0["file_path"]?.string == "notes.md" }
    #expect(later?["survival_state"]?.string == "reverted" && later?["lost_kind"]?.string == "file_deleted")
    #expect(later?["lost_at_commit_sha"]?.string == (try work.repository.git("rev-parse", "HEAD").lines[0]))
  }

  @Test func backfillMakesTheFirstLookBeforehand() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.commit("total")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    let trace = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    let file = work.repository.path + "/.git/opentraces/fates/" + trace + ".json"
    let made = try #require(try Files.readText(file))
    let told = try work.run(["trace", "map", trace, "--bursts", "--json"]).outputBytes
    #expect(try Files.readText(file) == made)
    try Files.remove(file)
    #expect(try work.run(["trace", "map", trace, "--bursts", "--json"]).outputBytes == told)
  }

  @Test func cardFitsOnAScreen() throws {
    let (work, trace) = try kept()
    let card = try work.json("trace", "get", trace, "--card")["card"]
    #expect(card?["title"]?.string == "Add a total with tax" && card?["step_count"]?.int == 4)
    #expect(card?["key_steps"]?.array?.count == 4 && card?["files"]?.array?.count == 2)
    #expect(try work.opentraces("trace", "get", trace, "--card").output.split(separator: "\n").count < 20)
  }

  @Test func sessionsAreHeldAgainstEachOther() throws {
    let (work, trace) = try kept()
    work.beginSession()
    work.prompt("Only a small note")
    try work.edit("small.md", from: "", to: "small\n")
    try work.save("session-2")
    _ = try work.json("init", "--import-existing")
    let other = try #require(
      try (work.json("status")["sessions"]?.array ?? []).compactMap { $0["trace_id"]?.string }.first { $0 != trace })
    let json = try work.json("trace", "compare", trace, other)
    #expect(json["schema_version"]?.string == "opentraces.trace_compare.v1" && json["trace_b"]?.string == other)
    let steps = json["delta"]?["metrics"]?["total_steps"]
    #expect(steps?["delta"]?.int == (steps?["b"]?.int ?? 0) - (steps?["a"]?.int ?? 0) && steps?["delta"]?.int != 0)
    #expect(json["delta"]?["quality"]?["overall_utility"]?["a"]?.double != nil)
    #expect(try work.json("trace", "compare", trace, other, "--no-quality")["delta"]?["quality"] == .null)
    let same = try work.opentraces("trace", "compare", trace, trace).output
    #expect(same.contains("Add a total with tax") && !same.contains("+"), "\(same)")
    #expect(try work.failure("trace", "compare", trace, "ffffffff").exit == 6)
  }

  @Test func sessionGoesOnInItsAgent() throws {
    let (work, trace) = try kept()
    let packet = try work.json("trace", "get", trace, "--resume")
    #expect(packet["command"]?.array?.compactMap(\.string) == ["claude", "--resume", "session-1"])
    #expect(
      try work.opentraces("trace", "get", trace, "--resume", "--dry-run").output.hasSuffix("--resume session-1\n"))
    let bin = work.home + "/bin"
    try Files.createDirectory(bin)
    try Files.writeAtomically(Array("#!/bin/sh\necho \"$PWD $*\"\n".utf8), to: bin + "/claude", mode: 0o755)
    work.repository.environment.variables["PATH"] = bin + ":/usr/bin:/bin"
    let started = try work.opentraces("trace", "get", trace, "--resume")
    #expect(started.output == "\(work.repository.path) --resume session-1\n")
    work.repository.environment.variables["PATH"] = "/usr/bin:/bin"
    #expect(try work.opentraces("trace", "get", trace, "--resume").exitCode == 3)
    #expect(try work.opentraces("trace", "get", trace, "--resume", "--card").exitCode == 2)
    work.beginSession()
    work.prompt("An id that is an option")
    try work.edit("x.md", from: "", to: "x\n")
    try work.save("--dangerously-skip-permissions")
    _ = try work.json("init", "--import-existing")
    let odd = (try work.json("status")["sessions"]?.array ?? []).first {
      $0["session_id"]?.string == "--dangerously-skip-permissions"
    }
    let id = try #require(odd?["trace_id"]?.string)
    #expect(try work.json("trace", "get", id, "--resume")["command"] == .null)
    #expect(try work.opentraces("trace", "get", trace + ":1", "--resume").exitCode == 2)
    #expect(try work.opentraces("trace", "get", trace, "--dry-run").exitCode == 2)
  }

  @Test func slicesComeByRangeStepAndPatch() throws {
    let (work, trace) = try kept()
    let range = try work.json("trace", "slice", trace, "--from-step", "2", "--to-step", "3")
    #expect(range["mode"]?.string == "manual_step_range")
    let slice = try #require(range["slices"]?.array?.first)
    #expect(slice["start_step_index"]?.int == 2 && slice["end_step_index"]?.int == 3)
    let span = try work.json("trace", "get", "\(trace):2-3")
    #expect(span["slices"]?.array?.first?["slice_id"] == slice["slice_id"])
    let around = try work.json("trace", "slice", trace, "--around-step", "2", "--radius", "0")
    #expect(around["slices"]?.array?.first?["steps"]?.array?.count == 1)
    let patch = try #require(
      try work.json("trace", "map", trace, "--actions", "patch_created")["map"]?["nodes"]?.array?.first?["metadata"]?[
        "trace_patch_id"]?.string)
    let byPatch = try work.json("trace", "slice", trace, "--around-patch", patch, "--radius", "1")
    #expect(byPatch["mode"]?.string == "around_patch")
    #expect(byPatch["slices"]?.array?.first?["trace_patch_refs"]?.array?.contains(.string(patch)) == true)
  }

  @Test func wasteAndSignalsAreTheSameBytesInGetAndMap() throws {
    let (work, trace) = try kept()
    for flag in ["--waste", "--run-intel"] {
      for json in [["--json"], []] {
        let get = try work.run(["trace", "get", trace, flag] + json)
        let map = try work.run(["trace", "map", trace, flag] + json)
        #expect(get.exitCode == 0 && get.outputBytes == map.outputBytes && !get.outputBytes.isEmpty)
      }
    }
    #expect(
      try work.json("trace", "get", trace, "--waste", "--large-output-chars", "1")["summary"]?["large_output_count"]?
        .int
        == 2)
  }

  @Test func partitionAsksForJudgmentsAndTakesAnswers() throws {
    let (work, trace) = try kept()
    let turns = try work.json("trace", "partition", trace, "--by", "s1")
    #expect(turns["trajectories"]?.array?.count == 2 && turns["tiling"]?["valid"]?.bool == true)
    let asked = try work.run(["trace", "partition", trace, "--by", "s4", "--json"])
    #expect(asked.exitCode == 0 || asked.exitCode == 10)
    let defaults = try work.json("trace", "partition", trace, "--by", "s3", "--judge", "deterministic")
    #expect(defaults["total_steps"]?.int == 4)
    let file = try work.repository.write(
      "answers.json", "{\"answers\": [{\"id\": \"s4-pivot-99\", \"decision\": \"stay\"}]}")
    let answered = try work.json(
      "trace", "partition", trace, "--by", "s4", "--judge", "deterministic", "--answers", file)
    #expect(answered["answers_ignored"] == ["s4-pivot-99"])
  }

  /// A session of which s4 asks something, and a `claude` that answers with what a script prints.
  private func asked(_ script: String) throws -> (work: Workspace, trace: String, log: String) {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    work.shell("pytest -q", prints: "3 passed in 0.1s")
    try work.edit("notes.md", from: "", to: "# Totals\n")
    work.shell("pytest -q", prints: "3 passed in 0.1s")
    work.say("Wrote it down. The key is sk-ant-api03-F3WixjU7o0VGnHVrgtR0DCavrz7t7nLu1Tr4wKxw.")
    try work.save("session-1")
    _ = try work.json("init", "--import-existing")
    let log = work.home + "/asked.txt"
    let bin = work.home + "/bin"
    try Files.createDirectory(bin)
    try Files.writeAtomically(
      Array("#!/bin/sh\n{ echo \"capture=$OPENTRACES_CAPTURE $*\"; cat; } >> \"\(log)\"\n\(script)\n".utf8),
      to: bin + "/claude", mode: 0o755)
    work.repository.environment.variables["OT_LLM_PROVIDER"] = "claude-cli"
    work.repository.environment.variables["PATH", default: ""] = "\(bin):/usr/bin:/bin"
    let trace = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    return (work, trace, log)
  }

  private func reply(_ result: String) -> String {
    let text = result.replacing("\"", with: "\\\"")
    return "printf '%s\\n' '{\"subtype\":\"success\",\"is_error\":false,\"result\":\"\(text)\"}'"
  }

  @Test func modelJudgesAndNamesThePartsOnce() throws {
    let judge = reply(
      "{\"answers\":[{\"id\":\"s4-pivot-3\",\"decision\":\"pivot\"},{\"id\":\"x\",\"decision\":\"stay\"}]}")
    let names = reply("```json {\"labels\":[\"Total with tax is tested\",\"\"]} ```")
    let (work, trace, log) = try asked("case \"$*\" in *decision*) \(judge);; *) \(names);; esac")
    let first = try work.run(["trace", "partition", trace, "--by", "s4", "--judge", "provider", "--json"])
    #expect(first.exitCode == 0 && first.errors.contains("asking claude-cli"), "\(first.errors)")
    let parts = try JSONValue(parsing: first.output)["trajectories"]?.array ?? []
    #expect(parts.map { $0["start"]?.int } == [0, 3])
    #expect(parts.first?["label"]?.string == "Total with tax is tested")
    #expect(parts.map { $0["label_source"]?.string } == ["model", "narration"])
    let asked = try #require(try Files.readText(log))
    #expect(asked.contains("capture=off -p") && !asked.contains("F3WixjU7o0"))
    let again = try work.run(["trace", "partition", trace, "--by", "s4", "--judge", "provider", "--json"])
    #expect(again.outputBytes == first.outputBytes && again.errors.isEmpty)
    #expect(try Files.readText(log) == asked, "what was answered is not asked again")
  }

  @Test(
    arguments: [
      "exit 3", "echo nothing", "printf '{\"subtype\":\"error_max_turns\",\"is_error\":true}'",
      "printf '{\"subtype\":\"success\",\"result\":\"{\\\"labels\\\":[]}\"}'",
    ])
  func modelThatFailsChangesNothing(_ script: String) throws {
    let (work, trace, _) = try asked(script)
    let result = try work.run(["trace", "partition", trace, "--by", "s4", "--judge", "provider", "--json"])
    #expect(result.exitCode == 0 && result.errors.contains("warning: "), "\(result.errors)")
    let plain = try work.json("trace", "partition", trace, "--by", "s4", "--judge", "deterministic")
    #expect(try JSONValue(parsing: result.output)["trajectories"] == plain["trajectories"])
  }

  @Test func deterministicJudgeAsksNoModel() throws {
    let (work, trace, log) = try asked("exit 0")
    for slicer in ["s1", "s2", "s3", "s4"] {
      _ = try work.json("trace", "partition", trace, "--by", slicer, "--judge", "deterministic")
    }
    for slicer in ["s1", "s2"] { _ = try work.json("trace", "partition", trace, "--by", slicer, "--judge", "provider") }
    #expect(try Files.readText(log) == nil)
  }

  /// Words of a command, `T` for the trace, and the exit code.
  private static let refusals: [(words: String, exit: Int32)] = [
    ("map T --around x --candidate y", 2),
    ("map T --walk back", 2),
    ("map T --around nothing", 6),
    ("map T --actions dance", 2),
    ("map T --bursts --waste", 2),
    ("map zzzz", 6),
    ("map T --depth 2", 2),
    ("slice T", 2),
    ("slice T --from-step 3", 2),
    ("slice T --from-step 3 --to-step 2", 2),
    ("slice T --template weeks", 2),
    ("slice T --around-patch zz", 2),
    ("slice zzzz --around-step 1", 6),
    ("partition T", 2),
    ("partition T --by s9", 2),
    ("partition zzzz --by s1", 6),
    ("partition T --by s3 --answers absent.json", 2),
    ("partition T --by s3 --judge oracle", 2),
    ("get T --waste --run-intel", 2),
    ("get T --large-output-chars 5", 2),
    ("get T --waste --large-output-chars 0", 2),
    ("get T:5-2", 2),
    ("get T:2 --waste", 2),
    ("get T --burst-gap 3", 2),
  ]

  @Test(arguments: refusals)
  func badRequestsAreRefused(_ request: String, _ exit: Int32) throws {
    let (work, trace) = try kept()
    let before = try work.repository.git("for-each-ref").output
    let words = request.split(separator: " ").map { word in
      word.hasPrefix("T") ? trace + word.dropFirst() : String(word)
    }
    let result = try work.run(["trace"] + words + ["--json"])
    #expect(result.exitCode == exit, "\(words): \(result.output)")
    #expect(try JSONValue(parsing: result.output)["error"]?["hint"] != nil)
    #expect(try work.repository.git("for-each-ref").output == before)
  }

  @Test func brokenAnswersAreRefused() throws {
    let (work, trace) = try kept()
    for text in ["not json", "{\"answers\": 3}", "[1]", "[{\"id\": \"x\"}]"] {
      let file = try work.repository.write("answers.json", text)
      let result = try work.run(["trace", "partition", trace, "--by", "s3", "--answers", file, "--json"])
      #expect(result.exitCode == 2, "\(text)")
    }
  }
}
