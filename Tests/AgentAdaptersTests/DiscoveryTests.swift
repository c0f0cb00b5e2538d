import AgentAdapters
import Basics
import Testing

@Suite struct DiscoveryTests {
  private func line(_ directory: String, sidechain: Bool = false) -> String {
    #"{"type":"user","isSidechain":\#(sidechain),"cwd":"\#(directory)","uuid":"u"}"# + "\n"
  }

  /// Makes session files in a directory that is removed afterwards.
  private func withProjects(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = "/tmp/discovery-\(RandomBytes.make(8).map { String($0) }.joined())"
    defer { try? Files.removeTree(root) }
    for (path, text) in files {
      try Files.createDirectory(Paths.parent("\(root)/\(path)"))
      try Files.writeAtomically(Array(text.utf8), to: "\(root)/\(path)")
    }
    try body(root)
  }

  @Test func membershipIsDecidedByTheDirectoryInTheLines() throws {
    let files = [
      "-a/one.jsonl": #"{"type":"summary"}"# + "\n" + line("/repo"),
      "-a/two.jsonl": line("/elsewhere"),
      "-b-c/three.jsonl": line("/repo"),
      "-b-c/agent-x.jsonl": line("/repo"),
      "-b-c/side.jsonl": line("/repo", sidechain: true),
      "-b-c/empty.jsonl": "",
      "-b-c/notes.txt": line("/repo"),
    ]
    try withProjects(files) { root in
      var asked: [String] = []
      let found = SessionDiscovery.sessions(under: root) { directory in
        asked.append(directory)
        return directory == "/repo"
      }
      #expect(found.map(\.sessionID) == ["one", "three"])
      #expect(found.map(\.project) == ["-a", "-b-c"])
      #expect(asked.sorted() == ["/elsewhere", "/repo"])
    }
  }

  @Test func directoryBehindALongFirstLineIsFound() throws {
    let long = #"{"type":"file-history-snapshot","x":""# + String(repeating: "x", count: 50_000)
    try withProjects(["-a/one.jsonl": long + "\"}\n" + line("/repo")]) { root in
      #expect(SessionDiscovery.sessions(under: root) { _ in true }.count == 1)
    }
  }

  @Test func missingProjectsDirectoryHasNoSessions() {
    #expect(SessionDiscovery.sessions(under: "/nonexistent/projects") { _ in true }.isEmpty)
  }
}
