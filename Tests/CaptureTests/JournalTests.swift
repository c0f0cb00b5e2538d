import Basics
import Capture
import TestSupport
import Testing

@Suite struct JournalTests {
  @Test func lineAfterATornOneIsWhole() throws {
    let directory = try TemporaryDirectory()
    let journal = Journal(directory: directory.path, agent: "claude-code", session: "s")
    try journal.append(["n": 1])
    try Files.append(Array("{\"n\":".utf8), to: journal.path)
    try journal.append(["n": 2])
    #expect(try journal.ends() == [["n": 1], ["n": 2]])
    try journal.append(["n": 3])
    #expect(try Files.readText(journal.path) == "{\"n\":1}\n{\"n\":\n{\"n\":2}\n{\"n\":3}\n")
  }

  @Test(arguments: ["../../etc/passwd", "a/b", "..", "", "ü", String(repeating: "x", count: 5000)])
  func sessionNameNeverLeavesTheDirectory(_ session: String) throws {
    let directory = try TemporaryDirectory()
    let journal = Journal(directory: directory.path, agent: "pi", session: session)
    try journal.append(["n": 1])
    #expect(Paths.parent(journal.path) == directory.path + "/journal/pi")
    #expect(Journal.all(in: directory.path).map(\.journal.path) == [journal.path])
  }
}
