import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct SubagentTests {
  private func progress(
    _ id: String, agent: String, call: String, message: String, at second: Int
  ) -> String {
    """
    {"parentUuid":null,"isSidechain":false,"cwd":"/repo","sessionId":"s1","type":"progress",\
    "data":{"type":"agent_progress","agentId":"\(agent)","prompt":"p","message":{"uuid":"\(id)",\
    "timestamp":"2026-01-02T03:04:\(second).500Z",\(message)}},"parentToolUseID":"\(call)",\
    "uuid":"p-\(id)","timestamp":"2026-01-02T03:04:\(second).500Z"}
    """
  }

  private func task(_ id: String, _ type: String = "Explore") -> String {
    Fixture.call(id, "Task", #"{"prompt":"p \#(id)","subagent_type":"\#(type)"}"#)
  }

  @Test func messagesInProgressLinesBecomeStepsAfterTheirDispatcher() {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent("a1", task("t1"))
    let call = Fixture.call("e1", "Edit", #"{"file_path":"/repo/f","old_string":"a","new_string":"b"}"#)
    file.raw(
      progress(
        "s-1", agent: "ag", call: "t1",
        message: #""type":"user","message":{"role":"user","content":[{"type":"text","text":"p t1"}]}"#, at: 10))
    file.raw(
      progress(
        "s-2", agent: "ag", call: "t1",
        message:
          #""type":"assistant","requestId":"q","message":{"id":"m","model":"claude-haiku-4-5","role":"assistant","content":[\#(call)],"usage":{"input_tokens":1,"output_tokens":2}}"#,
        at: 11))
    file.raw(
      progress(
        "s-3", agent: "ag", call: "t1",
        message:
          #""type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"e1","content":"ok"}]}"#,
        at: 12))
    file.result("u2", of: "t1")
    file.agent("a2", Fixture.text("done"))
    let session = file.parse()
    #expect(session.steps.map(\.agentRole) == [nil, "main", "explore", "explore", "main"])
    #expect(session.steps.map(\.parentStep) == [nil, nil, 2, 2, nil])
    #expect(session.steps[3].callType == .subagent)
    #expect(session.steps[1].subagentTrajectoryRef == "agent-ag")
    #expect(session.edits.map(\.stepIndex) == [4])
    #expect(session.edits[0].agentRole == "explore")
    #expect(session.edits[0].agentID == "ag")
    #expect(session.edits[0].source == .editStrings)
    #expect(session.edits[0].time == Timestamp("2026-01-02T03:04:12.5Z"))
    let usage = session.record.metadata["usage_by_agent_role"]
    #expect(usage?["explore"]?["output_tokens"]?.int == 2)
  }

  private func file(_ stem: String, _ text: String) -> ClaudeCodeAdapter.SubagentFile {
    let line = """
      {"parentUuid":null,"isSidechain":true,"sessionId":"s1","cwd":"/repo","type":"assistant",\
      "uuid":"\(stem)-1","timestamp":"2026-01-02T03:04:09Z","message":{"id":"m-\(stem)",\
      "role":"assistant","content":[{"type":"text","text":"\(text)"}]}}

      """
    return ClaudeCodeAdapter.SubagentFile(
      stem: stem, buffer: PaddedBuffer(copying: Array(line.utf8)))
  }

  @Test func filesAreMatchedByCallAndAgentNeverByOrder() {
    var main = Fixture()
    main.prompt("u1", "x")
    main.agent("a1", task("t1"), request: "r")
    main.agent("a2", task("t2", "general-purpose"), request: "r2")
    main.result("u2", of: "t1", details: #"{"agentId":"one"}"#)
    main.result("u3", of: "t2")
    var second = file("agent-two", "from two")
    second.toolCallID = "t2"
    let session = main.parse([second, file("agent-one", "from one"), file("agent-lost", "nobody")])
    #expect(session.steps.map(\.content) == ["x", nil, "from one", nil, "from two"])
    #expect(session.steps.map(\.agentRole) == [nil, "main", "explore", "main", "general"])
    #expect(session.steps[1].subagentTrajectoryRef == "agent-one")
    #expect(session.record.metadata["unmatched_subagents"] == ["lost"])
  }

  @Test func inlineSidechainBelongsToTheCallWithItsPrompt() {
    var main = Fixture()
    main.prompt("u1", "x")
    main.agent("a1", task("t1"))
    main.raw(
      #"{"parentUuid":null,"isSidechain":true,"sessionId":"s1","type":"user","uuid":"k1","timestamp":"2026-01-02T03:04:05Z","message":{"role":"user","content":"p t1"}}"#
    )
    main.raw(
      #"{"parentUuid":"k1","isSidechain":true,"sessionId":"s1","type":"assistant","uuid":"k2","timestamp":"2026-01-02T03:04:06Z","message":{"id":"mm","role":"assistant","content":"hello"}}"#
    )
    main.result("u2", of: "t1")
    let session = main.parse()
    #expect(session.steps.map(\.content) == ["x", nil, "p t1", "hello"])
    #expect(session.steps.map(\.parentStep) == [nil, nil, 2, 2])
  }
}
