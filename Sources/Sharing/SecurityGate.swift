public import Basics
internal import SecurityTools

/// Why nothing may leave yet, and what to do about it: the answer of `doctor`, `bucket remote status` and
/// `bucket security status`.
public struct SecurityGate: Sendable {
  public let isConfigured: Bool
  public let unfiltered: Int
  public let stale: Int
  public let hasRemote: Bool

  public init(_ state: ClearanceState, policy: ClearancePolicy, hasRemote: Bool) {
    isConfigured = policy.isConfigured
    unfiltered = state.unfiltered.count
    stale = state.stale.count
    self.hasRemote = hasRemote
  }

  /// What has to be done so that everything is cleared.
  public struct Remediation: Sendable {
    public let state: String
    public let reason: String
    public let command: String
    public let nextSteps: [String]

    public var json: JSONValue {
      [
        "state": .string(state), "reason": .string(reason), "command": .string(command),
        "next_steps": .strings(nextSteps),
      ]
    }
  }

  public static let setupCommand = "opentraces setup bucket"
  public static let policyCommand = "opentraces bucket security policy --policy basic"
  public static let runCommand = "opentraces bucket security run --all"

  /// Nil when all is cleared.
  public var remediation: Remediation? {
    if unfiltered == 0, stale == 0 { return nil }
    if !isConfigured {
      return Remediation(
        state: "not_configured", reason: "no security tool is enabled, so nothing can be cleared",
        command: Self.policyCommand,
        nextSteps: [
          "enable a policy: \(Self.policyCommand)", "then apply it: \(Self.runCommand)",
          "see what there is: opentraces security tools list",
        ])
    }
    if unfiltered == 0 {
      return Remediation(
        state: "version_stale", reason: Self.count(stale) + " filtered before growing, or by other rules",
        command: Self.runCommand, nextSteps: ["apply the present filter again: \(Self.runCommand)"])
    }
    return Remediation(
      state: "pending", reason: Self.count(unfiltered) + " never filtered", command: Self.runCommand,
      nextSteps: ["apply the filter: \(Self.runCommand)"])
  }

  private static func count(_ traces: Int) -> String { traces == 1 ? "1 trace was" : "\(traces) traces were" }

  public var isEligible: Bool { hasRemote && remediation == nil }

  /// Why records do not leave, without the remote.
  public var recordReasons: [String] {
    (unfiltered > 0 ? ["unfiltered_records"] : []) + (stale > 0 ? ["security_version_stale"] : [])
  }

  public var blockingReasons: [String] { (hasRemote ? [] : ["remote_unconfigured"]) + recordReasons }

  /// Commands in the order in which they help.
  public var advice: [String] {
    var advice = hasRemote ? [] : [Self.setupCommand]
    if remediation != nil {
      if !isConfigured { advice.append(Self.policyCommand) }
      advice.append(Self.runCommand)
    }
    return advice
  }

  public var json: JSONValue {
    [
      "state": "ok", "configured": .bool(isConfigured), "unfiltered_count": .int(unfiltered),
      "security_stale_count": .int(stale), "eligible": .bool(isEligible),
      "blocking_reasons": .strings(blockingReasons), "remediation": remediation?.json ?? .null,
      "advice": .strings(advice),
    ]
  }
}
