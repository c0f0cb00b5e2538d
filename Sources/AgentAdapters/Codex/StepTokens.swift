/// Finds the step that reported tokens belong to.
///
/// Newer files report the tokens of a response behind its items, older ones before them.
struct StepTokens {
  private var early: Usage?
  /// Whether the last step got its tokens before its items.
  private var isPaidAhead = false
  /// Whether items came since the last report.
  private var hasGrown = false

  mutating func grow() { hasGrown = true }

  /// Tokens that were reported before the step that begins now.
  mutating func begin() -> Usage? {
    defer { early = nil }
    isPaidAhead = early != nil
    hasGrown = false
    return early
  }

  /// The tokens when they are the last step's; else they are kept for the next one.
  mutating func take(_ usage: Usage) -> Usage? {
    if hasGrown, !isPaidAhead {
      hasGrown = false
      return usage
    }
    var sum = early ?? Usage()
    sum.add(usage)
    early = sum
    return nil
  }

  mutating func reset() {
    isPaidAhead = false
    hasGrown = false
  }
}
