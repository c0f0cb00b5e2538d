import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct PiBranchTests {
  /// A long wrong way, then a short right one.
  private func branched() -> PiFixture {
    var file = PiFixture()
    file.prompt("u1", "first")
    file.agent("a1", PiFixture.text("one"), PiFixture.call("c0", "bash"))
    file.prompt("u2", "wrong way")
    file.agent("a2", PiFixture.call("c1", "write", #"{"path":"x","content":"x\n"}"#), usage: PiFixture.usage(1, 2))
    file.result("r1", of: "c1")
    file.entry("s1", "branch_summary", #""fromId":"r1","summary":"went wrong""#, parent: "a1")
    file.prompt("u3", "right way")
    file.agent("a3", PiFixture.call("c2", "write", #"{"path":"y","content":"y\n"}"#))
    file.result("r2", of: "c2")
    file.agent("a4", PiFixture.text("two"))
    return file
  }

  @Test func deepestLeafIsTheActiveBranch() {
    let session = branched().parse()
    #expect(session.steps.map(\.content) == ["first", "one", "right way", nil, "two"])
    #expect(session.pi?["branch_count"]?.int == 1)
    #expect(session.pi?["active_leaf_id"]?.string == "a4")
    #expect(session.pi?["active_leaf_source"]?.string == "deepest_leaf")
    #expect(session.pi?["branch_summaries"]?.array?.first?["summary"]?.string == "went wrong")
    #expect(
      session.limitations()
        == ["pi_parser_active_branch_v1", "pi_sidecar_missing", "pi_dropped_inactive_branches_v1"])
  }

  @Test func toldLeafWinsOverTheDeepestOne() {
    let session = branched().parse(activeLeaf: "r1")
    #expect(session.steps.map(\.content) == ["first", "one", "wrong way", nil])
    #expect(session.pi?["active_leaf_id"]?.string == "r1")
    #expect(session.pi?["active_leaf_source"]?.string == "sidecar:active_leaf")
    #expect(session.edits.map(\.isAbandoned) == [false, true])
    #expect(session.limitations() == ["pi_dropped_inactive_branches_v1"])
  }

  @Test func toldLeafThatIsNotThereIsIgnored() {
    #expect(branched().parse(activeLeaf: "gone").pi?["active_leaf_id"]?.string == "a4")
  }

  @Test func editsOfAbandonedBranchesAreKept() {
    let edits = branched().parse().edits
    #expect(edits.map(\.path) == ["/repo/x", "/repo/y"])
    #expect(edits.map(\.isAbandoned) == [true, false])
    #expect(edits.map(\.stepIndex) == [2, 4])
  }

  @Test func ofEquallyDeepLeavesTheLatestIsActive() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.text("early"))
    file.agent("a2", PiFixture.text("late"), parent: "u1")
    #expect(file.parse().steps.map(\.content) == ["x", "late"])
  }

  @Test func newStartWithoutParentIsABranch() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.prompt("u2", "again", parent: "-")
    file.agent("a1", PiFixture.text("yes"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["again", "yes"])
    #expect(session.pi?["branch_count"]?.int == 1)
  }

  @Test func entryWhoseParentIsLostFollowsTheLineBefore() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.text("one"), parent: "lost")
    file.prompt("u2", "self", parent: "u2")
    file.agent("a2", PiFixture.text("circle"), parent: "u3")
    file.prompt("u3", "y", parent: "a2")
    let session = file.parse()
    #expect(session.steps.count == 5)
    #expect(session.pi?["branch_count"]?.int == 0)
  }

  @Test func metricsAreThoseOfTheActiveBranch() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.text("no"), usage: PiFixture.usage(1, 2, read: 3, write: 4, cost: "0.25"))
    let usage = PiFixture.usage(5, 6, read: 15, write: 8, cost: "0.125")
    file.agent("a2", PiFixture.text("yes"), parent: "u1", usage: usage)
    let session = file.parse()
    let metrics = session.record.metrics
    #expect(session.steps[1].tokenUsage.cacheWriteTokens == 8)
    #expect(metrics.totalInputTokens == 5)
    #expect(metrics.totalOutputTokens == 6)
    #expect(metrics.cacheHitRate == 0.75)
    #expect(metrics.estimatedCostUSD == 0.125)
    #expect(metrics.totalDurationSeconds == 2)
    #expect(
      session.pi?["usage_all_branches"] == [
        "input_tokens": 6, "output_tokens": 8, "cache_read_tokens": 18, "cache_write_tokens": 12, "cost_usd": 0.375,
      ])
  }

  @Test func costIsTakenFromTheListWhenTheFileDoesNotTell() {
    var file = PiFixture()
    file.agent("a1", PiFixture.text("x"), usage: #"{"input":1000000,"output":0}"#)
    #expect(file.parse().record.metrics.estimatedCostUSD == 3)
    file.agent("a2", PiFixture.text("x"), parent: "-", usage: PiFixture.usage(9, 9, cost: "0"))
    #expect(file.parse().record.metrics.estimatedCostUSD == nil)
  }
}
