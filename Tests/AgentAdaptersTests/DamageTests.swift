import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct DamageTests {
  private func parse(_ text: String) -> ParsedSession {
    ClaudeCodeAdapter.parse(buffer: PaddedBuffer(copying: Array(text.utf8)), sessionID: "s1")
  }

  private func session() -> Fixture {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent("a1", Fixture.call("c", "Bash"))
    file.result("u2", of: "c")
    return file
  }

  @Test func unfinishedLastLineIsIgnored() {
    let session = parse(session().lines.joined(separator: "\n") + "\n{\"type\":\"user\",\"mess")
    #expect(session.problems.isEmpty)
    #expect(session.lineCount == 3)
    #expect(session.rejection == nil)
  }

  @Test func finishedLastLineWithoutLineFeedCounts() {
    let session = parse(session().lines.joined(separator: "\n"))
    #expect(session.lineCount == 3)
    #expect(session.steps[1].observations[0].error == nil)
  }

  @Test func lostLineFeedIsReportedAndBothLinesAreRead() {
    var file = session()
    file.agent("a2", Fixture.text("before }{ it"))
    let last = file.lines[3]
    file.replaceLast(with: last + #"{"type":"summary","summary":"A title","leafUuid":"a2"}"#)
    let session = file.parse()
    #expect(session.problems.map(\.line) == [4])
    #expect(session.steps.last?.content == "before }{ it")
    #expect(session.record.metadata["title"]?.string == "A title")
    #expect(session.rejection == nil)
  }

  @Test func damagedLineIsReportedAndTheRestKept() {
    var file = session()
    file.raw(#"{"type":"user","message":{"#)
    for index in 0..<30 { file.agent("b\(index)", Fixture.text("t")) }
    let session = file.parse()
    #expect(session.problems.map(\.line) == [4])
    #expect(session.problems.first?.offset == file.lines[..<3].reduce(0) { $0 + $1.utf8.count + 1 })
    #expect(session.steps.count == 32)
    #expect(session.rejection == nil)
    #expect(session.record.metadata["parse_warnings"]?.array?.first?["line"]?.int == 4)
  }

  @Test func messageAfterADamagedLineStaysInTheConversation() {
    var file = session()
    file.raw("garbage")
    file.agent("a2", Fixture.text("later"), parent: "lost")
    let session = file.parse()
    #expect(session.steps.count == 3)
    #expect(session.record.metadata["abandoned_branches"] == nil)
  }

  @Test func sessionOfManyDamagedLinesIsRejected() {
    let session = parse(session().lines.joined(separator: "\n") + "\n{\n")
    #expect(session.rejection == .corrupt)
  }

  @Test func tinySessionIsRejected() {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent("a", Fixture.text("no tools"))
    #expect(file.parse().rejection == .tooSmall)
    #expect(parse("").rejection == .tooSmall)
  }
}
