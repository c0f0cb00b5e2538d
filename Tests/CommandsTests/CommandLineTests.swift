import Basics
import GitKit
import TestSupport
import Testing

/// Rules that hold for every command.
@Suite struct CommandLineTests {
  @Test func versionIsOneLine() throws {
    let result = try Workspace().opentraces("--version")
    #expect(result.output == "opentraces, version 0.1.0\n")
  }

  @Test(arguments: [
    (["trail", "blame", "commit", "no-such-thing"], "UNKNOWN_ID", Int32(2)),
    (["trail", "blame", "commit", "c:0000000"], "UNKNOWN_ID", 2),
    (["trail", "blame", "commit", "HEAD", "../outside"], "PATH_OUTSIDE", 2),
    (["trail", "blame", "commit", "HEAD", "absent.txt"], "PATH_NOT_IN_COMMIT", 2),
    (["trail", "graph", "--limit", "x"], "USAGE", 2),
    (["trail", "graph", "--since", "nowhere"], "UNKNOWN_REVISION", 2),
    (["trail", "track"], "USAGE", 2),
    (["trail", "track", "--all", "--patch", "x"], "USAGE", 2),
    (["trail", "track", "--since", "yesterday"], "USAGE", 2),
    (["git-backfill", "--max-commits", "0"], "USAGE", 2),
    (["init", "--agent", "emacs"], "USAGE", 2),
    (["trace", "get", "zz"], "NOT_FOUND", 6),
    (["status"], "PROJECT_NOT_OPTED_IN", 3),
    (["no-such-command"], "USAGE", 2),
    (["ctx"], "NOT_IMPLEMENTED", 1), (["status", "--color", "blue"], "USAGE", 2),
    (["trace", "query", "--semantic", "?!"], "USAGE", 2), (["trace", "query"], "NOTHING_ASKED", 3),
    (["trace", "query", "x", "--since", "yesterday-ish"], "USAGE", 2), (["trace", "query", "--fuzzy"], "USAGE", 2),
    (["trace", "query", "x", "--survival", "dead"], "USAGE", 2), (["trace", "query", "x", "--limit", "0"], "USAGE", 2),
    (["trace", "compare", "zz", "yy"], "NOT_FOUND", 6), (["trace", "map", "zz"], "NOT_FOUND", 6),
    (["trace", "slice", "zz", "--template", "bursts"], "NOT_FOUND", 6),
    (["trace", "partition", "zz", "--by", "s1"], "NOT_FOUND", 6),
    (["trace", "teleport", "export", "zz", "--output", "out"], "NOT_FOUND", 6),
    (["trace", "teleport", "import", "absent"], "USAGE", 2),
    (["trace", "teleport", "import", "."], "PACKAGE_PLACE", 3),
    (["trace", "query", "--lex", "***"], "USAGE", 2), (["trace", "query", "x", "--since", "then"], "USAGE", 2),
  ])
  func badInputGetsTheEnvelopeAndItsExitCode(arguments: [String], code: String, exit: Int32) throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    let before = try work.repository.git("for-each-ref").output
    let result = try work.run(arguments + ["--json"])
    let error = try JSONValue(parsing: result.output)["error"]
    #expect(error?["code"]?.string == code, "\(result.output)")
    #expect(result.exitCode == exit)
    #expect(try work.repository.git("for-each-ref").output == before)
    let human = try work.run(arguments)
    #expect(human.output.isEmpty)
    #expect(human.errors.hasPrefix("error: "))
    #expect(human.exitCode == exit)
  }

  @Test func jsonFlagWorksAtAnyPlace() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    let forms = [
      ["--json", "trail", "graph"], ["trail", "--json", "graph"], ["trail", "graph", "--json"],
      ["--json", "trail", "graph", "--json"],
    ]
    let outputs = try forms.map { try work.run($0).output }
    #expect(Set(outputs).count == 1)
    #expect(try JSONValue(parsing: outputs[0])["status"]?.string == "ok")
  }

  @Test func outsideARepositoryIsOneSentenceAndAHint() throws {
    let work = try Workspace()
    let outside = try TemporaryDirectory()
    let (code, exit) = try work.failure("trail", "graph", at: outside.path)
    #expect(code == "NOT_A_GIT_REPO" && exit == 3)
    #expect(try work.failure("init", at: outside.path).exit == 4)
    #expect(Files.list(outside.path).isEmpty)
  }

  @Test func unsupportedRepositoriesAreRefusedWithTheReason() throws {
    let work = try Workspace()
    let hashed = try TemporaryDirectory()
    _ = try work.repository.git("init", "-q", "--object-format=sha256", hashed.path + "/r")
    #expect(try work.failure("status", at: hashed.path + "/r").code == "UNSUPPORTED_REPOSITORY")
    try work.repository.git("config", "core.repositoryformatversion", "1")
    try work.repository.git("config", "extensions.refStorage", "reftable")
    let result = try work.opentraces("status")
    #expect(result.errors.contains("reftable"))
    #expect(result.exitCode == 3)
  }

  @Test func bareRepositoryAnswersQuestionsButIsNotEnrolled() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    let bare = try TemporaryDirectory()
    try work.repository.git("clone", "-q", "--bare", work.repository.path, bare.path + "/b.git")
    #expect(try work.opentraces("trail", "graph", at: bare.path + "/b.git").exitCode == 0)
    #expect(try work.failure("init", at: bare.path + "/b.git").code == "NOT_A_WORKTREE")
  }

  @Test func damagedTranscriptsAreReportedWithFileAndLine() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    for number in 0..<20 {
      work.prompt("prompt \(number)")
    }
    try work.edit("a.txt", from: "a\n", to: "a\nanother_line_by_the_agent = 1\n")
    let path = try work.save("damaged", extra: "{\"type\":\"user\",\"broken\n")
    try Files.writeAtomically([], to: work.sessionDirectory + "/empty.jsonl")
    try Files.writeAtomically(Array((0..<5000).map { UInt8($0 & 0xFF) }), to: work.sessionDirectory + "/binary.jsonl")
    let result = try work.opentraces("init", "--import-existing")
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("\(path):23: "), "\(result.errors)")
    #expect(result.errors.contains("empty.jsonl: the file is empty"))
    #expect(result.errors.contains("binary.jsonl: "))
  }

  @Test func ambiguousIdsListTheirCandidates() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    for number in 1...40 {
      work.beginSession()
      work.prompt("Session \(number)")
      try work.edit("f.py", from: "", to: "value = \(number)\n")
      try work.save("same-prefix-\(number)")
    }
    _ = try work.json("init", "--import-existing")
    let result = try work.opentraces("trace", "get", "same-prefix")
    #expect(result.exitCode == 2)
    #expect(result.errors.contains("fits 40 traces"))
    let sessions = try work.json("status", "--limit", "0")["sessions"]?.array ?? []
    let prefixes = Dictionary(grouping: sessions.compactMap { $0["trace_id"]?.string }) { String($0.prefix(2)) }
    let shared = try #require(prefixes.first { $0.value.count > 1 }?.key, "forty ids share two digits somewhere")
    for command in [["trail", "track", shared], ["trail", "graph", "--trace", shared]] {
      #expect(try work.run(command).exitCode == 2, "\(command)")
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScriptsAreAcceptedByTheirShell(shell: String) throws {
    let work = try Workspace()
    let script = try work.opentraces("completions", shell).output
    #expect(script.contains("git-backfill"))
    guard shell == "bash" else { return }
    let check = try work.repository.run("bash", ["-n"], input: script)
    #expect(check.exitCode == 0, "\(check.errors)")
  }

  @Test func progressEventsAreJSONLinesOnStandardError() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    work.prompt("Do it")
    try work.edit("a.txt", from: "a\n", to: "a\nvalue_of_the_agent = 1\n")
    try work.save("one")
    let result = try work.opentraces("init", "--import-existing", "--progress", "json", "--json")
    _ = try JSONValue(parsing: result.output)
    let events = try result.errors.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(events.last?["event"]?.string == "progress")
    #expect(events.last?["done"]?.int == events.last?["total"]?.int)
  }

  @Test func hooksAreSilentAndNeverFail() throws {
    let work = try Workspace()
    for arguments in [["_hook"], ["_hook", "git"], ["_hook", "git", "post-commit"], ["_hook", "nobody", "nothing"]] {
      let result = try work.run(arguments)
      #expect(result.exitCode == 0 && result.output.isEmpty && result.errors.isEmpty, "\(arguments)")
    }
    let outside = try TemporaryDirectory()
    #expect(try work.run(["_hook", "git", "post-commit"], at: outside.path).exitCode == 0)
  }

  @Test func hookThatHangsEndsItselfAfterTwoSeconds() throws {
    let it = try Workspace()
    _ = try it.json("init", "--start-fresh")
    let binary = try #require(BuiltBinary.path)
    let start = MonotonicClock.seconds()
    // A standard input that never ends.
    let script = #"""
      export OPENTRACES_HOOK_WAIT_MS=20
      mkfifo in && { sleep 20 >in & sleeper=$!; "$1" _hook git post-rewrite rebase <in; code=$?; kill $sleeper; }
      exit $code
      """#
    let result = try it.repository.run("sh", ["-c", script, "sh", binary])
    let took = MonotonicClock.seconds() - start
    #expect(result.succeeded && took > 1.5 && took < 15)
  }
}
