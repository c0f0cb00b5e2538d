internal import Basics
internal import TraceModel

/// Sums over the steps of a session.
enum MetricsCalculator {
  /// - Parameters:
  ///   - durationMS: the duration that the agent itself reports.
  ///   - cost: the cost that the agent itself reports.
  static func metrics(_ drafts: [Draft], durationMS: Double?, cost: Double?) -> Metrics {
    var sum = Usage()
    for draft in drafts { sum.add(draft.usage) }
    var metrics = Metrics()
    metrics.totalSteps = drafts.count
    metrics.totalInputTokens = sum.input
    metrics.totalOutputTokens = sum.output
    metrics.totalCacheReadTokens = sum.cacheRead
    metrics.totalCacheCreationTokens = sum.cacheWrite
    metrics.totalDurationSeconds = durationMS.map { rounded($0 / 1000, 100) } ?? duration(drafts)
    let read = Double(sum.cacheRead)
    let all = read + Double(sum.input)
    metrics.cacheHitRate = all > 0 ? rounded(read / all, 10_000) : nil
    metrics.estimatedCostUSD = (cost ?? self.cost(drafts)).map { rounded($0, 1_000_000) }
    return metrics
  }

  private static func rounded(_ value: Double, _ scale: Double) -> Double {
    (value * scale).rounded(.toNearestOrEven) / scale
  }

  /// Seconds between the first and the last step; nil with fewer than two distinct times.
  private static func duration(_ drafts: [Draft]) -> Double? {
    let times = drafts.compactMap(\.time)
    guard let first = times.min(), let last = times.max(), first < last else { return nil }
    return rounded(Double(last.microseconds - first.microseconds) / 1_000_000, 100)
  }

  /// The cost by list prices: nil when nothing was used, or when a model's price is not known.
  private static func cost(_ drafts: [Draft]) -> Double? {
    var sum = 0.0
    var prices: [String: ModelPrice?] = [:]
    for draft in drafts where draft.usage != Usage() && !draft.isError {
      guard let model = draft.step.model else { return nil }
      let price = prices[model] ?? ModelPrice.of(model)
      prices[model] = price
      guard let price else { return nil }
      sum += price.cost(of: draft.usage)
    }
    return sum > 0 ? sum : nil
  }
}
