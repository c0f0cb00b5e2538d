import Basics
import GitKit
import TestSupport
import Testing

/// `trail export`: what readers of other formats get.
@Suite struct ExportTests {
  /// A session that wrote three of four new lines of one file and all of another, whose name has a blank.
  private func worked() throws -> (work: Workspace, commit: ObjectID) {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.edit("read me.md", from: "", to: "# How totals are made\n")
    try work.save("session-1")
    try work.repository.git("stash", "-q", "-u")
    _ = try work.json("init", "--import-existing")
    try work.repository.commit("enroll")
    try work.repository.git("stash", "pop", "-q")
    let commit = try work.repository.commit(
      "add total", files: ["orders.py": Sample.after + "# by hand, not by an agent\n"])
    _ = try work.json("git-backfill")
    return (work, commit)
  }

  @Test func agentTraceRecordsHaveTheMembersOfTheSpecificationOnly() throws {
    let (work, commit) = try worked()
    let lines = try work.opentraces("trail", "export", "--format", "agent-trace").output.split(separator: "\n")
    #expect(lines.count == 1)
    let record = try JSONValue(parsing: String(try #require(lines.first)))
    #expect(
      Set(record.object?.keys ?? []) == ["version", "id", "timestamp", "vcs", "tool", "files", "metadata"])
    #expect(record["version"]?.string == "0.1.0")
    #expect(record["vcs"] == ["type": "git", "revision": .string(commit.hex)])
    #expect(record["tool"]?["name"]?.string == "claude-code" && record["tool"]?["version"]?.string == "2.0.0")
    let id = try #require(record["id"]?.string)
    #expect(id.count == 36 && Array(id)[14] == "8" && "89ab".contains(Array(id)[19]))
    #expect(record["timestamp"]?.string?.hasSuffix("Z") == true)
    let files = record["files"]?.array ?? []
    #expect(files.map { $0["path"]?.string } == ["orders.py", "read me.md"])
    let conversation = try #require(files.first?["conversations"]?.array?.first)
    #expect(Set(conversation.object?.keys ?? []) == ["url", "contributor", "ranges", "related"])
    #expect(conversation["contributor"] == ["type": "ai", "model_id": "anthropic/claude-opus-4-5"])
    #expect(conversation["url"]?.string?.hasPrefix("opentraces://") == true)
    let range = try #require(conversation["ranges"]?.array?.first)
    #expect(range["start_line"]?.int == 2 && range["end_line"]?.int == 4, "the line by hand is nobody's")
    #expect(range["content_hash"]?.string?.hasPrefix("murmur3:") == true)
    let steps = conversation["related"]?.array?.compactMap { $0["url"]?.string } ?? []
    #expect(steps.count == 1 && steps.allSatisfy { $0.contains("/step_") })
  }

  @Test func exportsAreTheSameEveryTimeAndFollowTheScope() throws {
    let (work, commit) = try worked()
    for format in ["agent-trace", "git-ai"] {
      let first = try work.opentraces("trail", "export", "--format", format).output
      #expect(!first.isEmpty)
      #expect(try work.opentraces("trail", "export", "--format", format).output == first)
      #expect(try work.opentraces("trail", "export", "--format", format, commit.hex).output == first)
      #expect(try work.opentraces("trail", "export", "--format", format, "--all").output == first)
      #expect(try work.opentraces("trail", "export", "--format", format, "--since", "HEAD").output.isEmpty)
      #expect(try work.opentraces("trail", "export", "--format", format, "HEAD~1").output.isEmpty)
      let file = work.repository.path + "/out.txt"
      _ = try work.json("trail", "export", "--format", format, "-o", file)
      #expect(try Files.readText(file) == first)
      let json = try work.json("trail", "export", "--format", format)
      #expect(json["commits"]?.int == 1 && json["format"]?.string == format)
    }
  }

  @Test func gitAINoteIsWhereItsReadersLook() throws {
    let (work, commit) = try worked()
    let written = try work.json("trail", "export", "--format", "git-ai", "--write")
    #expect(written["written"]?.int == 1 && written["ref"]?.string == "refs/notes/ai")
    let note = try work.repository.git("notes", "--ref=ai", "show", commit.hex).output
    let parts = note.split(separator: "\n---\n", maxSplits: 1).map(String.init)
    #expect(parts.count == 2)
    let lines = parts[0].split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines[0] == "orders.py" && lines[2] == "\"read me.md\"")
    #expect(lines[1].wholeMatch(of: #/  s_[0-9a-f]{14}::t_[0-9a-f]{14} 2-4/#) != nil, "\(lines[1])")
    #expect(lines[3].wholeMatch(of: #/  s_[0-9a-f]{14}::t_[0-9a-f]{14} 1/#) != nil, "\(lines[3])")
    let metadata = try JSONValue(parsing: parts[1])
    #expect(metadata["schema_version"]?.string == "authorship/3.0.0" && metadata["prompts"]?.object?.isEmpty == true)
    #expect(metadata["base_commit_sha"]?.string == commit.hex)
    let key = String(lines[1].dropFirst(2).prefix(16))
    // The key is what Git AI itself makes of the session.
    #expect(key == "s_" + Digest.sha256Hex("claude:session-1").prefix(14))
    #expect(
      metadata["sessions"]?[key]?["agent_id"] == ["tool": "claude", "id": "session-1", "model": "claude-opus-4-5"])
    #expect(try GitOracle(work.repository).problems().isEmpty)
    let again = try work.json("trail", "export", "--format", "git-ai", "--write")
    #expect(again["written"]?.int == 0 && again["unchanged"]?.int == 1)
  }

  @Test func notesOfOthersStay() throws {
    let (work, commit) = try worked()
    try work.repository.git("notes", "--ref=ai", "add", "-m", "a note of another tool", commit.hex)
    try work.repository.git("notes", "--ref=ai", "add", "-m", "one more", commit.hex + "~1")
    let written = try work.json("trail", "export", "--format", "git-ai", "--write")
    #expect(written["written"]?.int == 0 && written["kept"]?.array?.first?.string == commit.hex)
    #expect(try work.repository.git("notes", "--ref=ai", "show", commit.hex).line == "a note of another tool")
    try work.repository.git("notes", "--ref=ai", "remove", commit.hex)
    #expect(try work.json("trail", "export", "--format", "git-ai", "--write")["written"]?.int == 1)
    #expect(try work.repository.git("notes", "--ref=ai", "show", commit.hex + "~1").line == "one more")
  }

  @Test func badArgumentsChangeNothing() throws {
    let (work, _) = try worked()
    let before = try work.repository.git("for-each-ref").output
    #expect(try work.failure("trail", "export").exit == 2)
    #expect(try work.failure("trail", "export", "--format", "csv").exit == 2)
    #expect(try work.failure("trail", "export", "--format", "agent-trace", "--write").exit == 2)
    #expect(try work.failure("trail", "export", "--format", "git-ai", "HEAD", "--all").exit == 2)
    #expect(try work.failure("trail", "export", "--format", "git-ai", "nowhere") == ("UNKNOWN_REVISION", 2))
    #expect(try work.repository.git("for-each-ref").output == before)
  }
}
