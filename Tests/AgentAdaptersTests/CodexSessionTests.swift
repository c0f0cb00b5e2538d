import AgentAdapters
import Basics
import TestSupport
import Testing
import TraceModel

@Suite struct CodexSessionTests {
  // MARK: Forks and sub-agents

  private static let parent = "01990000-0000-7000-8000-00000000000a"

  /// A file whose first part was copied from its parent.
  private func fork(oldTurn: String, newTurn: String, pause: Bool = true) -> CodexFixture {
    var file = CodexFixture(turn: false)
    file.meta(#","forked_from_id":"\#(Self.parent)""#)
    file = CodexFixture(lines: [file.lines[1]])
    var copy = CodexFixture(turn: false)
    copy.session = Self.parent
    copy.meta(id: Self.parent)
    copy.context(turn: oldTurn)
    copy.typed("old")
    copy.call("c0", "exec_command", #"{"cmd":"echo x > old"}"#)
    copy.output("c0", "Process exited with code 0\nOutput:\n")
    copy.tokens(100, cached: 0, output: 10)
    let start = "2026-01-02T03:04:47.000Z"
    for line in copy.lines.dropFirst() {
      file.raw(line.replacing(#/"timestamp":"[^"]*"/#, with: #""timestamp":"\#(start)""#, maxReplacements: 1))
    }
    file.wait(seconds: pause ? 60 : 0)
    file.event(#"{"type":"task_started","turn_id":"\#(newTurn)"}"#)
    file.typed("new")
    file.context(turn: newTurn)
    file.call("c1", "exec_command", #"{"cmd":"ls"}"#)
    file.tokens(130, cached: 0, output: 15)
    file.output("c1")
    return file
  }

  private func expectOwnPart(_ session: ParsedSession) {
    #expect(session.steps.map(\.content) == ["new", nil])
    #expect(session.forkedFrom == Self.parent)
    #expect(session.record.metadata["forked_from"]?.string == Self.parent)
    #expect(session.record.metrics.totalInputTokens == 30)
    #expect(session.edits.isEmpty)
  }

  @Test func copiedHistoryEndsAtTheFirstYoungerTurn() {
    let file = fork(
      oldTurn: "01990000-0000-7000-8000-0000000000aa", newTurn: "019a0000-0001-7000-8000-0000000000bb", pause: false)
    expectOwnPart(file.parse())
  }

  @Test func copiedHistoryEndsAtAPauseWhereTurnsHaveNoTime() {
    expectOwnPart(fork(oldTurn: "1", newTurn: "2").parse())
  }

  @Test func forkWithoutCopiedHistoryKeepsItsLines() {
    var file = CodexFixture(turn: false)
    file.meta(#","forked_from_id":"\#(Self.parent)""#)
    file = CodexFixture(lines: [file.lines[1]])
    file.context()
    file.typed("new")
    file.answer("yes")
    // The counters go on from the parent's.
    file.tokens(1000, cached: 0, output: 100, last: (7, 0, 1))
    file.answer("again")
    file.tokens(1010, cached: 0, output: 101, last: (10, 0, 1))
    let session = file.parse()
    #expect(session.roles == ["user", "agent"])
    #expect(session.forkedFrom == Self.parent)
    #expect(session.record.metrics.totalInputTokens == 17)
  }

  @Test func subagentNamesItsParentAndTheParentItsSubagent() {
    var child = CodexFixture(turn: false)
    child.meta(#","source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","depth":1,"agent_role":"worker"}}}"#)
    child = CodexFixture(lines: [child.lines[1]])
    child.typed("x")
    let metadata = child.parse().record.metadata
    #expect(metadata["subagent_session"]?["parent_thread_id"] == "p")
    #expect(metadata["subagent_session"]?["depth"] == 1)
    #expect(metadata["capture_limitations"]?.array?.count == 1)

    var file = CodexFixture()
    file.typed("x")
    file.call("c", "spawn_agent", #"{"message":"go"}"#)
    file.output("c", #"{"agent_id":"child-1","nickname":"Ada"}"#)
    #expect(file.parse().steps[1].subagentTrajectoryRef == "child-1")
  }

  // MARK: Damage

  private func session() -> CodexFixture {
    var file = CodexFixture()
    file.typed("x")
    file.call("c", "shell")
    file.output("c")
    return file
  }

  private func parse(_ text: some Collection<UInt8>) -> ParsedSession {
    CodexAdapter.parse(buffer: PaddedBuffer(copying: text), sessionID: "s")
  }

  @Test func unfinishedLastLineIsLeftOut() {
    let session = parse((session().text + #"{"type":"event_msg","pay"#).utf8)
    #expect(session.problems.isEmpty)
    #expect(session.lineCount == 6)
    #expect(session.rejection == nil)
  }

  @Test func damagedLinesAreReported() {
    var file = session()
    file.raw("garbage")
    for _ in 0..<30 { file.answer("t") }
    let found = file.parse()
    #expect(found.problems.map(\.line) == [7])
    #expect(found.rejection == nil)
    #expect(found.record.metadata["parse_warnings"]?.array?.first?["line"] == 7)
    #expect(parse((session().text + "{\n").utf8).rejection == .corrupt)
  }

  @Test func lostLineFeedIsReportedAndBothLinesAreRead() {
    var file = session()
    let text = file.text
    file.answer("last")
    let found = parse((String(text.dropLast()) + (file.lines.last ?? "") + "\n").utf8)
    #expect(found.problems.map(\.line) == [6])
    #expect(found.steps.last?.content == "last")
  }

  @Test func tinySessionIsRejected() {
    var file = CodexFixture()
    file.typed("x")
    file.answer("no tools")
    #expect(file.parse().rejection == .tooSmall)
    #expect(parse([]).rejection == .tooSmall)
  }

  @Test func damageNeverCrashes() {
    var file = session()
    file.patch("p", "*** Begin Patch\n*** Update File: a\n@@ x\n-y\n+z\n*** End Patch")
    file.event(
      #"{"type":"patch_apply_end","call_id":"p","success":true,"changes":{"a":{"type":"update","unified_diff":"@@ -1 +1 @@\n-a\n+b"}}}"#
    )
    file.patched("p")
    file.tokens(100, cached: 50, output: 9, last: (1, 1, 1))
    file.event(#"{"type":"thread_rolled_back","num_turns":1}"#)
    file.event(#"{"type":"exec_command_end","call_id":"c","exit_code":0,"duration":{"secs":1,"nanos":5}}"#)
    file.line("compacted", #"{"message":""}"#)
    let whole = Array(file.text.utf8)
    var random = SeededGenerator(seed: 11)
    for _ in 0..<600 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
      }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      _ = parse(Bool.random(using: &random) ? bytes[...] : bytes[..<cut])
    }
  }

  @Test func absurdNumbersDoNotOverflow() {
    var file = session()
    let huge = Int.max
    file.tokens(huge, cached: -5, output: huge, last: (huge, huge, huge))
    file.event(#"{"type":"thread_rolled_back","num_turns":-\#(huge)}"#)
    file.event(#"{"type":"exec_command_end","call_id":"c","exit_code":\#(huge),"duration":{"secs":1e300}}"#)
    file.item(#"{"type":"function_call","name":"x","call_id":"d","arguments":"{"}"#)
    file.event(
      #"{"type":"patch_apply_end","call_id":"d","success":true,"changes":{"/a":{"type":"update","unified_diff":"@@ -\#(huge) +\#(huge),0 @@\n-a\n+b"}}}"#
    )
    let session = file.parse()
    #expect(session.steps.count == 3)
    #expect(session.edits.isEmpty)
  }
}
