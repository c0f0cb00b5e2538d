import Basics
import GitKit
import TestSupport
import Testing

/// A session that was shared goes on: what it grows by is filtered and shared alone.
@Suite struct SharedGrowthTests {
  private static let token = "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"

  /// A team of two with a session of the first that is shared, and goes on.
  private struct Stage {
    let team: Team
    let trace: String
    var a: Workspace { team.clones[0] }
    var b: Workspace { team.clones[1] }

    init() throws {
      team = try Team()
      team.clones[0].sessionID = "session-1"
      trace = try team.work(in: 0, "session-1", prompt: "Write about the gearbox")
      try team.setUp()
      try team.share(0)
    }

    /// The session as it is now, captured and filtered.
    func filter() throws {
      try a.save("session-1")
      _ = try a.json("init", "--import-existing")
      _ = try a.json("git-backfill")
      let run = try a.json("bucket", "security", "run", "--all")["security_run"]
      #expect(run?["filtered"]?.int == 1)
    }

    /// The objects of what A shares, by path; of the trace's directory, by the names in it.
    func files() throws -> [String: String] {
      let reference = try a.repository.git("for-each-ref", "--format=%(refname)", "refs/opentraces/bucket/v1").lines[0]
      var files: [String: String] = [:]
      for line in try a.repository.git("ls-tree", "-r", reference).lines {
        let parts = line.split(separator: "\t")
        let name = String(parts[1])
        let isOfTrace = name.hasPrefix("traces/") && name.contains(trace)
        files[isOfTrace ? String(name.split(separator: "/").dropFirst(3).joined(separator: "/")) : name] =
          String(parts[0].split(separator: " ")[2])
      }
      return files
    }

    /// The record as somebody who has no part in it reads it.
    func record() throws -> JSONValue {
      try b.json("trace", "get", trace, "--full", "--remote", a.repository.path)
    }

    /// What B finds by words of the record, as A shares it now.
    func searched() throws -> [String] {
      _ = try a.json("bucket", "remote", "push")
      _ = try b.json("bucket", "remote", "pull")
      _ = try b.json("trace", "index", "rebuild")
      return try ["gearbox", "axle", "committed", "cat axle"].map { words -> String in
        let answer = try b.json("trace", "query", "--lex", words)["candidates"]?.array ?? []
        // The digest of the files themselves is another one.
        let told = answer.map { candidate -> JSONValue in
          var candidate = candidate.object ?? [:]
          var metadata = candidate["metadata"]?.object ?? [:]
          metadata["snapshot_source_hash"] = nil
          candidate["metadata"] = .object(metadata)
          return .object(candidate)
        }
        return String(decoding: CanonicalJSON.encode(.array(told)), as: UTF8.self)
      }
    }

    /// How much each tool found.
    func findings(_ files: [String: String]) throws -> JSONValue? {
      let clear = try a.repository.git("cat-file", "blob", files["clear.json"] ?? "").output
      return try JSONValue(parsing: clear)["tools_ran"]
    }

    /// What filtering all of it anew gives.
    func filterAnew() throws {
      try Files.removeTree(a.repository.path + "/.git/opentraces/shared")
      let reference = try a.repository.git("for-each-ref", "--format=%(refname)", "refs/opentraces/bucket/v1").lines[0]
      try a.repository.git("update-ref", "-d", reference)
      _ = try a.json("bucket", "security", "run", "--all")
    }
  }

  /// All files but those that hold the record and say when it was cleared.
  private func rest(_ files: [String: String]) -> [String: String] {
    files.filter { name, _ in
      !["trace.json", "clear.json"].contains(name) && !["later/", "search/", "clear/"].contains { name.hasPrefix($0) }
    }
  }

  @Test func whatASessionGrowsByIsAddedAndTheRestStaysAsItWas() throws {
    let stage = try Stage()
    let a = stage.a
    let before = try stage.files()
    a.say("Done with the gearbox.")
    a.prompt("Now the axle, and the key is \(Self.token)")
    try a.edit("axle.md", from: "", to: "# Axle\n\nThe key is \(Self.token), it is said.\n")
    a.shell("cat axle.md", prints: "The key is \(Self.token), it is said.")
    try stage.filter()
    let after = try stage.files()
    #expect(after["trace.json"] == before["trace.json"] && after["search/0001.json"] == before["search/0001.json"])
    #expect(after["later/0001.json"] != nil && after["search/0002.json"] != nil)
    try a.repository.commit("the axle")
    a.say("Committed.")
    try stage.filter()
    let record = try stage.record()
    let parts = try stage.files()
    #expect(parts["later/0002.json"] != nil)
    let (found, tools) = try (stage.searched(), stage.findings(parts))
    try stage.filterAnew()
    let whole = try stage.files()
    #expect(whole["later/0001.json"] == nil && whole["search/0002.json"] == nil)
    let (left, right) = (rest(parts), rest(whole))
    #expect(Set(left.keys).union(right.keys).filter { left[$0] != right[$0] }.sorted() == [])
    #expect(try stage.record() == record)
    #expect(try stage.searched() == found && found.allSatisfy { $0 != "[]" })
    #expect(try stage.findings(whole) == tools)
  }

  @Test func whatOtherRulesClearedIsNotTakenForCleared() throws {
    let stage = try Stage()
    let a = stage.a
    a.sessionID = "session-2"
    let other = try stage.team.work(in: 0, "session-2", prompt: "Write about the Zanzibarium")
    try stage.team.share(0)
    _ = try a.json("config", "set", "security.custom_redact_strings", "Zanzibarium,gearbox")
    // Events about all are told anew; filtered is the one.
    #expect(try a.json("bucket", "security", "run", "--trace", other)["security_run"]?["filtered"] == 1)
    let status = try a.json("bucket", "security", "status")["security"]
    #expect(status?["filtered"] == 1 && status?["stale"] == 1)
    a.beginSession()
    _ = try a.json("bucket", "remote", "push")
    let reachable = try stage.team.hub.git("rev-list", "--objects", "--no-object-names", "--all").lines
    for id in reachable where try stage.team.hub.git("cat-file", "-t", id).lines[0] == "blob" {
      let text = try stage.team.hub.git("cat-file", "blob", id).output
      #expect(!text.contains("gearbox") && !text.contains("Zanzibarium"))
    }
  }

  @Test func editsThatGitHasPrunedAreNotSharedTwice() throws {
    let stage = try Stage()
    let a = stage.a
    // What is shared of it is not what is kept.
    try a.edit("keys.md", from: "", to: "The key is \(Self.token), it is said here.\nAnother long line of it.\n")
    try stage.filter()
    try a.edit("keys.md", from: "Another long line of it.\n", to: "Quite another line, and a long one.\n")
    try a.save("session-1")
    _ = try a.json("init", "--import-existing")
    try a.repository.git("reflog", "expire", "--expire=now", "--all")
    try a.repository.git("gc", "-q", "--prune=now")
    _ = try a.json("bucket", "security", "run", "--all")
    let edits = try stage.files().filter { $0.key.hasPrefix("edits/") }
    #expect(edits.count == 2)
    for file in edits {
      let lines = try a.repository.git("cat-file", "blob", file.value).lines
      #expect(lines.count == Set(lines).count && lines.count <= 2)
    }
  }

  @Test func whatWasAddedReachesOthersWithoutItsSecrets() throws {
    let stage = try Stage()
    let (a, b) = (stage.a, stage.b)
    a.prompt("Now the flywheel, the key is \(Self.token)")
    a.shell("env", prints: "TOKEN=\(Self.token)")
    try a.edit("flywheel.md", from: "", to: "The key is \(Self.token), it is said here.\nAnother long line of it.\n")
    try a.repository.commit("the flywheel")
    try stage.filter()
    #expect(try stage.files()["later/0001.json"] != nil)
    _ = try a.json("bucket", "remote", "push")
    #expect(try !stage.team.everything().contains(Self.token))
    #expect(try stage.team.everything().contains("Now the flywheel"))
    _ = try b.json("bucket", "remote", "pull")
    let steps = try b.json("trace", "get", stage.trace, "--full")["trace"]?["steps"]?.array ?? []
    #expect(steps.map { $0["step_index"]?.int } == Array(1...5))
    #expect(try b.json("trace", "query", "--lex", "flywheel")["candidates"]?.array?.count == 1)
    try stage.team.fetch(1, from: 0)
    let head = try b.repository.git("rev-parse", "HEAD").lines[0]
    let answers = try [a, b].map { try $0.run(["trail", "blame", "commit", head, "--json"]) }
    #expect(answers[0].output == answers[1].output && answers[0].output.contains(stage.trace))
    #expect(try a.json("bucket", "verify", "--full")["ok"] == true)
  }

  @Test func afterManyTimesTheRecordIsWrittenAsAWhole() throws {
    let stage = try Stage()
    for number in 1...33 {
      stage.a.say("Word number \(number) about it, of some length.")
      try stage.filter()
    }
    #expect(try stage.files().keys.filter { $0.hasPrefix("later/") }.isEmpty)
    #expect(try stage.record()["trace"]?["steps"]?.array?.count == 35)
  }

  @Test func whatIsNotTheRestOfWhatWasSharedIsFilteredAsAWhole() throws {
    let stage = try Stage()
    let a = stage.a
    a.say("A word.")
    try stage.filter()
    #expect(try stage.files()["later/0001.json"] != nil)
    // Other tools look at all of it.
    _ = try a.json("bucket", "security", "policy", "--policy", "recommended")
    _ = try a.json("bucket", "security", "run", "--all")
    #expect(try stage.files()["later/0001.json"] == nil)
    a.say("Another word.")
    try stage.filter()
    #expect(try stage.files()["later/0001.json"] != nil)
    // What is left out goes by its place.
    _ = try a.json("config", "set", "security.capsule_scope.enabled", "true")
    _ = try a.json("bucket", "security", "run", "--all")
    a.say("A third one.")
    try stage.filter()
    #expect(try stage.files()["later/0001.json"] == nil)
    #expect(try stage.record()["trace"]?["steps"]?.array?.count == 5)
  }

  @Test func purgingLeavesNothingThatQuotesTheSession() throws {
    let stage = try Stage()
    let state = stage.a.repository.path + "/.git/opentraces"
    #expect(Files.list(state + "/shared").count == 1)
    // As hooks and folds of a running session leave them.
    let kept = ["journal", "points"].map { "\(state)/\($0)/claude-code/session-1.jsonl" }
    for path in kept {
      try Files.createDirectory(Paths.parent(path))
      try Files.writeAtomically(Array("{}\n".utf8), to: path)
    }
    _ = try stage.a.json("bucket", "purge", stage.trace, "--yes")
    #expect(Files.list(state + "/shared").isEmpty)
    #expect(kept.allSatisfy { !Files.exists($0) })
  }

  @Test func whatOthersAddedMayBeAnything() throws {
    let stage = try Stage()
    stage.a.say("A word that is added.")
    try stage.filter()
    stage.a.say("One more.")
    try stage.filter()
    let steps = try #require(stage.record()["trace"]?["steps"]?.array?.count)
    let git = stage.a.repository
    let reference = try git.git("for-each-ref", "--format=%(refname)", "refs/opentraces/bucket/v1").lines[0]
    let directory = try git.git("ls-tree", "-r", "--name-only", reference, "traces").lines
      .first { $0.hasSuffix("later/0002.json") }
    let file = try #require(directory)
    var more = try #require(try JSONValue(parsing: git.git("cat-file", "-p", "\(reference):\(file)").output).object)
    var metrics = more["metrics"]?.object ?? [:]
    metrics["total_input_tokens"] = .int(.max)
    more["metrics"] = .object(metrics)
    more["amendments"] = [["step_index": .int(.max), "role": "agent"], ["step_index": 1, "role": "agent"]]
    for (text, count) in [
      ("{broken", steps - 1), ("[]", steps - 1),
      (String(decoding: CanonicalJSON.line(.object(more)), as: UTF8.self), steps),
    ] {
      try git.write("piece", text)
      let blob = try git.git("hash-object", "-w", "piece").lines[0]
      let script =
        "set -e; export GIT_INDEX_FILE=$PWD/.git/forged; git read-tree \"$1\"; git update-index --cacheinfo \"100644,$2,$3\"; git update-ref \"$1\" $(git commit-tree -m forged $(git write-tree))"
      _ = try git.run("/bin/sh", ["-c", script, "sh", reference, blob, file])
      #expect(try stage.record()["trace"]?["steps"]?.array?.count == count, "\(text.prefix(20))")
    }
  }
}
