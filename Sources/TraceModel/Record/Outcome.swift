public import Basics

/// How a session ended, as far as evidence tells.
public struct Outcome: Sendable, Hashable, JSONRepresentable {
  public enum Confidence: String, Sendable, Hashable {
    case derived, inferred, annotated
  }

  public enum TerminalState: String, Sendable, Hashable {
    case goalReached = "goal_reached"
    case interrupted, error, abandoned
  }

  public var success: Bool?
  /// `deterministic`, `result_message` or `source_metadata`.
  public var signalSource = "deterministic"
  public var signalConfidence = Confidence.derived
  public var description: String?
  public var committed = false
  public var commitSHA: String?
  public var terminalState: TerminalState?
  public var reward: Double?
  public var rewardSource: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "outcome")
    success = try fields.bool("success")
    signalSource = try fields.string("signal_source") ?? signalSource
    signalConfidence = try fields.word("signal_confidence") ?? .derived
    description = try fields.string("description")
    committed = try fields.bool("committed") ?? false
    commitSHA = try fields.string("commit_sha")
    terminalState = try fields.word("terminal_state")
    reward = try fields.double("reward")
    rewardSource = try fields.string("reward_source")
  }

  public func toJSON() -> JSONValue {
    [
      "success": .optional(success), "signal_source": .string(signalSource),
      "signal_confidence": .string(signalConfidence.rawValue),
      "description": .optional(description), "committed": .bool(committed),
      "commit_sha": .optional(commitSHA), "terminal_state": .word(terminalState),
      "reward": .optional(reward), "reward_source": .optional(rewardSource),
    ]
  }
}

/// Sums over a session.
public struct Metrics: Sendable, Hashable, JSONRepresentable {
  public var totalSteps = 0
  public var totalInputTokens = 0
  public var totalOutputTokens = 0
  public var totalCacheReadTokens = 0
  public var totalCacheCreationTokens = 0
  /// Seconds from the first to the last step, two decimals.
  public var totalDurationSeconds: Double?
  /// Cache reads by all input, 0 to 1, four decimals.
  public var cacheHitRate: Double?
  /// US dollars, six decimals.
  public var estimatedCostUSD: Double?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "metrics")
    totalSteps = try fields.count("total_steps")
    totalInputTokens = try fields.count("total_input_tokens")
    totalOutputTokens = try fields.count("total_output_tokens")
    totalCacheReadTokens = try fields.count("total_cache_read_tokens")
    totalCacheCreationTokens = try fields.count("total_cache_creation_tokens")
    totalDurationSeconds = try fields.double("total_duration_s")
    cacheHitRate = try fields.double("cache_hit_rate")
    estimatedCostUSD = try fields.double("estimated_cost_usd")
    try fields.check(cacheHitRate.map { (0...1).contains($0) } ?? true, "cache_hit_rate")
  }

  public func toJSON() -> JSONValue {
    [
      "total_steps": .int(totalSteps), "total_input_tokens": .int(totalInputTokens),
      "total_output_tokens": .int(totalOutputTokens),
      "total_cache_read_tokens": .int(totalCacheReadTokens),
      "total_cache_creation_tokens": .int(totalCacheCreationTokens),
      "total_duration_s": .optional(totalDurationSeconds),
      "cache_hit_rate": .optional(cacheHitRate), "estimated_cost_usd": .optional(estimatedCostUSD),
    ]
  }
}

/// What the security gate did to a record.
public struct SecurityMetadata: Sendable, Hashable, JSONRepresentable {
  public var scanned = false
  public var flagsReviewed = 0
  public var redactionsApplied = 0
  public var classifierVersion: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "security")
    scanned = try fields.bool("scanned") ?? false
    flagsReviewed = try fields.count("flags_reviewed")
    redactionsApplied = try fields.count("redactions_applied")
    classifierVersion = try fields.string("classifier_version")
  }

  public func toJSON() -> JSONValue {
    [
      "scanned": .bool(scanned), "flags_reviewed": .int(flagsReviewed),
      "redactions_applied": .int(redactionsApplied),
      "classifier_version": .optional(classifierVersion),
    ]
  }
}
