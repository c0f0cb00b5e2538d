public import Basics
public import TraceModel

/// Where a run went wrong, recovered, went in circles, or was steered anew.
public struct RunSignals: Sendable {
  public static let schema = "opentraces.run_intel.v1"

  public enum Kind: String, Sendable, CaseIterable {
    case resteer, recovery, loop, failure
  }

  public struct Signal: Sendable {
    public let kind: Kind
    public let severity: String
    public let confidence: Double
    public let reason: String
    public let step: Int
    public let nodeID: String
    public let text: String
    public let reference: String
    public let evidence: JSONObject
  }

  public let traceID: String
  public private(set) var signals: [Signal] = []
  private let rules: AnalysisRules

  public init(_ record: TraceRecord, rules: AnalysisRules = .corrected) {
    traceID = record.traceID
    self.rules = rules
    let steps = record.steps.sorted { $0.stepIndex < $1.stepIndex }
    var found: [Signal] = []
    var isFailing = false
    var isFirst = true
    let quiet = quietCalls(steps)
    for step in steps {
      if step.role == .user, let text = step.content, !StepText.trim(text).isEmpty {
        if let signal = resteer(step, text, isFirst: isFirst) { found.append(signal) }
        isFirst = false
      }
      for observation in step.observations {
        let isQuiet = quiet.contains(observation.sourceCallID)
        if let signal = outcome(step, observation, isQuiet: isQuiet, &isFailing) { found.append(signal) }
      }
    }
    found += loops(steps)
    signals = found.enumerated().sorted {
      ($0.element.step, $0.element.kind.rawValue, $0.offset) < ($1.element.step, $1.element.kind.rawValue, $1.offset)
    }.map(\.element)
  }

  public func count(_ kind: Kind) -> Int { signals.count { $0.kind == kind } }

  // MARK: Steering

  private static let steering =
    ["actually", "wrong", "rerun", "redo", "instead", "stop"].map { Phrase($0) }
    + [
      "try again", "you missed", "not what i asked", "fix this", "fix and rerun", "new goal", "that's not", "thats not",
      "you forgot", "make this",
    ].map { Phrase($0, bounded: false) }
  private static let no = Phrase("no")

  private func resteer(_ step: Step, _ text: String, isFirst: Bool) -> Signal? {
    if rules == .corrected, isFirst || !Ask.isAsk(text) { return nil }
    guard !Trigger.isTrigger(text, rules: rules) else { return nil }
    let lower = LowerText(text)
    guard Self.steering.contains(where: { $0.isIn(lower) }) || saysNo(lower) else { return nil }
    return Signal(
      kind: .resteer, severity: "medium", confidence: 0.85, reason: "The user changed the direction of the run.",
      step: step.stepIndex, nodeID: "tu:\(traceID):step:\(step.stepIndex)", text: text,
      reference: "signal:\(traceID):step:\(step.stepIndex):resteer", evidence: [:])
  }

  /// `no` followed by a comma, a full stop or a space; also alone.
  private func saysNo(_ text: LowerText) -> Bool {
    var start = 0
    while let found = Self.no.range(in: text, from: start) {
      start = found.upperBound
      guard found.upperBound < text.bytes.count else { return rules == .corrected }
      if [0x20, 0x2C, 0x2E].contains(text.bytes[found.upperBound]) { return true }
    }
    return false
  }

  // MARK: Failures

  private static let sureRecovery = ["test passed", "tests passed", "smoke ok"].map { Phrase($0) }
  private static let recoveries = ["build succeeded", "compiled successfully", "done", "success"].map { Phrase($0) }
  private static let grave = ["permission denied", "traceback", "segmentation fault"].map { Phrase($0) }
  private static let failures =
    ["command failed", "no such file or directory", "build failed", "test failed", "tests failed"].map { Phrase($0) }
    + [Phrase("fatal:", bounded: false)]
  private static let failed = Phrase("failed")
  private static let errorFlags = [
    "is_error: true", "is_error:true", "\"is_error\": true", "\"is_error\":true", "'is_error': true",
  ].map { Phrase($0, bounded: false) }

  /// Calls whose output is the text of files: what it says did not happen in the run.
  private func quietCalls(_ steps: [Step]) -> Set<String> {
    guard rules == .corrected else { return [] }
    return Set(
      steps.flatMap(\.toolCalls).filter { call in
        switch ToolUse(call).kind {
        case .read, .search, .edit, .skill: true
        case .shell, .subagent, .other: false
        }
      }.map(\.toolCallID))
  }

  private func outcome(
    _ step: Step, _ observation: Observation, isQuiet: Bool, _ isFailing: inout Bool
  ) -> Signal? {
    if let error = observation.error, !StepText.trim(error).isEmpty {
      isFailing = true
      return signal(
        .failure, "high", 0.9, "A tool call failed.", step, observation, text: error,
        ["source": "observation_error"])
    }
    if isQuiet { return nil }
    let text = LowerText(observation.outcome)
    let failure = failureText(text)
    if isFailing, let sure = recovery(text), rules == .peer || failure == nil {
      isFailing = false
      return signal(
        .recovery, "info", sure ? 0.85 : 0.55, "The run went on well after a failure.", step, observation,
        text: observation.outcome, [:])
    }
    guard let failure else { return nil }
    isFailing = true
    return signal(
      .failure, failure.isGrave ? "high" : "medium", failure.isSure ? 0.95 : 0.65, "The output tells of a failure.",
      step, observation, text: observation.outcome, ["source": "text_pattern"])
  }

  private func recovery(_ text: LowerText) -> Bool? {
    if text.number(after: ["exit code"]).contains(0) || Self.sureRecovery.contains(where: { $0.isIn(text) }) {
      return true
    }
    return Self.recoveries.contains { $0.isIn(text) } ? false : nil
  }

  private func failureText(_ text: LowerText) -> (isGrave: Bool, isSure: Bool)? {
    let isGrave = Self.grave.contains { $0.isIn(text) }
    let isSure =
      Self.errorFlags.contains { $0.isIn(text) }
      || text.number(after: ["exit code", "exited with code", "exited with status"]).contains { $0 > 0 }
    let counts = text.numbers(before: Self.failed)
    let fails =
      isGrave || isSure || Self.failures.contains { $0.isIn(text) }
      || counts.contains { rules == .peer || $0 > 0 }
    return fails ? (isGrave, isSure) : nil
  }

  private func signal(
    _ kind: Kind, _ severity: String, _ confidence: Double, _ reason: String, _ step: Step, _ observation: Observation,
    text: String, _ evidence: JSONObject
  ) -> Signal {
    let id = observation.sourceCallID
    return Signal(
      kind: kind, severity: severity, confidence: confidence, reason: reason, step: step.stepIndex,
      nodeID: "tu:\(traceID):observation:\(id)", text: text,
      reference: "signal:\(traceID):observation:\(id):\(kind.rawValue)", evidence: evidence)
  }

  // MARK: Loops

  private struct Occurrence {
    let step: Int
    let seconds: Double?
    let call: String
    let command: String
  }

  /// Seconds, or steps where times are missing, within which a command is repeated.
  private static let window = (seconds: 600.0, steps: 120)

  private func loops(_ steps: [Step]) -> [Signal] {
    var byCommand: [String: [Occurrence]] = [:]
    var order: [String] = []
    for step in steps {
      let time = step.timestamp.flatMap { Timestamp($0) }.map { Double($0.microseconds) / 1_000_000 }
      for call in step.toolCalls {
        guard let command = ToolUse(call, rules: rules).command else { continue }
        let key = StepText.cut(StepText.collapsed(command).lowercased(), to: 240)
        if byCommand[key] == nil { order.append(key) }
        byCommand[key, default: []].append(
          Occurrence(step: step.stepIndex, seconds: time, call: call.toolCallID, command: command))
      }
    }
    return order.flatMap { runs(of: byCommand[$0] ?? []).map(signal) }
  }

  private func runs(of occurrences: [Occurrence]) -> [[Occurrence]] {
    var runs: [[Occurrence]] = []
    var recent: [Occurrence] = []
    var open: [Occurrence]?
    for now in occurrences {
      recent = recent.filter { isNear($0, now) } + [now]
      if open != nil {
        if recent.count > 1 {
          open?.append(now)
        } else {
          runs.append(open ?? [])
          open = nil
        }
      } else if recent.count >= 3 {
        open = recent
      }
    }
    return runs + [open].compactMap { $0 }
  }

  private func isNear(_ earlier: Occurrence, _ now: Occurrence) -> Bool {
    if let a = earlier.seconds, let b = now.seconds { return b - a <= Self.window.seconds }
    return now.step - earlier.step <= Self.window.steps
  }

  private func signal(_ run: [Occurrence]) -> Signal {
    let third = run[min(2, run.count - 1)]
    return Signal(
      kind: .loop, severity: "medium", confidence: 0.75,
      reason: "Same command repeated \(run.count) times in a loop window.", step: third.step,
      nodeID: "tu:\(traceID):tool:\(third.call)", text: third.command,
      reference: "signal:\(traceID):tool:\(third.call):loop",
      evidence: [
        "repeat_count": .int(run.count), "first_step": .int(run.first?.step ?? third.step),
        "last_step": .int(run.last?.step ?? third.step),
      ])
  }
}
