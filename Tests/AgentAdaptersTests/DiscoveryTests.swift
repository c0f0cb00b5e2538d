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

  @Test(arguments: [50_000, 20_000_000])
  func directoryBehindALongLineIsFound(_ length: Int) throws {
    let long = #"{"type":"file-history-snapshot","x":""# + String(repeating: "x", count: length) + "\"}\n"
    let prompt = line("/repo").replacing("}\n", with: #","x":""# + String(repeating: "x", count: length) + "\"}\n")
    let files = ["-a/one.jsonl": long + line("/repo"), "-a/two.jsonl": prompt, "-a/three.jsonl": line("/") + prompt]
    try withProjects(files) { root in
      #expect(SessionDiscovery.sessions(under: root) { _ in true }.count == 3)
    }
  }

  @Test func missingProjectsDirectoryHasNoSessions() {
    #expect(SessionDiscovery.sessions(under: "/nonexistent/projects") { _ in true }.isEmpty)
  }
}
