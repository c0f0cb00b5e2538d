import AgentAdapters
import Testing
import TraceModel

@Suite struct CodexTokenTests {
  private func usage(_ step: Step) -> [Int] {
    [step.tokenUsage.inputTokens, step.tokenUsage.cacheReadTokens, step.tokenUsage.outputTokens]
  }

  @Test func cumulativeTotalsBecomeTokensOfSteps() {
    var file = CodexFixture()
    file.typed("x")
    file.event(#"{"type":"token_count","info":null}"#)
    file.call("c", "shell")
    file.tokens(100, cached: 20, output: 5)
    file.output("c")
    file.tokens(100, cached: 20, output: 5)
    file.answer("done")
    file.tokens(350, cached: 150, output: 12)
    file.tokens(350, cached: 150, output: 12)
    let session = file.parse()
    #expect(session.steps.map(usage) == [[0, 0, 0], [80, 20, 5], [120, 130, 7]])
    let metrics = session.record.metrics
    #expect(metrics.totalInputTokens == 200)
    #expect(metrics.totalCacheReadTokens == 150)
    #expect(metrics.totalOutputTokens == 12)
    #expect(metrics.cacheHitRate == 0.4286)
    // (200 × 1.25 + 150 × 0.125 + 12 × 10) / 1,000,000
    #expect(metrics.estimatedCostUSD == 0.000389)
  }

  @Test func reportsBeforeTheItemsBelongToTheNextStep() {
    var file = CodexFixture()
    file.typed("x")
    file.tokens(10, cached: 0, output: 1)
    file.call("c", "shell")
    file.output("c")
    file.tokens(30, cached: 0, output: 3)
    file.answer("done")
    #expect(file.parse().steps.map(usage) == [[0, 0, 0], [10, 0, 1], [20, 0, 2]])
  }

  @Test func totalThatStartsAnewIsNotSubtracted() {
    var file = CodexFixture()
    file.typed("x")
    file.answer("a")
    file.tokens(100, cached: 0, output: 10)
    file.typed("y")
    file.answer("b")
    file.tokens(40, cached: 0, output: 4, last: (30, 0, 3))
    #expect(file.parse().record.metrics.totalInputTokens == 130)
  }

  @Test func unknownModelHasNoPrice() {
    for model in ["gpt-5-codex-2025-09-15", "gpt-5.9-nova", "gpt-5-turbo"] {
      var file = CodexFixture(turn: false)
      file.context(model)
      file.typed("x")
      file.answer("a")
      file.tokens(1_000_000, cached: 0, output: 0)
      #expect(file.parse().record.metrics.estimatedCostUSD == (model.hasSuffix("15") ? 1.25 : nil))
    }
  }
}
