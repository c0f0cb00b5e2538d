import AgentAdapters
import Basics
import Testing

@Suite struct CodexDiscoveryTests {
  private func meta(_ id: String, _ directory: String?, padding: Int = 0) -> String {
    let cwd = directory.map { #","cwd":"\#($0)""# } ?? ""
    let text = String(repeating: "x", count: padding)
    return #"{"type":"session_meta","payload":{"id":"\#(id)","base_instructions":{"text":"\#(text)"}\#(cwd)}}"# + "\n"
  }

  private func turn(_ directory: String) -> String {
    #"{"type":"turn_context","payload":{"cwd":"\#(directory)"}}"# + "\n"
  }

  private let noise = #"{"type":"event_msg","payload":{"type":"x","cwd":"/no"}}"# + "\n"

  private func withHome(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = "/tmp/discovery-\(RandomBytes.make(8).map { String($0) }.joined())"
    defer { try? Files.removeTree(root) }
    for (path, text) in files {
      try Files.createDirectory(Paths.parent("\(root)/\(path)"))
      try Files.writeAtomically(Array(text.utf8), to: "\(root)/\(path)")
    }
    try body(root)
  }

  @Test func rolloutsAreFoundByTheirDirectory() throws {
    let files = [
      "sessions/2026/01/02/rollout-a.jsonl": meta("ida", "/repo"),
      "sessions/2026/01/03/rollout-b.jsonl": meta("idb", "/elsewhere") + turn("/repo"),
      "sessions/2026/01/03/rollout-2026-01-03T00-00-00-u.jsonl": noise + turn("/repo"),
      "sessions/2026/01/03/rollout-d.jsonl": meta("idd", nil) + turn("/repo"),
      "sessions/2026/01/03/rollout-e.jsonl": noise,
      "sessions/2026/01/03/other.jsonl": meta("no", "/repo"),
      "archived_sessions/rollout-f.jsonl": meta("idf", "/repo"),
      "history.jsonl": meta("no", "/repo"),
    ]
    try withHome(files) { home in
      var asked: [String] = []
      let found = CodexSessions.sessions(under: [home, home, "/nonexistent"]) { directory in
        asked.append(directory)
        return directory == "/repo"
      }
      #expect(found.map(\.sessionID) == ["ida", "2026-01-03T00-00-00-u", "idd", "idf"])
      #expect(found.map(\.project).first == "2026/01/02/rollout-a.jsonl")
      #expect(found.map(\.project).last == "archived_sessions/rollout-f.jsonl")
      #expect(found.allSatisfy { $0.directory == "/repo" && $0.size > 0 })
      #expect(asked.sorted() == ["/elsewhere", "/repo"])
    }
  }

  @Test(arguments: [50_000, 20_000_000]) func headOfMegabytesIsRead(_ padding: Int) throws {
    let files = [
      "sessions/rollout-a.jsonl": meta("ida", "/repo", padding: padding),
      "sessions/rollout-b.jsonl": meta("idb", nil, padding: padding) + turn("/repo"),
    ]
    try withHome(files) { home in
      #expect(CodexSessions.sessions(under: [home]) { _ in true }.map(\.sessionID) == ["ida", "idb"])
    }
  }

  @Test func onlyTheFirstLinesAreLookedAt() throws {
    let files = [
      "sessions/rollout-a.jsonl": String(repeating: noise, count: 63) + turn("/repo"),
      "sessions/rollout-b.jsonl": String(repeating: noise, count: 64) + turn("/repo"),
    ]
    try withHome(files) { home in
      #expect(CodexSessions.sessions(under: [home]) { _ in true }.map(\.sessionID) == ["a"])
    }
  }
}
