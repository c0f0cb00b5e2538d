import AgentAdapters
import Basics
import Testing

@Suite struct PiDiscoveryTests {
  /// Makes session files in a directory that is removed afterwards.
  private func withSessions(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = "/tmp/pi-discovery-\(RandomBytes.make(8).map { String($0) }.joined())"
    defer { try? Files.removeTree(root) }
    for (path, text) in files {
      try Files.createDirectory(Paths.parent("\(root)/\(path)"))
      try Files.writeAtomically(Array(text.utf8), to: "\(root)/\(path)")
    }
    try body(root)
  }

  private func header(_ directory: String, id: String? = nil, extra: String = "") -> String {
    let id = id.map { #","id":"\#($0)""# } ?? ""
    return #"{"type":"session"\#(id),"cwd":"\#(directory)"\#(extra)}"# + "\n"
  }

  @Test func headerTellsDirectoryAndID() throws {
    let files = [
      "--repo--/2026_one.jsonl": header("/repo", id: "one"),
      "--repo--/two.jsonl": header("/repo"),
      "--else--/three.jsonl": header("/elsewhere", id: "three"),
      "--else--/four.jsonl": header("/repo", id: "four"),
      "--else--/message.jsonl": #"{"type":"message","cwd":"/repo"}"# + "\n",
      "--else--/empty.jsonl": "",
      "--else--/notes.txt": header("/repo"),
      "loose.jsonl": header("/repo"),
    ]
    try withSessions(files) { root in
      var asked: [String] = []
      let found = PiSessions.sessions(under: root) { directory in
        asked.append(directory)
        return directory == "/repo"
      }
      #expect(found.map(\.sessionID) == ["four", "one", "two"])
      #expect(found.map(\.project) == ["--else--", "--repo--", "--repo--"])
      #expect(found[1].path == "\(root)/--repo--/2026_one.jsonl")
      #expect(found[1].size == header("/repo", id: "one").utf8.count)
      #expect(asked.sorted() == ["/elsewhere", "/repo"])
    }
  }

  @Test(arguments: [50_000, 6_000_000])
  func headerOfManyBytesIsRead(_ length: Int) throws {
    let long = header("/repo", id: "x", extra: #","note":"\#(String(repeating: "x", count: length))""#)
    let second = #"{"type":"custom","data":"\#(String(repeating: "x", count: length))"}"# + "\n" + header("/repo")
    try withSessions(["a/one.jsonl": long, "a/two.jsonl": second]) { root in
      #expect(PiSessions.sessions(under: root) { _ in true }.map(\.sessionID) == ["x", "two"])
    }
  }

  @Test func missingDirectoryHasNoSessions() {
    #expect(PiSessions.sessions(under: "/nonexistent/sessions") { _ in true }.isEmpty)
  }
}
