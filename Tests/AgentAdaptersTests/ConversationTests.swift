import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct ConversationTests {
  @Test func fragmentsOfOneResponseBecomeOneStep() {
    var file = Fixture()
    file.prompt("u1", "Fix it")
    file.agent("a1", #"{"type":"thinking","thinking":"hm"}"#, request: "r")
    file.agent("a2", Fixture.text("Let me look."), request: "r")
    file.agent("a3", Fixture.call("c1", "Read"), request: "r")
    file.result("u2", of: "c1")
    file.agent("a4", Fixture.call("c2", "Bash"), request: "r")
    let session = file.parse()
    #expect(session.roles == ["user", "agent"])
    #expect(session.steps[1].content == "Let me look.")
    #expect(session.steps[1].reasoningContent == "hm")
    #expect(session.steps[1].toolsAvailable == ["Read", "Bash"])
    #expect(session.steps[1].observations.map(\.error) == [nil, "no_result"])
    #expect(session.stepAnchors[1].entryID == "a1")
    #expect(session.stepAnchors[1].line == 2)
    #expect(session.record.task.description == "Fix it")
  }

  @Test func usageOfAResponseCountsOnce() {
    var file = Fixture()
    file.prompt("u1", "x")
    let early = #"{"input_tokens":5,"output_tokens":1,"cache_read_input_tokens":100}"#
    let late = #"{"input_tokens":5,"output_tokens":90,"cache_read_input_tokens":100}"#
    file.agent("a1", Fixture.text("a"), request: "r", usage: early)
    file.agent("a2", Fixture.call("c", "Bash"), request: "r", usage: late)
    let metrics = file.parse().record.metrics
    #expect(metrics.totalInputTokens == 5)
    #expect(metrics.totalOutputTokens == 90)
    #expect(metrics.totalCacheReadTokens == 100)
    #expect(metrics.cacheHitRate == 0.9524)
  }

  @Test func usageOfTheFragmentThatEndsTheResponseWins() {
    var file = Fixture()
    file.agent("a1", request: "r", usage: #"{"input_tokens":9,"output_tokens":9}"#)
    let final = #"{"input_tokens":3,"output_tokens":4}"#
    file.agent("a2", Fixture.text("x"), request: "r", usage: final, stop: #""end_turn""#)
    #expect(file.parse().record.metrics.totalInputTokens == 3)
  }

  @Test func repeatedLinesCountOnce() {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent("a1", Fixture.call("c", "Bash"))
    file.raw(file.lines[1])
    let session = file.parse()
    #expect(session.steps.count == 2)
    #expect(session.steps[1].toolCalls.count == 1)
    #expect(session.record.metrics.totalInputTokens == 10)
    #expect(session.record.metadata["duplicate_lines"]?.int == 1)
  }

  @Test func rewoundBranchIsLeftOutButItsEditsStay() {
    var file = Fixture()
    file.prompt("u1", "first")
    file.agent("a1", Fixture.text("one"))
    file.prompt("u2", "wrong way")
    file.agent("a2", Fixture.call("c1", "Write", #"{"file_path":"/repo/a","content":"x\n"}"#))
    file.result("u3", of: "c1", details: Self.created)
    file.prompt("u4", "right way", parent: "a1")
    file.agent("a3", Fixture.text("two"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["first", "one", "right way", "two"])
    let branch = session.record.metadata["abandoned_branches"]?.array?.first
    #expect(branch?["fork_uuid"]?.string == "a1")
    #expect(branch?["first_uuid"]?.string == "u2")
    #expect(branch?["last_uuid"]?.string == "u3")
    #expect(branch?["lines"]?.int == 3)
    #expect(session.edits.count == 1)
    #expect(session.edits[0].isAbandoned)
    #expect(session.edits[0].stepIndex == 2)
  }

  static let created =
    #"{"type":"create","filePath":"/repo/a","content":"x\n","structuredPatch":[],"originalFile":null}"#

  @Test func compactionContinuesTheConversation() {
    for logical in ["a1", "gone"] {
      var file = Fixture()
      file.prompt("u1", "start")
      file.agent("a1", Fixture.call("c1", "Bash"))
      file.raw(
        """
        {"parentUuid":null,"logicalParentUuid":"\(logical)","type":"system",\
        "subtype":"compact_boundary","uuid":"b","sessionId":"s1","timestamp":"2026-01-02T03:05:00Z",\
        "compactMetadata":{"trigger":"auto","preTokens":167000}}
        """)
      file.user("u2", #""summary""#, parent: "b", extra: #","isCompactSummary":true"#)
      file.agent("a2", Fixture.text("on"))
      let session = file.parse()
      #expect(session.roles == ["user", "agent", "agent"])
      #expect(session.record.metadata["is_compacted"] == true)
      let event = session.record.metadata["compaction_events"]?.array?.first
      #expect(event == ["trigger": "auto", "pre_tokens": 167000])
      #expect(session.record.metadata["abandoned_branches"] == nil)
    }
  }

  @Test func answersOfParallelCallsAreNoAbandonedBranch() {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent("a1", Fixture.call("c1", "Read"), request: "r")
    file.agent("a2", Fixture.call("c2", "Read"), request: "r")
    file.result("r1", of: "c1", parent: "a1")
    file.result("r2", of: "c2", parent: "a2")
    file.agent("a3", Fixture.text("done"), parent: "r1")
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "agent"])
    #expect(session.steps[1].observations.map(\.error) == [nil, nil])
    #expect(session.record.metadata["abandoned_branches"] == nil)
  }

  @Test func historyOfAForkIsDroppedAndItsOriginNamed() {
    var file = Fixture()
    file.session = "s0"
    file.prompt("u1", "old")
    file.agent("a1", Fixture.text("old answer"))
    file.session = "s1"
    file.prompt("u2", "new")
    file.agent("a2", Fixture.text("new answer"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["new", "new answer"])
    #expect(session.forkedFrom == "s0")
    #expect(session.record.metadata["forked_from"]?.string == "s0")
  }

  @Test func machineTextIsNoStepAndNoTask() {
    var file = Fixture()
    file.user("m", #""<local-command-caveat>x""#)
    file.user("n", #""remember""#, extra: #","isMeta":true"#)
    file.user("b", #"[{"type":"text","text":" <bash-stdout>x"}]"#)
    file.prompt("u", "real")
    file.agent("a", Fixture.text("yes"))
    let session = file.parse()
    #expect(session.roles == ["user", "agent"])
    #expect(session.record.task.description == "real")
    #expect(session.record.task.source == "user_prompt")
  }

  @Test func textBlocksAreJoinedAndImagesCounted() {
    var file = Fixture()
    file.user("u", #"[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#)
    file.user("v", #"[{"type":"image","source":{"type":"base64","media_type":"image/png"}}]"#)
    file.agent("a", Fixture.text("seen"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["a\nb", nil, "seen"])
    #expect(session.record.metadata["prompt_media"] == ["image/png": 1])
  }
}
