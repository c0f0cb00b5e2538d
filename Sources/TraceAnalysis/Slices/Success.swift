internal import Basics
internal import TraceModel

/// Steps that bring something about: an edit, passing tests, a sub-agent's result, an answer.
struct SuccessFinder {
  let steps: [Step]
  let rules: AnalysisRules

  private static let editTools: Set<String> = [
    "apply_patch", "Edit", "Write", "MultiEdit", "NotebookEdit", "str_replace_editor",
  ]

  /// Whether a tool call edits, by the exact name of the tool.
  static func isEdit(_ call: ToolCall, rules: AnalysisRules) -> Bool {
    editTools.contains(call.toolName) || rules == .corrected && ["edit", "write"].contains(call.toolName)
  }

  /// The file that an edit is about, as the call names it; `<apply_patch>` for a patch that names none.
  static func path(of call: ToolCall, rules: AnalysisRules) -> String? {
    let named = ["file_path", "path", "filename"].lazy.compactMap { call.input[$0]?.string }.first { !$0.isEmpty }
    if let named { return named }
    if rules == .corrected, let path = ToolUse(call).modifiedFiles.first { return path }
    return call.toolName == "apply_patch" ? "<apply_patch>" : nil
  }

  /// What each step brought about; nil for those that brought about nothing.
  func artifacts() -> [String?] { steps.indices.map(artifact) }

  private func artifact(_ at: Int) -> String? {
    let step = steps[at]
    guard step.role == .agent else { return nil }
    let hasError = step.observations.contains { !($0.error ?? "").isEmpty }
    for call in step.toolCalls where Self.isEdit(call, rules: rules) && !hasError {
      if let path = Self.path(of: call, rules: rules) { return path }
    }
    if step.observations.contains(where: { passes($0.output) }) { return "<test>" }
    let waits: Set<String> = ["wait_agent", "close_agent", "TaskOutput"]
    if !hasError, step.toolCalls.contains(where: { waits.contains($0.toolName) }) { return "<subagent>" }
    let isLast = at == steps.count - 1 || steps[at + 1].role == .user
    return !(step.content ?? "").isEmpty && step.toolCalls.isEmpty && isLast ? "<answer>" : nil
  }

  private static let passed = Phrase("passed")
  private static let failed = Phrase("failed")
  private static let passes = ["all test passed", "all tests passed", "test passed", "tests passed", "build succeeded"]
    .map { Phrase($0) }
  private static let compiles = Phrase("compilation successful")
  private static let ticks = Phrase("✓ all", bounded: false)
  private static let allPass = Phrase("all tests pass")
  private static let failures = [
    "fail", "failure", "error", "exception", "traceback", "did not pass", "assertionerror",
  ]
  .map { Phrase($0) }

  /// Whether an output says that tests or a build passed, and nothing that they failed.
  private func passes(_ output: String) -> Bool {
    let text = LowerText(output)
    let counts = text.numbers(before: Self.failed)
    var isPass =
      !text.numbers(before: Self.passed).isEmpty || Self.passes.contains { $0.isIn(text) } || Self.compiles.isIn(text)
      || counts.contains(0)
    if rules == .corrected { isPass = isPass || Self.allPass.isIn(text) || Self.ticks.isIn(text) }
    guard isPass else { return false }
    if Self.failures.contains(where: { $0.isIn(text) }) { return false }
    let codes = text.number(after: ["exit code"])
    if rules == .peer { return !Self.failed.isIn(text) && !codes.contains { (1...9).contains($0) } }
    let isOnlyZero = occurrences(of: Self.failed, in: text) == counts.count { $0 == 0 }
    return isOnlyZero && !codes.contains { $0 > 0 } && !Phrase("✗", bounded: false).isIn(text)
  }

  private func occurrences(of phrase: Phrase, in text: LowerText) -> Int {
    var count = 0
    var start = 0
    while let found = phrase.range(in: text, from: start) {
      count += 1
      start = found.upperBound
    }
    return count
  }
}
