internal import TraceModel

/// Short names of trajectories from what the session itself says.
struct Labels {
  let steps: [Step]
  let artifacts: [String?]
  let rules: AnalysisRules

  func label(_ span: ClosedRange<Int>, _ slicer: Slicer) -> String {
    switch slicer {
    case .userTurn: prompt(span.lowerBound) ?? "(work)"
    case .changeBurst: burst(span)
    case .milestone: milestone(span)
    case .subgoal:
      narrations(span).last.map(\.text) ?? prompt(span.lowerBound) ?? "(work)"
    }
  }

  /// The words of a person at a step.
  private func prompt(_ at: Int) -> String? {
    guard steps[at].role == .user, let text = steps[at].content, !StepText.trim(text).isEmpty else { return nil }
    return StepText.cut(text.split(whereSeparator: \.isNewline).joined(separator: " "), to: 80)
  }

  /// The first words of a person, else of the agent.
  func opening(_ span: ClosedRange<Int>) -> String? {
    span.lazy.compactMap { prompt($0) }.first ?? narrations(span).first?.text
  }

  /// The last words of the agent.
  func closing(_ span: ClosedRange<Int>) -> String? { narrations(span).last?.text }

  /// The names of the files that are edited, sorted.
  func files(_ span: ClosedRange<Int>) -> [String] {
    let files = span.flatMap { at in
      steps[at].toolCalls.filter { SuccessFinder.isEdit($0, rules: rules) }.compactMap { call in
        SuccessFinder.path(of: call, rules: rules).map(Self.basename)
      }
    }
    return Set(files).sorted()
  }

  private func burst(_ span: ClosedRange<Int>) -> String {
    let names = files(span).prefix(3)
    return names.isEmpty ? "explore" : "burst: " + names.joined(separator: ", ")
  }

  private func milestone(_ span: ClosedRange<Int>) -> String {
    let first = narrations(span).first?.text
    guard let artifact = artifacts[span.upperBound] else { return prompt(span.lowerBound) ?? first ?? "(work)" }
    let tag = artifact.hasPrefix("<") ? String(artifact.dropFirst().dropLast()) : Self.basename(artifact)
    guard let text = narration(span.upperBound) ?? first else { return "milestone: \(tag)" }
    return "✓ \(text) · \(tag)"
  }

  private func narrations(_ span: ClosedRange<Int>) -> [(at: Int, text: String)] {
    span.compactMap { at in narration(at).map { (at, $0) } }
  }

  private static let fillers = [
    "done", "ok", "okay", "got it", "great", "perfect", "sure", "alright", "all set", "nice",
  ]

  /// What the agent says in a step, without a filler in front.
  private func narration(_ at: Int) -> String? {
    guard steps[at].role == .agent else { return nil }
    let text = StepText.collapsed(steps[at].content ?? "")
    guard !text.isEmpty else { return nil }
    let rest = Self.withoutFiller(text)
    return StepText.cut(rest.isEmpty ? text : rest, to: 76)
  }

  private static func withoutFiller(_ text: String) -> String {
    let marks: Set<Character> = [" ", ".", ",", "!", "?", ":", ";", "-", "–", "—"]
    var rest = text[...]
    if rest.first == "✓" {
      rest = rest.drop { $0 == "✓" || marks.contains($0) }
      return String(rest)
    }
    let lower = text.lowercased()
    for filler in fillers.sorted(by: { $0.count > $1.count }) where lower.hasPrefix(filler) {
      let after = text.dropFirst(filler.count)
      guard after.first.map({ marks.contains($0) }) ?? true else { continue }
      rest = after.drop { marks.contains($0) }
      return String(rest)
    }
    return text
  }

  static func basename(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
