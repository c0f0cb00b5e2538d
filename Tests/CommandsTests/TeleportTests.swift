import Basics
import GitKit
import TestSupport
import Testing

/// `trace teleport`
@Suite struct TeleportTests {
  /// Two sessions in one commit, and a clone from before it.
  private struct Stage {
    let work: Workspace
    let clone: TemporaryRepository
    let traces: [String]
    var package: String { work.repository.path + "/../package" }

    init() throws {
      work = try Workspace()
      try work.repository.commit("start", files: ["orders.py": Sample.before])
      clone = try TemporaryRepository(.clone(of: work.repository.path))
      work.prompt("Add a total with tax")
      try work.edit("orders.py", from: Sample.before, to: Sample.after)
      try work.save("session-1")
      work.beginSession()
      work.prompt("Write the notes")
      try work.edit("notes.md", from: "", to: "# Heading\n\nA sentence that is long enough to be told apart.\n")
      try work.edit("orders.py", from: Sample.after, to: Sample.after + "def another_total_of(orders): return 0\n")
      try work.save("session-2")
      try work.repository.commit("both")
      _ = try work.json("init", "--import-existing")
      _ = try work.json("git-backfill")
      traces = try (work.json("status")["sessions"]?.array ?? []).sorted {
        ($0["session_id"]?.string ?? "") < ($1["session_id"]?.string ?? "")
      }.compactMap { $0["trace_id"]?.string }
      try #require(traces.count == 2)
    }

    /// As whoever sets all digests right, the manifest's own among them.
    func changeManifest(_ change: (String) -> String) throws {
      let path = package + "/manifest.json"
      let text = try #require(try Files.readText(path))
      var manifest = try #require(try JSONValue(parsing: change(text)).object)
      manifest["manifest_sha256"] = nil
      manifest["manifest_sha256"] = .string(Digest.sha256Hex(CanonicalJSON.pretty(.object(manifest))))
      try Files.writeAtomically(CanonicalJSON.pretty(.object(manifest)), to: path)
    }

    func inClone(_ arguments: String...) throws -> ShellResult {
      try clone.run(try #require(BuiltBinary.path), arguments)
    }

    func export() throws { _ = try work.json("trace", "teleport", "export", traces[0], "--output", package) }
  }

  /// Everything in the objects of a bundle.
  private func content(_ bundle: String, _ stage: Stage) throws -> String {
    let bare = try TemporaryRepository(.bare)
    try bare.git("fetch", "-q", bundle, "refs/*:refs/*")
    let ids = try bare.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").output
    return try ids.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return try bare.git("cat-file", words[1] == "tree" ? "-p" : words[1], words[0]).output
    }.joined()
  }

  @Test func traceTravelsAloneAndAnswersAsAtHome() throws {
    let stage = try Stage()
    try stage.export()
    let manifest = try Files.readText(stage.package + "/manifest.json") ?? ""
    let record = try Files.readText(stage.package + "/traces/\(stage.traces[0]).jsonl") ?? ""
    let inside = try content(stage.package + "/git.bundle", stage)
    for text in [manifest, record, inside] {
      #expect(text.contains(stage.traces[0]) && !text.contains(stage.traces[1]), "nothing of the other one")
    }
    try #require(try stage.inClone("trace", "teleport", "import", stage.package).exitCode == 0)
    for words in [["trace", "get", stage.traces[0], "--full", "--json"], ["trace", "map", stage.traces[0], "--json"]] {
      let home = try stage.work.run(words)
      let there = try stage.clone.run(try #require(BuiltBinary.path), words)
      #expect(home.succeeded && home.output == there.output, "\(words)")
    }
    let commit = try stage.work.repository.git("rev-parse", "HEAD").line
    func anchors(_ output: String) throws -> [JSONValue] {
      try (JSONValue(parsing: output)["trailEvidence"]?.array ?? []).filter {
        $0["trace_id"]?.string == stage.traces[0]
      }
    }
    let words = ["trail", "blame", "commit", commit, "--json"]
    let there = try stage.clone.run(try #require(BuiltBinary.path), words).output
    let home = try anchors(stage.work.run(words).output)
    #expect(try !home.isEmpty && home == anchors(there), "the commit came along, and its lines are as at home")
    #expect(try JSONValue(parsing: there)["source"]?.string == "trail_events")
    let lines = try JSONValue(parsing: there)["coverage"]?["attributed"]?.int
    #expect(lines == 3, "lines of the session that did not come are nobody's")
    #expect(try GitOracle(stage.clone).problems().isEmpty)
    #expect(try JSONValue(parsing: stage.inClone("bucket", "verify", "--full", "--json").output)["ok"]?.bool == true)
  }

  /// Two sessions that wrote the same lines of one file, the second one last.
  private func contested() throws -> (work: Workspace, traces: [String], commit: String) {
    let work = try Workspace()
    let (line, other) = ("the_line_that_both_sessions_wrote = 1\n", "something_else_for_a_moment = 2\n")
    try work.repository.commit("start", files: ["a.py": "first = 0\n"])
    work.prompt("Write the line")
    try work.edit("a.py", from: "first = 0\n", to: "first = 0\n" + line)
    try work.save("session-1")
    work.beginSession()
    work.prompt("Write it otherwise, then back")
    try work.edit("a.py", from: "first = 0\n" + line, to: "first = 0\n" + other)
    try work.edit("a.py", from: "first = 0\n" + other, to: "first = 0\n" + line)
    try work.save("session-2")
    try work.repository.commit("the line")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    let traces = try (work.json("status")["sessions"]?.array ?? []).sorted {
      ($0["session_id"]?.string ?? "") < ($1["session_id"]?.string ?? "")
    }.compactMap { $0["trace_id"]?.string }
    return (work, traces, try work.repository.git("rev-parse", "HEAD").line)
  }

  @Test(arguments: [[0], [1], [0, 1], [1, 0], [0, 1, 0]])
  func linesOfSessionsThatStayedAtHomeAreNobodys(_ order: [Int]) throws {
    let (work, traces, commit) = try contested()
    let binary = try #require(BuiltBinary.path)
    let clone = try TemporaryRepository(.clone(of: work.repository.path))
    for number in order {
      let package = work.repository.path + "/../package-\(number)"
      if !Files.exists(package) {
        _ = try work.json("trace", "teleport", "export", traces[number], "--output", package)
      }
      try #require(try clone.run(binary, ["trace", "teleport", "import", package, "--json"]).exitCode == 0)
    }
    let there = try JSONValue(parsing: clone.run(binary, ["trail", "blame", "commit", commit, "--json"]).output)
    let home = try work.json("trail", "blame", "commit", commit)
    #expect(home["trailEvidence"]?.array?.compactMap { $0["trace_id"]?.string } == [traces[1]])
    #expect(there["source"]?.string == "trail_events")
    if order.contains(1) {
      #expect(there["trailEvidence"] == home["trailEvidence"] && there["coverage"] == home["coverage"])
    } else {
      #expect(there["trailEvidence"] == [] && there["coverage"]?["attributed"]?.int == 0)
    }
  }

  @Test func sessionsAreConsideredAsLongAsABackfillDoes() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.py": "first = 0\n"])
    work.prompt("Write a line")
    try work.edit("a.py", from: "first = 0\n", to: "first = 0\na_line_that_waits_for_its_commit = 1\n")
    try work.save("session-1")
    work.repository.environment.now += 3 * 86_400
    try work.repository.commit("three days later")
    _ = try work.json("init", "--import-existing")
    let asked = try work.json("trail", "blame", "commit", "HEAD")
    _ = try work.json("git-backfill")
    let stored = try work.json("trail", "blame", "commit", "HEAD")
    #expect(asked["source"]?.string == "computed" && stored["source"]?.string == "trail_events")
    #expect(asked["coverage"] == stored["coverage"] && asked["coverage"]?["attributed"]?.int == 0)
    _ = try work.json("git-backfill", "--window-hours", "100")
    #expect(try work.json("trail", "blame", "commit", "HEAD")["coverage"]?["attributed"]?.int == 1)
  }

  @Test func secondImportChangesNothing() throws {
    let stage = try Stage()
    try stage.export()
    _ = try stage.inClone("trace", "teleport", "import", stage.package)
    let before = try stage.clone.git("for-each-ref").output
    let again = try JSONValue(
      parsing: stage.inClone("trace", "teleport", "import", stage.package, "--json").output)
    #expect(try again["already_there"]?.bool == true && stage.clone.git("for-each-ref").output == before)
  }

  @Test func changedPackageIsRefusedAndChangesNothing() throws {
    let stage = try Stage()
    try stage.export()
    let before = try stage.clone.git("for-each-ref").output
    for name in ["git.bundle", "commits.bundle", "traces/\(stage.traces[0]).jsonl", "manifest.json"] {
      let path = stage.package + "/" + name
      let bytes = try #require(try Files.readIfPresent(path))
      for place in [0, bytes.count / 2, bytes.count - 1] + Array(stride(from: 9, to: bytes.count, by: bytes.count / 9))
      {
        var changed = bytes
        changed[place] ^= 0x20
        try Files.writeAtomically(changed, to: path)
        let result = try stage.inClone("trace", "teleport", "import", stage.package, "--json")
        #expect(result.exitCode == 5, "\(name) at \(place): \(result.output)")
      }
      try Files.writeAtomically(bytes, to: path)
    }
    #expect(try stage.clone.git("for-each-ref").output == before)
  }

  /// Whoever sets the digests right as well has to make a pack that git itself takes.
  @Test(arguments: ["cut", "other trace", "other objects"])
  func changedBundleWithARightDigestIsRefused(_ kind: String) throws {
    let stage = try Stage()
    try stage.export()
    let bundle = stage.package + "/git.bundle"
    let old = try #require(try Files.readIfPresent(bundle))
    var new = old
    switch kind {
    case "cut": new = Array(old.dropLast(old.count / 3))
    case "other trace":
      let other = stage.work.repository.path + "/../other"
      _ = try stage.work.json("trace", "teleport", "export", stage.traces[1], "--output", other)
      new = try #require(try Files.readIfPresent(other + "/git.bundle"))
    default: new[old.count - 40] ^= 1
    }
    try Files.writeAtomically(new, to: bundle)
    try stage.changeManifest { $0.replacing(Digest.sha256Hex(old), with: Digest.sha256Hex(new)) }
    let result = try stage.inClone("trace", "teleport", "import", stage.package, "--json")
    #expect(result.exitCode == 5 && result.output.contains("PACKAGE_DAMAGED"), "\(result.output)")
    #expect(try stage.clone.git("for-each-ref", "refs/opentraces").output.isEmpty)
  }

  /// Makes the bundle anew, with a tree changed by a script that works on an index of it, and sets all digests right.
  private func forge(_ stage: Stage, _ script: String) throws {
    let git = try TemporaryRepository()
    let bundle = stage.package + "/git.bundle"
    let old = try #require(try Files.readIfPresent(bundle))
    try git.git("fetch", "-q", bundle, "refs/*:refs/*")
    let reference = "refs/opentraces/teleport/" + stage.traces[0]
    let head = try git.git("rev-parse", reference).line
    try git.git("read-tree", reference)
    let forged = try git.run("/bin/sh", ["-ec", script])
    try #require(forged.succeeded, "\(forged.errors)")
    let commit = try git.git("commit-tree", "-m", "forged", try git.git("write-tree").line).line
    try git.git("update-ref", reference, commit)
    try git.git("bundle", "create", "-q", "--version=2", bundle, reference)
    let new = try #require(try Files.readIfPresent(bundle))
    try stage.changeManifest {
      $0.replacing(head, with: commit).replacing(Digest.sha256Hex(old), with: Digest.sha256Hex(new))
    }
  }

  /// `$1` is a file of the index that matches, `$2` its object.
  private static func each(_ pattern: String, _ body: String) -> String {
    "git ls-files -s | grep '\(pattern)' | while read mode object stage name; do \(body); done"
  }

  @Test(arguments: [
    // Entries of the index by path that are named after another trace.
    each(
      "\tby-path/",
      "git update-index --add --cacheinfo 100644,$object,${name%-????????-*}-ffffffff-0000-4000-8000-000000000000"),
    // No transcript, and one of another length than its row says.
    each("\ttrace/source/", "git update-index --force-remove $name"),
    each(
      "\ttrace/row.json",
      "git update-index --add --cacheinfo 100644,$(git cat-file blob $object | sed 's/\"segments\":1/\"segments\":100000000000/' | git hash-object -w --stdin),$name"
    ),
    // A directory where a file has to be.
    each(
      "\tby-path/", "git update-index --force-remove $name; git update-index --add --cacheinfo 100644,$object,$name/x"),
    // A path that is none.
    each("\tlanded/", "git update-index --add --cacheinfo 100644,$object,landed/x"),
  ])
  func forgedBundleIsRefused(_ script: String) throws {
    let stage = try Stage()
    try stage.export()
    try forge(stage, script)
    let result = try stage.inClone("trace", "teleport", "import", stage.package, "--json")
    #expect(result.exitCode == 5 && result.output.contains("PACKAGE_DAMAGED"), "\(result.output)\(result.errors)")
    #expect(try stage.clone.git("for-each-ref", "refs/opentraces").output.isEmpty)
  }

  @Test func submodulesAndNotesOfOthersStayAsTheyAre() throws {
    let stage = try Stage()
    let git = stage.work.repository
    let gitlink = try git.git("rev-parse", "HEAD").line
    try git.git("update-index", "--add", "--cacheinfo", "160000,\(String(gitlink.reversed())),sub")
    try git.git("commit", "-q", "-m", "a submodule")
    stage.work.beginSession()
    stage.work.prompt("Say what these are")
    try stage.work.edit("what.md", from: "", to: "# all of the orders are described here\n")
    try stage.work.save("session-3")
    try git.git("add", "what.md")
    try git.git("commit", "-q", "-m", "with a submodule")
    _ = try stage.work.json("init", "--import-existing")
    _ = try stage.work.json("git-backfill")
    let trace = try #require(
      (try stage.work.json("status")["sessions"]?.array ?? []).first { $0["session_id"]?.string == "session-3" }?[
        "trace_id"]?.string)
    _ = try stage.work.json("trace", "teleport", "export", trace, "--output", stage.package)
    let commit = try git.git("rev-parse", "HEAD").line
    let bare = try TemporaryRepository(.bare)
    try bare.git("fetch", "-q", stage.package + "/commits.bundle", "refs/*:refs/*")
    #expect(try bare.git("ls-tree", commit).output.contains("160000 commit"), "a commit of a submodule is in it")
    let review = "Reviewed by Zoe:\n\nz second line\na third line\na third line"
    try stage.clone.git("fetch", "-q", stage.work.repository.path, "HEAD")
    try stage.clone.git("notes", "--ref=opentraces", "add", "-m", review, commit)
    let imported = try stage.inClone("trace", "teleport", "import", stage.package, "--json")
    #expect(imported.succeeded, "\(imported.output)")
    let note = try stage.clone.git("notes", "--ref=opentraces", "show", commit).output
    #expect(note.hasPrefix(review + "\nopentraces:"), "\(note)")
  }

  @Test func commitsThatWereMissingComeWithTheNextImport() throws {
    let stage = try Stage()
    try stage.export()
    let commits = stage.package + "/commits.bundle"
    let manifest = stage.package + "/manifest.json"
    let (bytes, text) = (try #require(try Files.readIfPresent(commits)), try #require(try Files.readText(manifest)))
    try stage.changeManifest {
      $0.replacing(#/\{\s*"name": "commits.bundle",[^}]*\},?/#, with: "").replacing(#/,(\s*\])/#) { String($0.1) }
    }
    try Files.remove(commits)
    func run() throws -> JSONValue {
      try JSONValue(parsing: stage.inClone("trace", "teleport", "import", stage.package, "--json").output)
    }
    let first = try run()
    #expect(first["limitations"]?.array?.contains("commits_not_included") == true, "\(first)")
    try Files.writeAtomically(bytes, to: commits)
    try Files.writeAtomically(Array(text.utf8), to: manifest)
    let second = try run()
    #expect(
      second["already_there"]?.bool == true && second["limitations"]?.array?.contains("commits_not_included") == false)
    let commit = try stage.work.repository.git("rev-parse", "HEAD").line
    let blame = try JSONValue(parsing: stage.inClone("trail", "blame", "commit", commit, "--json").output)
    #expect(blame["source"]?.string == "trail_events" && blame["coverage"]?["attributed"]?.int == 3)
    let events = try stage.clone.git("rev-parse", "refs/opentraces/local/events/v1").line
    _ = try run()
    #expect(try stage.clone.git("rev-parse", "refs/opentraces/local/events/v1").line == events)
  }

  @Test func packageOpensAsARepositoryOfItsOwn() throws {
    let stage = try Stage()
    _ = try stage.work.json("trace", "teleport", "export", stage.traces[0], "--output", stage.package, "--with-commits")
    let place = stage.work.repository.path + "/../opened"
    let opened = try stage.work.json("trace", "teleport", "open", stage.package, "--project", place)
    #expect(opened["trace_id"]?.string == stage.traces[0])
    let query = try stage.work.opentraces("trace", "query", "total", "--json", at: place)
    #expect(try JSONValue(parsing: query.output)["total"]?.int == 1)
    let commit = try stage.work.repository.git("rev-parse", "HEAD").line
    let blame = try stage.work.opentraces("trail", "blame", "commit", commit, "--json", at: place)
    #expect(try JSONValue(parsing: blame.output)["coverage"]?["attributed"]?.int == 3)
    #expect(try stage.work.failure("trace", "teleport", "open", stage.package, "--project", place).exit == 3)
  }

  @Test func wrongPlacesAreTold() throws {
    let stage = try Stage()
    try stage.export()
    let work = stage.work
    #expect(try work.failure("trace", "teleport", "export", stage.traces[0], "--output", stage.package).exit == 3)
    #expect(try work.failure("trace", "teleport", "export", "ffffffff", "--output", stage.package + "2").exit == 6)
    #expect(!Files.exists(stage.package + "2"))
    #expect(try work.failure("trace", "teleport", "import", "/nowhere/at/all").exit == 2)
    try Files.remove(stage.package + "/git.bundle")
    #expect(try work.failure("trace", "teleport", "import", stage.package).exit == 3)
    try Files.remove(stage.package + "/manifest.json")
    #expect(try work.failure("trace", "teleport", "import", stage.package).exit == 3)
  }
}
