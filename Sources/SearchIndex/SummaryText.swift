internal import TraceAnalysis

/// What of a prompt tells what it asks for.
enum SummaryText {
  private static let tags = ["goal_context", "objective", "instructions", "environment_context"]
  private static let boilerplate = [
    "The objective below is user-provided data", "Treat it as the task to pursue", "Continuation behavior:", "Budget:",
    "Work from evidence:", "Progress visibility:", "Fidelity:", "Completion audit:", "Blocked audit:",
  ]

  /// Without what programs wrote around it, on one line.
  static func strip(_ text: String?) -> String {
    guard var text, !text.isEmpty else { return "" }
    if let inside = element("objective", in: text) { text = inside }
    while let start = text.firstRange(of: "<system-reminder>") {
      let rest = text[start.upperBound...]
      let end = rest.firstRange(of: "</system-reminder>")
      text = String(text[..<start.lowerBound]) + (end.map { String(rest[$0.upperBound...]) } ?? "")
    }
    for tag in tags { text = text.replacing("<\(tag)>", with: " ").replacing("</\(tag)>", with: " ") }
    let lines = text.split(whereSeparator: \.isNewline).filter { line in
      let trimmed = line.drop { $0.isWhitespace }
      return !boilerplate.contains { trimmed.hasPrefix($0) }
    }
    var words = lines.joined(separator: "\n").split(whereSeparator: \.isWhitespace)[...]
    while let first = words.first, first.count > 1, "/$".contains(first.first ?? " "), isCommand(first.dropFirst()) {
      words = words.dropFirst()
    }
    return words.joined(separator: " ")
  }

  private static func isCommand(_ word: Substring) -> Bool {
    word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ":" }
  }

  private static func element(_ name: String, in text: String) -> String? {
    guard let start = text.firstRange(of: "<\(name)>") else { return nil }
    let rest = text[start.upperBound...]
    return rest.firstRange(of: "</\(name)>").map { String(rest[..<$0.lowerBound]) }
  }

  /// Whether a stripped prompt asks for something.
  static func isUsable(_ text: String) -> Bool {
    !text.isEmpty && !Trigger.isTrigger(text, rules: .corrected) && !text.hasPrefix("[Request interrupted")
  }

  /// At most `limit` Unicode scalars.
  static func cut(_ text: String, _ limit: Int) -> String {
    text.utf8.count <= limit || text.unicodeScalars.count <= limit
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
  }
}
