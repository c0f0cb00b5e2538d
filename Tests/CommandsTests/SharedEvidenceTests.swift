import Basics
import GitKit
import TestSupport
import Testing

/// What others get to know of commits, and what it is worth to them.
@Suite struct SharedEvidenceTests {
  private static let token = "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"

  /// A session with an edit that something is taken out of, committed by A and shared.
  private func shared() throws -> (team: Team, trace: String) {
    let team = try Team()
    let a = team.clones[0]
    a.prompt("Write the settings, the key is \(Self.token)")
    try a.edit(
      "settings.md", from: "", to: "A line of the settings.\nThe key is \(Self.token), it is said.\nAnd a last line.\n")
    try a.save("session-1")
    try a.repository.commit("settings")
    _ = try a.json("init", "--import-existing")
    _ = try a.json("git-backfill")
    let trace = try #require(try a.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    try team.setUp()
    try team.share(0)
    return (team, trace)
  }

  @Test func whatWasFoundInTheWholeTextHoldsElsewhere() throws {
    let (team, trace) = try shared()
    let (a, b) = (team.clones[0], team.clones[1])
    try team.fetch(1, from: 0)
    _ = try b.json("bucket", "remote", "pull")
    let head = try b.repository.git("rev-parse", "HEAD").lines[0]
    let note = try b.repository.git("notes", "--ref=opentraces", "show", head).output
    // B has the edit without the key, which would match less.
    _ = try b.json("git-backfill")
    let answers = try [a, b].map { try $0.run(["trail", "blame", "commit", head, "--json"]).output }
    #expect(answers[0] == answers[1] && answers[0].contains(trace))
    #expect(try b.repository.git("notes", "--ref=opentraces", "show", head).output == note)
    #expect(try b.json("git-backfill")["anchors_created"] ?? 0 == 0)
  }

  @Test func noDigestOfAFileLeaves() throws {
    let (team, _) = try shared()
    let blob = try team.clones[0].repository.git("rev-parse", "HEAD:settings.md").lines[0]
    let shared = try team.everything()
    #expect(shared.contains("git_anchor_created") && !shared.contains(blob) && !shared.contains(Self.token))
  }

  /// Each edit says what the file was after it: with the second one, the first one's secret could be guessed.
  @Test func noEditNamesAFileThatSomethingWasTakenOutOf() throws {
    let team = try Team(1)
    let a = team.clones[0]
    a.sessionID = "session-1"
    a.prompt("Write it")
    let lines = (1...9).map { "Line \($0) of the text, long enough.\n" }.joined()
    let key = "The key is \(Self.token), it is said.\n"
    try a.edit("notes.md", from: "", to: key + lines)
    try a.save("session-1")
    _ = try a.json("init", "--import-existing")
    try team.setUp()
    try team.share(0)
    // Another edit of it, far from the key, in what the session grew by.
    try a.edit("notes.md", from: "Line 9 of the text, long enough.\n", to: "Line 9 is another one now.\n")
    let file = key + lines.replacing("Line 9 of the text, long enough.", with: "Line 9 is another one now.")
    try a.save("session-1")
    _ = try a.json("init", "--import-existing")
    try team.share(0)
    let shared = try team.everything()
    #expect(shared.contains("Line 9 is another one now."))
    for text in [key + lines, file] {
      let blob = try a.repository.git("hash-object", "--stdin", input: text).lines[0]
      #expect(!shared.contains(blob))
    }
  }

  @Test func rulesOfOnesOwnHoldWhateverToolsAreOn() throws {
    let team = try Team(1)
    let a = team.clones[0]
    _ = try team.work(in: 0, "session-1", prompt: "About the Zanzibarium")
    try a.edit("zanzi.md", from: "", to: "The Zanzibarium is a place, and a long line.\n")
    try a.save("session-1")
    _ = try a.json("init", "--import-existing")
    try team.setUp()
    _ = try a.json("bucket", "security", "policy", "--policy", "off")
    _ = try a.json("config", "set", "security.classifier.enabled", "true")
    _ = try a.json("config", "set", "security.custom_redact_strings", "Zanzibarium")
    try team.share(0)
    let shared = try team.everything()
    #expect(shared.contains("is a place, and a long line") && !shared.contains("Zanzibarium"))
  }

  @Test func otherSpellingsOfAnAddressLeadToTheSameRemote() throws {
    let (team, trace) = try shared()
    let a = team.clones[0]
    let before = try team.hub.git("for-each-ref", "--format=%(refname)", "refs/opentraces").lines
    let remote = try #require(try a.json("bucket", "remote", "status")["remote"]?["remote_name"]?.string)
    try a.repository.git("remote", "set-url", remote, "file://" + team.hub.path)
    // Other rules begin a plane without history.
    _ = try a.json("config", "set", "security.custom_redact_strings", "last line")
    try team.share(0)
    #expect(try team.hub.git("for-each-ref", "--format=%(refname)", "refs/opentraces").lines == before)
    _ = try a.json("bucket", "purge", trace, "--yes")
    #expect(try a.opentraces("bucket", "remote", "push").output.contains("0 traces sent, 1 trace taken away there"))
    let names = try team.hub.git("for-each-ref", "--format=%(refname)", "refs/opentraces").lines
      .map { try team.hub.git("ls-tree", "-r", "--name-only", $0).output }.joined()
    #expect(!names.contains("traces/"))
  }

  @Test func cloneThatOnlyReadsGoesOnWithProgramsThatAreAsked() throws {
    let (team, _) = try shared()
    let b = team.clones[1]
    try team.fetch(1, from: 0)
    _ = try b.json("bucket", "remote", "pull")
    for (key, value) in [("api_format", "fake"), ("enabled", "true")] {
      _ = try b.json("config", "set", "security.llm_pii." + key, value)
    }
    // What it finds itself of a trace of somebody else's.
    try b.repository.git("commit", "-q", "--amend", "-m", "written anew")
    _ = try b.json("git-backfill")
    #expect(try b.json("bucket", "security", "run", "--all")["security_run"]?["failed"] == 0)
    #expect(try b.json("bucket", "remote", "push")["status"] == "ok")
  }

  @Test func previewsHoldNoSecret() throws {
    let (team, trace) = try shared()
    let a = team.clones[0]
    _ = try a.json("trace", "index")
    let commands = [
      ["status"], ["status", "--json"], ["trace", "get", trace], ["trail", "blame", "commit", "HEAD"],
      ["trail", "graph"],
      ["trace", "query", "settings"], ["trace", "map", trace],
    ]
    for words in commands {
      let result = try a.run(words)
      #expect(
        result.exitCode == 0 && !result.output.isEmpty && !result.output.contains("ghp_wlhZ"),
        "\(words): \(result.exitCode) \(result.output) \(result.errors)")
    }
  }
}
