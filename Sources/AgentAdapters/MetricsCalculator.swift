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
    metrics.totalDurationSeconds =
      durationMS.map { rounded($0 / 1000, 100) } ?? duration(drafts.lazy.compactMap(\.time))
    metrics.cacheHitRate = hitRate(read: sum.cacheRead, input: sum.input)
    metrics.estimatedCostUSD = spending(drafts, reported: cost).total
    return metrics
  }

  private static func rounded(_ value: Double, _ scale: Double) -> Double {
    (value * scale).rounded(.toNearestOrEven) / scale
  }

  /// Cache reads by all input; nil when there was none.
  static func hitRate(read: Int, input: Int) -> Double? {
    let (read, all) = (Double(read), Double(read) + Double(input))
    return all > 0 ? rounded(read / all, 10_000) : nil
  }

  /// Seconds between the first and the last of the times of steps; nil with fewer than two distinct ones.
  static func duration(_ times: some Sequence<Timestamp>) -> Double? {
    guard let first = times.min(), let last = times.max(), first < last else { return nil }
    return rounded(Double(last.microseconds - first.microseconds) / 1_000_000, 100)
  }

  /// What steps cost by list prices, added to what was spent before.
  static func spending(
    _ drafts: [Draft], reported: Double?, after before: ReadingPoint.Spending = ReadingPoint.Spending()
  ) -> ReadingPoint.Spending {
    var spending = before
    spending.reported = reported ?? before.reported
    var prices: [String: ModelPrice?] = [:]
    for draft in drafts where draft.usage != Usage() && !draft.isError {
      let price = draft.step.model.flatMap { model in
        if let known = prices[model] { return known }
        let price = ModelPrice.of(model)
        prices[model] = price
        return price
      }
      guard let price else {
        spending.isKnown = false
        break
      }
      spending.sum += price.cost(of: draft.usage)
    }
    return spending
  }
}
