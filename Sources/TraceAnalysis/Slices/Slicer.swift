public import TraceModel

/// A way of cutting a session into trajectories, which tile it.
public enum Slicer: String, Sendable, CaseIterable {
  /// One ask of a person and the work that serves it.
  case userTurn = "s1"
  /// One run of changes with what was read and verified around it.
  case changeBurst = "s2"
  /// Ends on an outcome that was verified.
  case milestone = "s3"
  /// One sub-goal with one deliverable.
  case subgoal = "s4"

  public var kind: String {
    switch self {
    case .userTurn: "user_turn"
    case .changeBurst: "change_burst"
    case .milestone: "milestone"
    case .subgoal: "subgoal"
    }
  }

  /// Whether somebody has to decide where the text alone does not tell.
  public var tier: String { self == .userTurn || self == .changeBurst ? "deterministic" : "cheap_llm" }
}

/// A part of a session, by positions of steps (from 0), both ends included.
public struct Trajectory: Hashable, Sendable {
  /// Who found the label.
  public enum LabelSource: String, Sendable {
    /// What the session itself says.
    case narration
    case model
  }

  public let start: Int
  public let end: Int
  public let label: String
  public let labelSource: LabelSource

  public init(start: Int, end: Int, label: String, labelSource: LabelSource = .narration) {
    self.start = start
    self.end = end
    self.label = label
    self.labelSource = labelSource
  }
}

/// Something that the text does not tell.
public struct JudgmentRequest: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case sameOutcome = "same_outcome"
    case terminalVsIntermediate = "terminal_vs_intermediate"

    public var decisions: [String] { self == .sameOutcome ? ["one_outcome", "distinct"] : ["pivot", "stay"] }
  }

  public let id: String
  public let kind: Kind
  /// Positions of steps, both ends included.
  public let window: ClosedRange<Int>
  public let candidate: Int
  public let prompt: String
}

/// A session cut into trajectories.
public struct Partition: Sendable {
  public let total: Int
  public let trajectories: [Trajectory]
  /// What was decided by default where nobody answered.
  public let open: [JudgmentRequest]
  /// Answers to requests that there are not.
  public let ignored: [String]

  /// The same parts under other labels, one each; an empty one leaves a part its own.
  public func labelled(_ labels: [String]) -> Partition {
    let parts = zip(trajectories, labels).map { part, label in
      label.isEmpty ? part : Trajectory(start: part.start, end: part.end, label: label, labelSource: .model)
    }
    return Partition(total: total, trajectories: parts, open: open, ignored: ignored)
  }
}

/// Cuts sessions. A pure function of the steps and the answers.
public struct Partitioner {
  private let steps: [Step]
  private let slicer: Slicer
  private let rules: AnalysisRules
  private let preview: (String) -> String
  private let artifacts: [String?]

  /// Steps between two edits that still belong together; as the gap of change bursts.
  public static let burstGap = 35

  /// - Parameter redact: takes secrets out of text that somebody else is going to read.
  public init(_ steps: [Step], slicer: Slicer, rules: AnalysisRules = .corrected, redact: @escaping (String) -> String)
  {
    self.steps = steps
    self.slicer = slicer
    self.rules = rules
    preview = rules == .corrected ? redact : { $0 }
    artifacts = SuccessFinder(steps: steps, rules: rules).artifacts()
  }

  /// - Parameter answers: decisions by the id of their request.
  public func partition(_ answers: [String: String] = [:]) -> Partition {
    let requests = requests()
    var boundaries: Set<Int> = [0]
    boundaries.formUnion(steps.indices.filter { Ask.opens(steps[$0]) })
    switch slicer {
    case .userTurn: break
    case .changeBurst: for burst in bursts() { boundaries.formUnion([burst.lowerBound, burst.upperBound + 1]) }
    case .milestone:
      boundaries.formUnion(steps.indices.filter { Ask.isNotification(steps[$0]) })
      boundaries.formUnion(closes(answers))
    case .subgoal:
      boundaries.formUnion(requests.filter { answers[$0.id] == "pivot" }.map(\.candidate))
    }
    let starts = boundaries.filter { $0 < steps.count }.sorted()
    let ends = starts.dropFirst().map { $0 - 1 } + [steps.count - 1]
    let labels = Labels(steps: steps, artifacts: artifacts, rules: rules)
    let trajectories =
      steps.isEmpty
      ? []
      : zip(starts, ends).map { start, end in
        Trajectory(start: start, end: end, label: labels.label(start...end, slicer))
      }
    let known = Set(requests.map(\.id))
    return Partition(
      total: steps.count, trajectories: trajectories, open: requests.filter { answers[$0.id] == nil },
      ignored: answers.keys.filter { !known.contains($0) }.sorted())
  }

  /// What has to be decided, in order.
  public func requests() -> [JudgmentRequest] {
    switch slicer {
    case .userTurn, .changeBurst: []
    case .milestone: sameOutcomes()
    case .subgoal: pivots()
    }
  }

  /// A line about each trajectory, for whoever is to name it: how it opens and ends, and what it changes.
  public func outlines(_ partition: Partition) -> [String] {
    let labels = Labels(steps: steps, artifacts: artifacts, rules: rules)
    return partition.trajectories.enumerated().map { number, part in
      let span = part.start...part.end
      var fields = ["\(number + 1). steps \(part.start)-\(part.end)"]
      if let text = labels.opening(span) { fields.append("opens: \(shown(text, 160))") }
      if let text = labels.closing(span) { fields.append("ends: \(shown(text, 160))") }
      let files = labels.files(span)
      if !files.isEmpty { fields.append("files: \(files.prefix(6).joined(separator: ", "))") }
      return fields.joined(separator: " · ")
    }
  }

  /// One line of a text, without secrets. What is cut away need not be redacted.
  private func shown(_ text: String, _ limit: Int) -> String {
    StepText.cut(StepText.collapsed(preview(StepText.cut(text, to: 1024))), to: limit)
  }

  // MARK: Bursts

  /// Runs of edits that are at most ``burstGap`` steps apart.
  private func bursts() -> [ClosedRange<Int>] {
    var runs: [ClosedRange<Int>] = []
    for at in steps.indices
    where steps[at].toolCalls.contains(where: { SuccessFinder.isEdit($0, rules: rules) }) {
      if let last = runs.last, at - last.upperBound <= Self.burstGap {
        runs[runs.count - 1] = last.lowerBound...at
      } else {
        runs.append(at...at)
      }
    }
    return runs
  }

  // MARK: Milestones

  /// Runs of successes, one after the other, with the same artifact.
  private func clusters() -> [[Int]] {
    var clusters: [[Int]] = []
    var last: String?
    for at in steps.indices {
      guard let artifact = artifacts[at] else { continue }
      if artifact == last, !clusters.isEmpty {
        clusters[clusters.count - 1].append(at)
      } else {
        clusters.append([at])
      }
      last = artifact
    }
    return clusters
  }

  private static func sameOutcomeID(_ cluster: Int) -> String { "s3-same-outcome-\(cluster)" }

  private func closes(_ answers: [String: String]) -> Set<Int> {
    var closes: Set<Int> = []
    for (number, cluster) in clusters().enumerated() {
      let isDistinct = answers[Self.sameOutcomeID(number)] == "distinct"
      closes.formUnion((isDistinct ? cluster[...] : cluster.suffix(1)).map { $0 + 1 })
    }
    return closes
  }

  private func sameOutcomes() -> [JudgmentRequest] {
    clusters().enumerated().compactMap { number, cluster in
      guard cluster.count > 1, let first = cluster.first, let last = cluster.last else { return nil }
      let shown = cluster.count > 5 ? cluster.prefix(3).map { line($0) } + ["…", line(last)] : cluster.map { line($0) }
      let prompt =
        "These steps one after the other succeeded on the same thing (\(artifacts[first] ?? "")). "
        + "Are they one outcome, reached in several steps, or distinct outcomes?\n" + shown.joined(separator: "\n")
      return JudgmentRequest(
        id: Self.sameOutcomeID(number), kind: .sameOutcome, window: first...last, candidate: last, prompt: prompt)
    }
  }

  // MARK: Sub-goals

  private func pivots() -> [JudgmentRequest] {
    steps.indices.dropFirst().filter { at in
      steps[at].role == .agent && !steps[at].toolCalls.isEmpty && artifacts[at - 1] != nil
    }.map { at in
      let shown = [at - 1, at, at + 1].filter { $0 < steps.count }.map { line($0) }
      let prompt =
        "The step before succeeded. Does the step in the middle turn to another sub-goal (pivot), or go on with the same "
        + "one (stay)?\n" + shown.joined(separator: "\n")
      return JudgmentRequest(
        id: "s4-pivot-\(at)", kind: .terminalVsIntermediate, window: max(0, at - 3)...min(steps.count - 1, at + 3),
        candidate: at, prompt: prompt)
    }
  }

  /// One line about a step.
  private func line(_ at: Int) -> String {
    let step = steps[at]
    let tools = Set(step.toolCalls.map(\.toolName)).sorted().joined(separator: ",")
    let role = tools.isEmpty ? step.role.rawValue : "\(step.role.rawValue)/\(StepText.cut(tools, to: 26))"
    var text = StepText.first(step.content, step.observations.map(\.output).first { !$0.isEmpty })
    if text.isEmpty, let call = step.toolCalls.first(where: { SuccessFinder.isEdit($0, rules: rules) }),
      let path = SuccessFinder.path(of: call, rules: rules)
    {
      text = "(edit \(Labels.basename(path)))"
    }
    // What is cut away below need not be redacted.
    let flat = preview(StepText.cut(text, to: 1024)).split(whereSeparator: \.isNewline).joined(separator: " ")
    return "step \(at) (\(role)): \(StepText.cut(flat, to: 88))"
  }
}

/// How well trajectories tile a session; computed from them alone.
public struct Tiling: Hashable, Sendable {
  /// Share of the steps in some trajectory, 6 decimals.
  public let coverage: Double
  /// Steps in no trajectory.
  public let gaps: Int
  /// Steps in more than one.
  public let overlaps: Int
  public let isValid: Bool

  public init(_ trajectories: [Trajectory], total: Int) {
    var counts = [Int](repeating: 0, count: total)
    var isInside = true
    for part in trajectories {
      isInside = isInside && part.start >= 0 && part.start <= part.end && part.end < total
      for at in max(0, part.start)..<max(max(0, part.start), min(total, part.end + 1)) { counts[at] += 1 }
    }
    gaps = counts.count { $0 == 0 }
    overlaps = counts.count { $0 > 1 }
    coverage = total == 0 ? 1 : (Double(total - gaps) / Double(total) * 1_000_000).rounded(.toNearestOrEven) / 1_000_000
    let isContiguous = zip(trajectories, trajectories.dropFirst()).allSatisfy { $0.end + 1 == $1.start }
    isValid = isInside && gaps == 0 && overlaps == 0 && isContiguous
  }
}
