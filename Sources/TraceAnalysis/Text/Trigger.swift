/// Tells prompts that only wave something through, such as `yes` and `go ahead`, from those that ask for something.
public enum Trigger {
  private static let soft = ["yes", "ok", "okay", "sure", "right", "exactly", "good", "great", "perfect"]
  private static let directives = [
    "let go ahead", "lets go ahead", "let just", "let do", "let run", "let commit", "let ship", "let make",
    "let continue", "lets just", "lets do", "lets run", "lets commit", "lets ship", "lets make", "lets continue",
    "let's go", "let's do", "do it", "ship it", "run it", "now do", "go ahead", "continue", "proceed", "make a commit",
    "make the commit", "commit it", "commit this", "why don't we", "why not",
  ]
  private static let lengthLimit = 120
  private static let softRest = 30
  private static let directiveRest = 80

  public static func isTrigger(_ text: String?, rules: AnalysisRules) -> Bool {
    var text = StepText.trimmed(text)
    while text.hasPrefix("[Image"), let end = text.firstIndex(of: "]") {
      text = StepText.trim(text[text.index(after: end)...])
    }
    guard !text.isEmpty, text.unicodeScalars.count <= lengthLimit else { return false }
    let lower = text.lowercased()
    for word in soft where lower.hasPrefix(word) {
      let rest = lower.dropFirst(word.count)
      if rest.isEmpty || [" ", ",", ".", "!"].contains(rest.first) { return remainder(rest) <= softRest }
    }
    for phrase in directives where lower.hasPrefix(phrase) {
      let rest = lower.dropFirst(phrase.count)
      if rules == .corrected, let next = rest.first, next.isLetter || next.isNumber || next == "_" { continue }
      return remainder(rest) <= directiveRest
    }
    return false
  }

  private static func remainder(_ rest: Substring) -> Int {
    var rest = rest
    let marks: Set<Character> = [" ", ".", ",", "!", "?"]
    while let first = rest.first, marks.contains(first) { rest.removeFirst() }
    while let last = rest.last, marks.contains(last) { rest.removeLast() }
    return rest.unicodeScalars.count
  }
}
