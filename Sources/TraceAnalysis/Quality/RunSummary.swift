public import TraceModel

/// What of a session is held against that of another one.
public struct RunSummary: Sendable {
  public static let schema = "opentraces.trace_compare.v1"

  /// A number of a session, or what is not known of it.
  public enum Value: Sendable, Hashable {
    case count(Int?)
    case amount(Double?)

    var number: Double? {
      switch self {
      case .count(let count): count.map(Double.init)
      case .amount(let amount): amount
      }
    }
  }

  public let traceID: String
  public let metrics: [(name: String, value: Value)]
  /// Nil when nobody asked for it.
  public let quality: RecordQuality?
  public let bursts: [(name: String, value: Value)]
  /// Counted inside of bursts.
  public let signals: [(name: String, value: Value)]
  /// The same, counted over all steps.
  public let wholeTrace: [(name: String, value: Value)]
  public let security: [(name: String, value: Value)]

  /// - Parameters:
  ///   - gap: steps between two edits that still belong together.
  ///   - rules: those of the bursts.
  public init(_ record: TraceRecord, gap: Int, rules: AnalysisRules, includesQuality: Bool) {
    traceID = record.traceID
    let sums = record.metrics
    metrics = [
      ("total_steps", .count(sums.totalSteps)), ("total_input_tokens", .count(sums.totalInputTokens)),
      ("total_output_tokens", .count(sums.totalOutputTokens)),
      ("total_cache_read_tokens", .count(sums.totalCacheReadTokens)),
      ("total_cache_creation_tokens", .count(sums.totalCacheCreationTokens)),
      ("total_duration_s", .amount(sums.totalDurationSeconds)), ("cache_hit_rate", .amount(sums.cacheHitRate)),
      ("estimated_cost_usd", .amount(sums.estimatedCostUSD)),
    ]
    quality = includesQuality ? RecordQuality(record) : nil
    let found = BurstFinder(record, gap: gap, rules: rules).bursts()
    bursts = [
      ("burst_count", .count(found.count)), ("files", .count(found.reduce(0) { $0 + $1.files.count })),
      ("patches", .count(found.reduce(0) { $0 + $1.patches.count })),
    ]
    signals = [
      ("error_signal_count", .count(found.reduce(0) { $0 + $1.quality.errors })),
      ("test_run_count", .count(found.reduce(0) { $0 + $1.quality.tests })),
      ("tool_call_count", .count(found.reduce(0) { $0 + $1.quality.calls })),
    ]
    let nodes = TraceMap(record, rules: rules).nodes
    wholeTrace = [
      ("error_signal_count", .count(nodes.count { $0.type == .errorSignal })),
      ("test_run_count", .count(nodes.count { $0.type == .testRun })),
      ("tool_call_count", .count(record.steps.reduce(0) { $0 + $1.toolCalls.count })),
    ]
    security = [
      ("flags_reviewed", .count(record.security.flagsReviewed)),
      ("redactions_applied", .count(record.security.redactionsApplied)),
    ]
  }

  /// `b − a`, six decimals; nil when one of them is not known.
  public static func delta(_ a: Value, _ b: Value) -> Double? {
    guard let a = a.number, let b = b.number else { return nil }
    return ((b - a) * 1e6).rounded() / 1e6
  }
}
