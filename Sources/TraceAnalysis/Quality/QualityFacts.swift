internal import Basics
internal import TraceModel

/// What the checks of all personas look at.
struct QualityFacts {
  private let record: TraceRecord
  private let agentSteps: [Step]
  private let calls: [ToolCall]
  private let observations: [Observation]
  private let snippets: [Snippet]
  private let isRuntime: Bool
  /// Whether steps are turns of a conversation, of which less is known.
  private let isTurn: Bool
  private let hasEdits: Bool

  private static let editTools: Set<String> = ["Edit", "Write", "edit", "write", "patch", "write_file"]

  init(_ record: TraceRecord) {
    self.record = record
    agentSteps = record.steps.filter { $0.role == .agent }
    calls = record.steps.flatMap(\.toolCalls)
    observations = record.steps.flatMap(\.observations)
    snippets = record.steps.flatMap(\.snippets)
    isRuntime = record.executionContext == .runtime
    isTurn = record.metadata["step_fidelity"]?.string == "conversation_turn"
    hasEdits = calls.contains { Self.editTools.contains($0.toolName) }
  }

  private typealias Check = QualityCheck

  private func share(_ steps: [Step], ofNone: Double = 0, _ isGood: (Step) -> Bool) -> Double {
    Check.ratio(steps.count(where: isGood), steps.count, ofNone: ofNone)
  }

  private static func isGiven(_ text: String?) -> Bool { !(text ?? "").isEmpty }

  private var subagents: [Step] { record.steps.filter { $0.callType == .subagent } }
  private var subagentParents: Double { share(subagents, ofNone: 1) { $0.parentStep != nil } }
  private var skipsTools: Bool { isRuntime && !hasEdits }
  private var metrics: Metrics { record.metrics }
  private var hasCost: Bool { (metrics.estimatedCostUSD ?? 0) > 0 }
  private var hasDuration: Bool { (metrics.totalDurationSeconds ?? 0) > 0 }

  // MARK: Conformance

  var conformance: [QualityCheck] {
    let indexes = record.steps.map(\.stepIndex)
    let isUnique = Set(indexes).count == indexes.count
    let isRising = zip(indexes, indexes.dropFirst()).allSatisfy { $0 <= $1 }
    let text = CanonicalJSON.line(record.toJSON())
    return [
      Check(1, record.schemaVersion == TraceRecord.currentSchemaVersion), Check(1, record.traceID.count >= 32),
      Check(1, true), Check(1, !record.agent.name.isEmpty),
      Check(0.8, half(Self.isGiven(record.timestampStart)) + half(Self.isGiven(record.timestampEnd))),
      Check(1, record.steps.count >= 2), Check(1, true), Check(1, half(isUnique) + half(isRising)),
      Check(0.9, Check.ratio(calls.count { !$0.toolCallID.isEmpty }, calls.count)),
      Check(0.9, Check.ratio(observations.count { !$0.sourceCallID.isEmpty }, observations.count)),
      Check(0.8, isTurn ? nil : share(agentSteps) { $0.callType != nil }), Check(0.8, subagentParents),
      Check(0.9, share(agentSteps, Self.hasTokens)),
      Check(0.6, skipsTools ? nil : min(Double(snippets.count) / 5, 1)),
      Check(0.7, Self.isGiven(record.task.description)),
      Check(0.6, min(Double(agentSteps.count { Self.isGiven($0.reasoningContent) }) / 3, 1)),
      Check(0.8, true), Check(0.9, metrics.totalSteps > 0),
      Check(0.7, isRuntime ? nil : flag(metrics.cacheHitRate != nil)),
      Check(0.7, hasCost), Check(0.6, isRuntime ? nil : flag(hasDuration)), Check(0.7, true),
      Check(0.8, record.security.scanned), Check(1, !Self.holdsSecret(text)), Check(0.8, !Self.holdsHome(text)),
      Check(1, !text.dropLast().contains(0x0A)), Check(0.8, true), Check(0.5, resolvedPrompts),
    ]
  }

  private func half(_ isTrue: Bool) -> Double { isTrue ? 0.5 : 0 }
  private func flag(_ isTrue: Bool) -> Double { isTrue ? 1 : 0 }

  private static func hasTokens(_ step: Step) -> Bool {
    let usage = step.tokenUsage
    return [usage.inputTokens, usage.outputTokens, usage.cacheReadTokens, usage.cacheWriteTokens].contains { $0 > 0 }
  }

  private var resolvedPrompts: Double {
    let named = record.steps.compactMap(\.systemPromptHash)
    return Check.ratio(named.count { record.systemPrompts[$0] != nil }, named.count, ofNone: 1)
  }

  /// The begin of a key, and the least number of characters that follow.
  private static let keys: [(begin: String, rest: Int)] = [
    ("sk-ant-api", 20), ("sk-proj-", 20), ("ghp_", 36), ("AKIA", 16), ("-----BEGIN RSA PRIVATE KEY", 0),
    ("-----BEGIN PRIVATE KEY", 0), ("-----BEGIN OPENSSH PRIVATE KEY", 0), ("-----BEGIN EC PRIVATE KEY", 0),
  ]

  private static func holdsSecret(_ text: [UInt8]) -> Bool {
    keys.contains { key in
      TextScan.contains(key.begin, in: text) { rest in
        rest.prefix(key.rest).count { isKeyByte($0) } >= key.rest
      }
    }
  }

  private static func holdsHome(_ text: [UInt8]) -> Bool {
    TextScan.contains("/Users/", in: text) { rest in
      guard let end = rest.firstIndex(where: { $0 == 0x2F || $0 == 0x22 || $0 == 0x20 || $0 == 0x5C }) else {
        return false
      }
      return rest[end] == 0x2F && end > rest.startIndex
    }
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: false
    }
  }

  // MARK: Training

  var training: [QualityCheck] {
    let spoken = record.steps.filter { $0.role != .system && (isTurn || $0.callType != .subagent) }
    let pairs = zip(spoken, spoken.dropFirst())
    let same = pairs.count { $0.role == $1.role }
    let answered = Set(observations.map(\.sourceCallID))
    let called = Set(calls.map(\.toolCallID))
    let working = agentSteps.filter { !$0.toolCalls.isEmpty }
    let outcome = record.outcome
    let isJudged =
      outcome.committed || outcome.success != nil || outcome.terminalState != nil || outcome.reward != nil
    return [
      Check(1, spoken.count < 2 ? 1 : 1 - Check.ratio(same, spoken.count - 1)),
      Check(1, 1 - Check.ratio(called.subtracting(answered).count, called.count)),
      Check(0.9, 1 - Check.ratio(answered.subtracting(called).count, answered.count)),
      Check(0.7, !record.systemPrompts.members.isEmpty),
      Check(0.8, share(agentSteps) { Self.isGiven($0.content) || !$0.toolCalls.isEmpty }),
      Check(0.8, working.isEmpty ? 1 : reasoning(working, halfFor: "[redacted")),
      Check(0.5, reasoning(agentSteps, halfFor: "[encrypted")),
      Check(0.6, Self.isGiven(record.task.description)), Check(0.7, isJudged), Check(0.5, isTurn ? nil : warmups),
    ]
  }

  private func reasoning(_ steps: [Step], halfFor prefix: String) -> Double {
    let sum = steps.reduce(0.0) { sum, step in
      guard let text = step.reasoningContent, !text.isEmpty else { return sum }
      return sum + (text.lowercased().hasPrefix(prefix) ? 0.5 : 1)
    }
    return steps.isEmpty ? 0 : (sum / Double(steps.count) * 1000).rounded() / 1000
  }

  private var warmups: Double {
    let kinds = agentSteps.compactMap(\.callType)
    guard !kinds.isEmpty else { return 0 }
    let warm = kinds.count { $0 == .warmup }
    if warm == 0 { return 0.5 }
    return kinds.prefix(warm).allSatisfy { $0 == .warmup } ? 1 : 0.3
  }

  // MARK: Reinforcement

  var reinforcement: [QualityCheck] {
    let outcome = record.outcome
    return [
      Check(1, outcomeScore), Check(1, confidenceScore), Check(0.9, !outcome.committed || !record.patches.isEmpty),
      Check(0.8, isTurn ? nil : share(agentSteps, Self.hasTokens)), Check(0.7, hasCost), Check(0.7, subagentParents),
      Check(0.4, outcome.success != nil || outcome.reward != nil ? 1 : outcome.terminalState != nil ? 0.8 : 0),
      Check(0.3, share(agentSteps) { Self.isGiven($0.model) }),
    ]
  }

  private var outcomeScore: Double {
    let outcome = record.outcome
    if isRuntime || record.executionContext == nil && outcome.terminalState != nil {
      if outcome.reward != nil { return 1 }
      return outcome.terminalState == .goalReached ? 0.8 : outcome.terminalState != nil ? 0.6 : 0
    }
    if outcome.committed { return 1 }
    if Self.isGiven(outcome.commitSHA) || !record.patches.isEmpty { return 0.3 }
    return outcome.success == false ? 0.6 : 0
  }

  private var confidenceScore: Double {
    let outcome = record.outcome
    if outcome.committed || outcome.signalConfidence == .annotated { return 1 }
    if outcome.signalConfidence == .derived, outcome.success != nil { return 0.8 }
    if outcome.reward != nil, Self.isGiven(outcome.rewardSource) { return 0.9 }
    guard outcome.signalConfidence == .inferred else { return 0 }
    return outcome.terminalState != nil ? 0.6 : outcome.success != nil ? 0.5 : 0
  }

  // MARK: Analytics, domain

  var analytics: [QualityCheck] {
    let rate = metrics.cacheHitRate.map { (0...1).contains($0) } ?? false
    return [
      Check(1, isRuntime ? nil : flag(rate)), Check(0.9, hasCost), Check(0.8, isRuntime ? nil : flag(hasDuration)),
      Check(0.7, isTurn ? nil : share(record.steps) { Self.isGiven($0.timestamp) }),
      Check(0.8, isTurn ? nil : share(agentSteps) { $0.tokenUsage.inputTokens > 0 && $0.tokenUsage.outputTokens > 0 }),
      Check(0.6, share(agentSteps) { Self.isGiven($0.model) }), Check(0.5, metrics.totalSteps == record.steps.count),
      Check(0.4, isTurn ? nil : share(agentSteps) { $0.callType != nil }),
    ]
  }

  var domain: [QualityCheck] {
    let environment = record.environment
    let description = record.task.description ?? ""
    let languages = environment.languageEcosystem
    let named = snippets.count { Self.isGiven($0.language) }
    let attribution: Double =
      !hasEdits ? 1 : record.attribution.map { $0.files.isEmpty ? 0.3 : 1 } ?? 0
    let version = Self.isGiven(record.agent.version)
    return [
      Check(1, skipsTools ? nil : flag(!languages.isEmpty)),
      Check(0.9, languages.isEmpty ? 1 : flag(!record.dependencies.isEmpty)),
      Check(0.8, description.unicodeScalars.count > 10 ? 1 : description.isEmpty ? 0 : 0.5),
      Check(0.7, isRuntime ? nil : half(environment.vcs.kind != .none) + half(Self.isGiven(environment.vcs.branch))),
      Check(0.6, snippets.isEmpty ? nil : Check.ratio(named, snippets.count)), Check(0.5, attribution),
      Check(0.5, isRuntime && !version ? 0.7 : half(!record.agent.name.isEmpty) + half(version)), Check(0.3, true),
    ]
  }
}

/// Looks for words in bytes.
enum TextScan {
  /// Whether a word stands in a text with a rest that fits.
  static func contains(_ word: String, in text: [UInt8], where fits: (ArraySlice<UInt8>) -> Bool) -> Bool {
    let word = Array(word.utf8)
    var rest = text[...]
    while let first = word.first, let at = rest.firstIndex(of: first) {
      if rest[at...].starts(with: word), fits(rest[(at + word.count)...]) { return true }
      rest = rest[(at + 1)...]
    }
    return false
  }
}
