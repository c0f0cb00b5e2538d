internal import TraceModel

/// Tells what a person asks of an agent from what programs put into the conversation.
enum Ask {
  private static let notices = ["<skill", "<subagent_notification", "<task-notification", "<turn_aborted"]
  private static let machine = ["[Request interrupted", "<system-reminder"]

  /// Whether a step is a prompt that asks for something; such steps begin a trajectory.
  static func opens(_ step: Step) -> Bool { step.role == .user && isAsk(step.content) }

  static func isAsk(_ content: String?) -> Bool {
    let text = StepText.trimmed(content)
    if text.isEmpty || text.hasPrefix("<<") || notices.contains(where: { begins(text, with: $0) }) { return false }
    if machine.contains(where: { begins(text, with: $0) }) || isContinuation(text) { return false }
    return !StepText.trim(withoutImages(text)).isEmpty
  }

  /// A prefix that ends at a word boundary.
  static func begins(_ text: String, with prefix: String) -> Bool {
    guard text.hasPrefix(prefix) else { return false }
    let next = text.dropFirst(prefix.count).first
    return next.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
  }

  private static func isContinuation(_ text: String) -> Bool {
    let lower = text.lowercased()
    if lower == "keep going" { return true }
    return begins(lower, with: "continue") && !lower.contains { $0.isNewline }
  }

  private static func withoutImages(_ text: String) -> String {
    var rest = text[...]
    var out = ""
    while let start = rest.firstRange(of: "[Image") {
      let inside = rest[start.upperBound...]
      guard let end = inside.firstIndex(of: "]"), isImage(inside[..<end]) else {
        out += rest[..<start.upperBound]
        rest = inside
        continue
      }
      out += rest[..<start.lowerBound]
      rest = inside[inside.index(after: end)...]
    }
    return out + rest
  }

  /// What stands between `[Image` and `]`: ` #3`, or `:` and anything.
  private static func isImage(_ text: Substring) -> Bool {
    if text.first == ":" { return true }
    let number = text.drop { $0 == " " }
    return number.first == "#" && !number.dropFirst().isEmpty && number.dropFirst().allSatisfy(\.isNumber)
  }

  /// Whether a step tells that something in the background is over: `<…notification`.
  static func isNotification(_ step: Step) -> Bool {
    guard step.role == .user else { return false }
    let text = StepText.trimmed(step.content)
    guard text.first == "<" else { return false }
    let tag = text.dropFirst().prefix { $0.isASCII && $0.isLetter || $0 == "_" || $0 == "-" }
    guard tag.hasSuffix("notification") else { return false }
    let next = text.dropFirst(1 + tag.count).first
    return next.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
  }
}
