internal import SecurityTools

/// Makes what people and sessions wrote harmless inside the Markdown of a pull request: nothing of it can end our block,
/// mention anybody, close an issue, or show a secret.
enum PullRequestText {
  /// Zero-width, so that a forge takes `@name` and `#1` for text.
  private static let joint = "\u{200B}"

  /// A prompt as one paragraph, at most `limit` characters long.
  static func intent(_ prompt: String, limit: Int) -> String {
    let text = SecretRedactor.redact(prompt)
      .replacing("BEGIN USER INTENT", with: "").replacing("END USER INTENT", with: "").replacing("```", with: "'''")
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let cut = words.count > limit ? words.prefix(limit - 1).trimmingSuffix { $0 == " " } + "…" : words[...]
    return neutral(String(cut)).replacing(#/^(#+)/#) { "\\" + $0.1 }
  }

  /// A subject or a path between other text.
  static func inline(_ text: String) -> String {
    var escaped = ""
    for character in neutral(SecretRedactor.redact(text)) {
      if "\\`*_[]|~".contains(character) { escaped += "\\" }
      escaped.append(character)
    }
    return escaped
  }

  private static func neutral(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("@", with: "@" + joint).replacing(#/#(\d)/#) { "#" + joint + $0.1 }
      .replacing(#/(?i)\bGH-(\d)/#) { "GH" + joint + "-" + $0.1 }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, isTrimmed(last) { text.removeLast() }
    return text
  }
}
