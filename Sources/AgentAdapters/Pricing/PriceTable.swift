/// List prices in US dollars per million tokens.
///
/// Source: https://platform.claude.com/docs/en/about-claude/pricing, as of 2026-11-22. Prompts of
/// more than 100,000 tokens cost more on `claude-haiku-5-5`; that is not modelled.
enum PriceTable {
  static let date = "2026-11-22"

  private static func price(
    _ input: Double, _ output: Double, read: Double? = nil
  ) -> ModelPrice {
    ModelPrice(
      input: input, output: output, cacheRead: read ?? input / 10, cacheWrite5m: input * 1.25,
      cacheWrite1h: input * 2)
  }

  /// By the start of the model's name; the longest match counts.
  static let models: [(prefix: String, price: ModelPrice)] = [
    ("claude-fable-5-1", price(10, 50, read: 0.25)),
    ("claude-fable-5", price(10, 50)),
    ("claude-mythos-5-1", price(10, 50, read: 0.25)),
    ("claude-mythos-5", price(10, 50)),
    ("claude-opus-5-5", price(4, 20, read: 0.20)),
    ("claude-opus-5", price(5, 25)),
    ("claude-opus-4-8", price(5, 25)),
    ("claude-opus-4-7", price(5, 25)),
    ("claude-opus-4-6", price(5, 25)),
    ("claude-opus-4-5", price(5, 25)),
    ("claude-opus-4", price(15, 75)),
    ("claude-3-opus", price(15, 75)),
    ("claude-sonnet-5-5", price(2, 10, read: 0.10)),
    ("claude-sonnet-5", price(2, 10)),
    ("claude-sonnet-4", price(3, 15)),
    ("claude-3-7-sonnet", price(3, 15)),
    ("claude-3-5-sonnet", price(3, 15)),
    ("claude-haiku-5-5", price(0.10, 0.50)),
    ("claude-haiku-4", price(1, 5)),
    ("claude-3-5-haiku", price(0.80, 4)),
    (
      "claude-3-haiku",
      ModelPrice(
        input: 0.25, output: 1.25, cacheRead: 0.03, cacheWrite5m: 0.30, cacheWrite1h: 0.50)
    ),
  ]

  /// For models that are not listed, by a word in the name.
  static let families: [(word: String, price: ModelPrice)] = [
    ("opus", price(15, 75)),
    ("haiku", price(0.80, 4)),
    ("sonnet", price(3, 15)),
    ("claude", price(3, 15)),
  ]

  // MARK: OpenAI

  private static func openAI(_ input: Double, _ output: Double, read: Double) -> ModelPrice {
    ModelPrice(input: input, output: output, cacheRead: read, cacheWrite5m: input, cacheWrite1h: input)
  }

  /// By the whole name. Standard tier of https://developers.openai.com/api/docs/pricing, as quoted on
  /// 2026-05-05. Prompts beyond 272,000 tokens cost more on `gpt-5.4` and `gpt-5.5`; that is not modelled.
  static let openAI: [String: ModelPrice] = [
    "gpt-5.5": openAI(5, 30, read: 0.50),
    "gpt-5.4": openAI(2.50, 15, read: 0.25),
    "gpt-5.4-mini": openAI(0.75, 4.50, read: 0.075),
    "gpt-5.3-codex": openAI(1.75, 14, read: 0.175),
    "gpt-5.2": openAI(1.75, 14, read: 0.175),
    "gpt-5.2-codex": openAI(1.75, 14, read: 0.175),
    "gpt-5.1": openAI(1.25, 10, read: 0.125),
    "gpt-5.1-codex": openAI(1.25, 10, read: 0.125),
    "gpt-5.1-codex-max": openAI(1.25, 10, read: 0.125),
    "gpt-5.1-codex-mini": openAI(0.25, 2, read: 0.025),
    "gpt-5": openAI(1.25, 10, read: 0.125),
    "gpt-5-codex": openAI(1.25, 10, read: 0.125),
    "gpt-5-mini": openAI(0.25, 2, read: 0.025),
    "codex-mini-latest": openAI(1.50, 6, read: 0.375),
    "gpt-4.1": openAI(2, 8, read: 0.50),
  ]
}
