import Basics
import GitKit
import TestSupport
import Testing

/// From session files on disk to blame, through the built program.
@Suite struct MainJobTests {
  /// A repository with one session that wrote three lines of the last commit; a person added one.
  private func imported() throws -> Workspace {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.git("checkout", "-q", "--", "orders.py")
    _ = try work.json("init", "--import-existing")
    try work.repository.commit("enroll")
    try work.repository.commit("add total", files: ["orders.py": Sample.after + "# by hand, not by an agent\n"])
    return work
  }

  @Test func everyLineOfACommitHasItsOwner() throws {
    let work = try imported()
    _ = try work.json("git-backfill")
    let blame = try work.json("trail", "blame", "commit", "HEAD", "--lines")
    #expect(blame["coverage"]?["attributed"]?.int == 3)
    #expect(blame["coverage"]?["total"]?.int == 4)
    let lines = blame["files"]?["orders.py"]?["lines"]?.array ?? []
    #expect(
      lines.map { $0["consistency"]?.string } == [
        "pre-audit", "attributed", "attributed", "attributed", "missing_from_audit",
      ])
    #expect(blame["traces"]?.array?.first?["session_id"]?.string == "session-1")
  }

  @Test func commitIsAttributedByTheHookAlone() throws {
    let work = try imported()
    let note = try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output
    #expect(note.contains("session=session-1 lines=2-4 tier=exact_range_hash path=orders.py"))
  }

  @Test func commitMadeWhileTheStoreWasLockedIsTiedByTheNextHook() throws {
    let work = try imported()
    try work.edit("late.py", from: "", to: "value_of_the_late_file = compute_it_now(1)\n")
    try work.save("session-1")
    try Files.remove(work.repository.path + "/late.py")
    _ = try work.json("init", "--import-existing")
    let lock = try #require(
      try FileLock.acquire(work.repository.path + "/.git/opentraces/events.lock", timeout: 1))
    let tied = try work.repository.commit(
      "late", files: ["late.py": "value_of_the_late_file = compute_it_now(1)\n"])
    #expect(try !work.repository.tryGit("notes", "--ref=opentraces", "show", tied.hex).succeeded)
    lock.release()
    try work.repository.commit("next", files: ["unrelated.txt": "x\n"])
    #expect(try work.repository.git("notes", "--ref=opentraces", "show", tied.hex).output.contains("path=late.py"))
  }

  @Test func workerGoesOnWhenGitDoesNotWait() throws {
    let work = try imported()
    var texts: [String: String] = [:]
    for number in 1...3 {
      let text = "value_number_\(number) = compute_the_value(\(number))\n"
      texts["late\(number).py"] = text
      try work.edit("late\(number).py", from: "", to: text)
    }
    try work.save("session-1")
    for path in texts.keys { try Files.remove(work.repository.path + "/" + path) }
    _ = try work.json("init", "--import-existing")
    work.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = "0"
    // One after the other, as fast as git can: each is tied, whatever HEAD is by then.
    let commits = try texts.sorted { $0.key < $1.key }.map {
      try work.repository.commit($0.key, files: [$0.key: $0.value])
    }
    let pending = work.repository.path + "/.git/opentraces/pending"
    for _ in 0..<500 where !Files.list(pending).isEmpty { MonotonicClock.pause(milliseconds: 20) }
    for (number, commit) in commits.enumerated() {
      let note = try work.repository.git("notes", "--ref=opentraces", "show", commit.hex).output
      #expect(note.contains("path=late\(number + 1).py"))
    }
    #expect(try work.opentraces("bucket", "verify", "--full").succeeded)
  }

  @Test func commitThatWasNeverBackfilledIsAttributedWhenAsked() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.commit("add total")
    _ = try work.json("init", "--import-existing")
    let blame = try work.json("trail", "blame", "commit", "HEAD")
    #expect(blame["source"]?.string == "computed")
    #expect(blame["coverage"]?["attributed"]?.int == 3)
  }

  @Test func cloneWithNothingButTheNotesStillAnswers() throws {
    let work = try imported()
    _ = try work.json("git-backfill")
    let clone = try TemporaryRepository(.clone(of: work.repository.path))
    try clone.git("fetch", "-q", "origin", "refs/notes/opentraces:refs/notes/opentraces")
    let result = try clone.run(
      try #require(BuiltBinary.path), ["trail", "blame", "commit", "HEAD", "--json"])
    let blame = try JSONValue(parsing: result.output)
    #expect(blame["source"]?.string == "note")
    #expect(blame["coverage"]?["attributed"]?.int == 3)
    #expect(try clone.git("for-each-ref", "refs/opentraces").output.isEmpty, "private refs do not travel")
  }

  @Test func secondImportAndSecondBackfillChangeNoReference() throws {
    let work = try imported()
    _ = try work.json("git-backfill")
    let before = try work.repository.git("for-each-ref").output
    let again = try work.json("init", "--import-existing")
    #expect(again["unchanged"]?.int == 1)
    let report = try work.json("git-backfill")
    #expect(report["anchors_created"]?.int == 0)
    #expect(try work.repository.git("for-each-ref").output == before)
  }

  @Test func grownSessionKeepsItsTraceAndItsPieces() throws {
    let work = try imported()
    let first = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string
    let pieces = try work.repository.git("ls-tree", "-r", "refs/opentraces/local/bucket/v1").output
    try work.edit("orders.py", from: Sample.after, to: Sample.after + "def another_total(orders): return 0\n")
    try work.save("session-1")
    let report = try work.json("init", "--import-existing")
    #expect(report["refreshed"]?.int == 1)
    #expect(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string == first)
    let old = pieces.split(separator: "\n").filter { $0.contains("source/0001") }
    let now = try work.repository.git("ls-tree", "-r", "refs/opentraces/local/bucket/v1").output
    #expect(old.count == 1 && old.allSatisfy { now.contains($0) }, "the first piece is immutable")
    #expect(now.contains("source/0002.jsonl"))
    #expect(try work.json("bucket", "verify", "--full")["ok"]?.bool == true)
  }

  @Test func rewrittenTranscriptKeepsWhatWasKeptBefore() throws {
    let work = try imported()
    work.beginSession()
    work.prompt("Something else entirely")
    try work.edit("other.py", from: "", to: "print('a different transcript')\n")
    try work.save("session-1")
    let report = try work.json("init", "--import-existing")
    #expect(report["diagnostics"]?.array?.map { $0["code"]?.string } == ["transcript_modified"])
    let tree = try work.repository.git("ls-tree", "-r", "--name-only", "refs/opentraces/local/bucket/v1").output
    #expect(tree.contains("/superseded/"))
    #expect(try work.json("bucket", "verify", "--full")["ok"]?.bool == true)
  }

  @Test func gitFindsNothingWrongWithWhatWeWrote() throws {
    let work = try imported()
    _ = try work.json("git-backfill")
    let oracle = GitOracle(work.repository)
    #expect(try oracle.problems().isEmpty)
    try oracle.collectGarbage()
    #expect(try oracle.problems().isEmpty)
    #expect(try work.json("bucket", "verify", "--full")["ok"]?.bool == true)
    #expect(try work.repository.git("log", "-1", "--notes=opentraces").output.contains("opentraces:"))
  }

  @Test func removingLeavesNothingInHooksOrConfiguration() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a": "a\n"])
    let config = try Files.readText(work.repository.path + "/.git/config")
    let hooks = Files.list(work.repository.path + "/.git/hooks")
    _ = try work.json("init")
    _ = try work.json("setup", "git", "--remove")
    #expect(Files.list(work.repository.path + "/.git/hooks") == hooks)
    _ = try work.json("remove", "--all")
    #expect(try Files.readText(work.repository.path + "/.git/config") == config)
    #expect(try work.repository.git("for-each-ref", "refs/opentraces", "refs/notes").output.isEmpty)
  }

  @Test func killedImportLeavesAStateThatTheNextOneCompletes() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    for number in 1...8 {
      work.beginSession()
      work.prompt("Session \(number)")
      try work.edit("file\(number).py", from: "", to: "value_\(number) = compute_the_value(\(number))\n")
      try work.save("session-\(number)")
    }
    _ = try work.json("init")
    let binary = try #require(BuiltBinary.path)
    for delay in ["0.005", "0.02", "0.04", "0.08"] {
      _ = try work.repository.run(
        "timeout", ["-s", "KILL", delay, binary, "init", "--import-existing", "--json"])
      #expect(try GitOracle(work.repository).problems().isEmpty)
    }
    _ = try work.json("init", "--import-existing")
    #expect(try work.json("bucket", "status")["bucket"]?["trace_count"]?.int == 8)
    #expect(try work.json("bucket", "verify", "--full")["ok"]?.bool == true)
  }

  @Test func referenceLockOfAWriterThatDiedIsCleared() throws {
    let work = try imported()
    let state = work.repository.path + "/.git/opentraces"
    let lock = work.repository.path + "/.git/refs/opentraces/local/events/v1.lock"
    try Files.append([], to: state + "/refs.intent")
    try Files.append([], to: lock)
    #expect(try work.json("git-backfill")["status"]?.string == "ok")
    try work.edit("more.py", from: "", to: "value_of_more = compute_more_of_it(1)\n")
    try work.save("session-1")
    #expect(try work.json("init", "--import-existing")["refreshed"]?.int == 1)
    #expect(!Files.exists(lock) && !Files.exists(state + "/refs.intent"))
  }

  @Test func referenceLockOfSomebodyElseIsRespected() throws {
    let work = try imported()
    let lock = work.repository.path + "/.git/refs/opentraces/local/events/v1.lock"
    try Files.append([], to: lock)
    try work.edit("more.py", from: "", to: "value_of_more = compute_more_of_it(1)\n")
    try work.save("session-1")
    #expect(try work.failure("init", "--import-existing").code == "STORE_BUSY")
    #expect(Files.exists(lock))
    try Files.remove(lock)
    #expect(try work.json("init", "--import-existing")["refreshed"]?.int == 1)
  }

  @Test func survivalFollowsALineUntilItIsGone() throws {
    let work = try imported()
    _ = try work.json("git-backfill")
    let alive = try work.opentraces("trail", "track", "--all", "--json").line
    #expect(try JSONValue(parsing: alive)["current_survival"]?["survival_state"]?.string == "alive_on_path")
    try work.repository.git("mv", "orders.py", "shop.py")
    try work.repository.commit("move")
    let moved = try work.opentraces("trail", "track", "--all", "--json").line
    #expect(try JSONValue(parsing: moved)["current_survival"]?["survival_state"]?.string == "alive_moved")
    try work.repository.git("rm", "-q", "shop.py")
    let gone = try work.repository.commit("drop")
    let lost = try JSONValue(parsing: try work.opentraces("trail", "track", "--all", "--json").line)
    #expect(lost["current_survival"]?["survival_state"]?.string == "lost")
    #expect(lost["current_survival"]?["lost_kind"]?.string == "file_deleted")
    #expect(lost["current_survival"]?["lost_at_commit_sha"]?.string == gone.hex)
  }

  @Test func graphShowsTheTraceAboveItsCommit() throws {
    let work = try imported()
    let text = try work.opentraces("trail", "graph").output
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("┊╭┄t:") == true, "\(text)")
    #expect(lines.dropFirst().first?.contains("add total  75%") == true)
    #expect(!text.contains("\u{1B}"), "no colours in a pipe")
    let graph = try work.json("trail", "graph")
    #expect(graph["commits"]?.array?.count == 3)
  }

  @Test func recordKnowsWhereItWasMadeAndWhatItWrote() throws {
    let work = try Workspace()
    let base = try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.clock = work.repository.environment.now + 10
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    _ = try work.json("init", "--import-existing")
    let trace = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    let record = try #require(try work.json("trace", "get", trace, "--full")["trace"])
    #expect(record["environment"]?["os"]?.string == "linux" && record["environment"]?["arch"]?.string != nil)
    #expect(record["environment"]?["vcs"]?["type"]?.string == "git")
    #expect(record["environment"]?["vcs"]?["base_commit"]?.string == base.hex)
    #expect(record["task"]?["base_commit"]?.string == base.hex)
    let file = try #require(record["attribution"]?["files"]?.array?.first)
    #expect(file["path"]?.string == "orders.py" && record["attribution"]?["experimental"]?.bool == false)
    let conversation = try #require(file["conversations"]?.array?.first)
    #expect(conversation["url"]?.string?.hasPrefix("opentraces://\(trace)/step_") == true)
    let range = try #require(conversation["ranges"]?.array?.first)
    #expect(range["start_line"]?.int == 1 && range["end_line"]?.int == 4 && range["confidence"]?.string == "high")
    #expect(range["content_hash"]?.string?.hasPrefix("murmur3:") == true)
  }

  @Test func stepsOfASessionCanBeRead() throws {
    let work = try imported()
    let id = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    #expect(try work.json("trace", "get", id)["trace"]?["title"]?.string == "Add a total with tax")
    #expect(try work.json("trace", "get", "session-1")["trace"]?["trace_id"]?.string == id)
    let step = try work.json("trace", "get", "\(id):2")["step"]
    #expect(step?["tool_calls"]?.array?.first?["tool_name"]?.string == "Edit")
    let full = try work.json("trace", "get", id, "--full")["trace"]
    #expect(full?["schema_version"]?.string == "0.9.0")
    #expect(full?["outcome"]?["committed"]?.bool == true)
  }
}
