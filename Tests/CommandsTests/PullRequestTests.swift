import Basics
import GitKit
import TestSupport
import Testing

/// Bodies of pull requests, by the built program.
@Suite struct PullRequestTests {
  /// A branch `topic` with two commits, the first of them by a session.
  private func branch(prompt: String = "Tax the orders") throws -> Workspace {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    try work.repository.git("checkout", "-q", "-b", "topic")
    work.prompt(prompt)
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    try work.repository.commit("orders: tax them <b>@ada</b> #7")
    try work.repository.commit("readme", files: ["README.md": "a person wrote this line\n"])
    _ = try work.json("init", "--agent", "claude-code", "--import-existing")
    return work
  }

  private func body(_ work: Workspace, _ arguments: String...) throws -> String {
    let result = try work.run(["trail", "blame", "pr", "render"] + arguments)
    try #require(result.exitCode == 0, "\(result.errors)")
    return result.output
  }

  @Test func bodyTellsIntentCommitsAndWhoWroteThem() throws {
    let body = try body(try branch())
    #expect(body.hasPrefix("<!-- opentraces:pr begin v1 -->\n"))
    #expect(body.hasSuffix("<!-- opentraces:pr end -->\n"))
    #expect(body.contains("## Intent\n\n> Tax the orders\n"))
    #expect(body.contains("**3 of 4 new lines (75%) were written in 1 agent session.**"))
    #expect(body.contains("orders: tax them &lt;b&gt;@\u{200B}ada&lt;/b&gt; #\u{200B}7"))
    #expect(body.contains("- readme · <code>") && body.contains("_no session wrote lines of it_"))
    #expect(body.contains("- orders.py 3/3"))
  }

  @Test func nothingInAPromptReachesTheForge() throws {
    let body = try body(
      try branch(prompt: "# Hi <!-- opentraces:pr end --> @ada fixes #12 ```sh password=hunter2secret"))
    #expect(body.ranges(of: "<!-- opentraces:pr end -->").count == 1)
    #expect(!body.contains("@ada") && !body.contains("#12") && !body.contains("hunter2secret"))
    #expect(body.contains("> \\# Hi &lt;!-- opentraces:pr end --&gt;"))
  }

  @Test func sameRefsMakeTheSameBytesEverywhere() throws {
    let work = try branch()
    _ = try work.json("git-backfill", "--all")
    let expected = try body(work)
    let clone = try TemporaryRepository(.clone(of: work.repository.path), name: "clone")
    try clone.git("checkout", "-q", "topic")
    // Somebody who trusts the other side.
    try work.repository.git("config", "--unset-all", "transfer.hideRefs")
    try clone.git("fetch", "-q", "origin", "refs/opentraces/*:refs/opentraces/*", "refs/notes/*:refs/notes/*")
    try clone.git("gc", "-q", "--prune=now")
    let binary = try #require(BuiltBinary.path)
    let there = try clone.run(binary, ["trail", "pr", "render"])
    #expect(there.exitCode == 0 && there.output == expected, "\(there.errors)")
  }

  @Test func cloneWithNotesOnlyRendersWithoutIntent() throws {
    let work = try branch()
    _ = try work.json("git-backfill", "--all")
    let clone = try TemporaryRepository(.clone(of: work.repository.path), name: "clone")
    try clone.git("checkout", "-q", "topic")
    try clone.git("fetch", "-q", "origin", "refs/notes/*:refs/notes/*")
    let there = try clone.run(try #require(BuiltBinary.path), ["trail", "blame", "pr", "render"])
    #expect(there.exitCode == 0)
    #expect(there.output.contains("3 of 4 new lines (75%)") && there.output.contains("_No recorded intent"))
  }

  @Test func bodyFitsAForgeHoweverManyCommits() throws {
    let work = try branch()
    var stream = ""
    for number in 0..<1500 {
      let subject = "commit number \(number) with a subject of some length that a person would write"
      stream += "commit refs/heads/topic\ncommitter a <a@example.com> \(1_760_000_000 + number) +0000\n"
      stream += "data \(subject.utf8.count)\n\(subject)\n"
      if number == 0 { stream += "from refs/heads/topic^0\n" }
      stream += "M 100644 inline f\(number % 7)\ndata 3\n\(number % 10)x\n\n"
    }
    try work.repository.git("fast-import", "--quiet", "--force", input: stream)
    let body = try body(work, "--head", "topic")
    #expect(body.count <= 60_000)
    #expect(body.contains("oldest commits are not listed") && body.contains("commit number 1499"))
  }

  @Test func badBaseIsAUsageError() throws {
    let work = try branch()
    #expect(try work.failure("trail", "blame", "pr", "render", "--base", "nowhere") == ("UNKNOWN_REVISION", 2))
    #expect(try work.failure("trail", "blame", "pr", "create").code == "NOT_IMPLEMENTED")
  }

  @Test func bodyGoesToAFileAndIntoJSON() throws {
    let work = try branch()
    let json = try work.json("trail", "blame", "pr", "render", "-o", "body.md")
    #expect(try Files.readText(work.repository.path + "/body.md") == json["body"]?.string)
    #expect(json["commits"]?.array?.map { $0["lineage"]?.array?.count } == [1, 0])
  }
}
