import Basics
import Testing
import TraceModel

@testable import TraceAnalysis

@Suite struct QualityTests {
  /// As the worked corpus has it: tokens on each agent step, metrics stored.
  private func priced(_ record: TraceRecord, cost: Double, success: Bool, committed: Bool) -> TraceRecord {
    var record = record
    record.agent = AgentIdentity(name: "claude-code", version: "2", model: "anthropic/claude-sonnet-4")
    record.task.description = "What the session is asked to do"
    record.executionContext = .devtime
    for index in record.steps.indices where record.steps[index].role == .agent {
      record.steps[index].tokenUsage.inputTokens = 100
      record.steps[index].tokenUsage.outputTokens = 20
      record.steps[index].tokenUsage.cacheReadTokens = 300
      record.steps[index].tokenUsage.cacheWriteTokens = 50
      record.steps[index].model = "anthropic/claude-sonnet-4"
      record.steps[index].callType = .main
    }
    let agents = record.steps.count { $0.role == .agent }
    record.metrics.totalSteps = record.steps.count
    record.metrics.totalInputTokens = agents * 100
    record.metrics.totalOutputTokens = agents * 20
    record.metrics.totalCacheReadTokens = agents * 300
    record.metrics.totalCacheCreationTokens = agents * 50
    record.metrics.cacheHitRate = 0.75
    record.metrics.totalDurationSeconds = Double((record.steps.count - 1) * 10)
    record.metrics.estimatedCostUSD = cost
    record.outcome.success = success
    record.outcome.committed = committed
    record.timestampStart = record.steps.first?.timestamp
    record.timestampEnd = record.steps.last?.timestamp
    return record
  }

  @Test func numbersAreHeldAgainstEachOther() {
    let a = RunSummary(
      priced(WorkedCorpus.t1, cost: 0.008775, success: true, committed: true), gap: 35, rules: .peer,
      includesQuality: false)
    let b = RunSummary(
      priced(WorkedCorpus.t2, cost: 0.012285, success: false, committed: false), gap: 35, rules: .peer,
      includesQuality: false)
    func delta(_ name: String, _ values: KeyPath<RunSummary, [(name: String, value: RunSummary.Value)]>) -> Double? {
      guard let first = a[keyPath: values].first(where: { $0.name == name })?.value,
        let second = b[keyPath: values].first(where: { $0.name == name })?.value
      else { return nil }
      return RunSummary.delta(first, second)
    }
    #expect(delta("estimated_cost_usd", \.metrics) == 0.00351 && delta("total_duration_s", \.metrics) == 20)
    #expect(delta("burst_count", \.bursts) == -1 && delta("test_run_count", \.signals) == -1)
    #expect(delta("test_run_count", \.wholeTrace) == -2, "also those outside of bursts")
    #expect(RunSummary.delta(.amount(nil), .amount(1)) == nil && a.quality == nil)
  }

  @Test func scoresOfTheWorkedCorpus() {
    let a = RecordQuality(priced(WorkedCorpus.t1, cost: 0.008775, success: true, committed: true))
    let b = RecordQuality(priced(WorkedCorpus.t2, cost: 0.012285, success: false, committed: false))
    #expect(
      a.scores == [.conformance: 91.4, .training: 62.2, .rl: 84.5, .analytics: 100, .domain: 53.2] && a.overall == 78.3)
    #expect(
      b.scores == [.conformance: 91.4, .training: 57.6, .rl: 89.7, .analytics: 100, .domain: 63.8] && b.overall == 80.5)
  }

  @Test func secretsAndHomesOfPeopleCount() {
    func conformance(_ text: String) -> Double? {
      var record = priced(WorkedCorpus.t1, cost: 1, success: true, committed: true)
      record.steps[0].content = text
      return RecordQuality(record).scores[.conformance]
    }
    let clean = conformance("nothing")
    #expect(conformance("key AKIA" + String(repeating: "A", count: 16)) != clean)
    #expect(conformance("key AKIA short") == clean)
    #expect(conformance("in /Users/somebody/code") != clean && conformance("/Users/ of it") == clean)
  }

  @Test func whatDoesNotAriseIsLeftOut() {
    var record = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: ""))
    #expect(RecordQuality(record).scores.count == 5)
    record.executionContext = .runtime
    record.metadata["step_fidelity"] = "conversation_turn"
    let facts = QualityFacts(record)
    #expect(facts.analytics.count { $0.score == nil } == 5 && facts.training.last?.score == nil)
  }
}
