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
  }

  /// A `gh` that notes what it is asked, with a pull request whose body is `body`; nil for none.
  private func gh(_ work: Workspace, body: String?, state: String = "OPEN") throws -> String {
    let home = work.home
    let bin = home + "/bin"
    try Files.createDirectory(bin)
    let view: JSONValue = [
      "number": 7, "url": "https://example.com/pull/7", "headRefName": "topic", "state": .string(state),
    ]
    let content: JSONValue = ["body": .string(body ?? ""), "url": "https://example.com/pull/7"]
    try Files.writeAtomically(CanonicalJSON.line(view), to: home + "/view.json")
    try Files.writeAtomically(CanonicalJSON.line(content), to: home + "/body.json")
    let script = """
      #!/bin/sh
      echo "$*" >> \(home)/gh.log
      case "$*" in
      *body,url*) cat \(home)/body.json ;;
      "pr view"*) \(body == nil ? "echo 'no pull requests found' >&2; exit 1" : "cat \(home)/view.json") ;;
      "pr edit"*) cat > \(home)/edited ;;
      "pr create"*) cat > \(home)/created; echo https://example.com/pull/8 ;;
      esac
      """
    try Files.writeAtomically(Array(script.utf8), to: bin + "/gh", mode: 0o755)
    work.repository.environment.variables["PATH"] = bin + ":/usr/bin:/bin"
    return home
  }

  @Test(arguments: [
    "", "What I wrote.", "What I wrote.\r\n\r\nWith more.\r\n", "Before <!-- opentraces:pr end --> and after\n",
    "<!-- opentraces:pr begin v1 -->\nnever ended, so mine",
    "mine\n<!-- opentraces:pr begin v1 -->\nold\n<!-- opentraces:pr end -->\r\nmine too  \n",
    "a<!-- opentraces:pr begin v1 -->x<!-- opentraces:pr end -->b<!-- opentraces:pr begin v1 -->y<!-- opentraces:pr end -->c",
  ])
  func updateKeepsWhatTheAuthorWrote(_ written: String) throws {
    let work = try branch()
    let home = try gh(work, body: written)
    let rendered = try body(work)
    #expect(try work.json("trail", "blame", "pr", "update")["action"] == "updated")
    let edited = try #require(try Files.readText(home + "/edited"))
    let block = String(rendered.dropLast())
    let (old, new) = (Self.authored(written), Self.authored(edited))
    #expect(edited.contains(block))
    #expect(new == old || new.drop { $0 == "\n" || $0 == "\r\n" }.isEmpty && old.isEmpty || new.hasPrefix(old))
    #expect(edited.ranges(of: block).count == 1)
    // Once more there is nothing to do.
    _ = try gh(work, body: edited.replacing("\n", with: "\r\n"))
    try Files.remove(home + "/edited")
    #expect(try work.json("trail", "blame", "pr", "update")["action"] == "unchanged")
    #expect(!Files.exists(home + "/edited"))
  }

  /// A body without our blocks.
  private static func authored(_ body: String) -> String {
    body.replacing(
      #/<!-- opentraces:pr begin v1 -->((?!<!-- opentraces:pr begin v1 -->)[\s\S])*?<!-- opentraces:pr end -->/#,
      with: "")
  }

  @Test func createAsksForTheBranchAndItsTitle() throws {
    let work = try branch()
    let home = try gh(work, body: nil)
    let result = try work.run(["trail", "pr", "create", "--head", "topic", "--draft"])
    #expect(result.output == "Created PR #8: https://example.com/pull/8\n", "\(result.errors)")
    #expect(try Files.readText(home + "/created") == (try body(work)))
    let log = try #require(try Files.readText(home + "/gh.log"))
    #expect(log.contains("pr create --base main --title readme --body-file - --draft --head topic\n"))
  }

  @Test func mergedPullRequestIsNotUpdated() throws {
    let work = try branch()
    _ = try gh(work, body: "x", state: "MERGED")
    #expect(try work.failure("trail", "blame", "pr", "update") == ("NO_PR", 2))
    #expect(try work.json("trail", "blame", "pr", "create")["action"] == "created")
  }

  @Test func existingPullRequestCanBeLeftAlone() throws {
    let work = try branch()
    _ = try gh(work, body: "x")
    #expect(try work.failure("trail", "blame", "pr", "create", "--no-update-if-exists") == ("PR_EXISTS", 2))
  }

  @Test func missingAndFailingProgramIsSaid() throws {
    let work = try branch()
    work.repository.environment.variables["PATH"] = "/nonexistent"
    #expect(try work.failure("trail", "blame", "pr", "update") == ("GH_NOT_FOUND", 2))
    let home = try gh(work, body: "x")
    let script = "#!/bin/sh\necho 'you are not logged in' >&2\nexit 4\n"
    try Files.writeAtomically(Array(script.utf8), to: home + "/bin/gh", mode: 0o755)
    #expect(try work.failure("trail", "blame", "pr", "update") == ("GH_FAILED", 3))
  }

  @Test func bodyGoesToAFileAndIntoJSON() throws {
    let work = try branch()
    let json = try work.json("trail", "blame", "pr", "render", "-o", "body.md")
    #expect(try Files.readText(work.repository.path + "/body.md") == json["body"]?.string)
    #expect(json["commits"]?.array?.map { $0["lineage"]?.array?.count } == [1, 0])
  }
}
