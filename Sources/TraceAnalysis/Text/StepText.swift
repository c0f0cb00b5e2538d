internal import TraceModel

/// Texts of steps as the detectors read them.
public enum StepText {
  /// The first of some texts that is not empty.
  static func first(_ texts: String?...) -> String { texts.compactMap { $0 }.first { !$0.isEmpty } ?? "" }

  /// What a person or an agent said, trimmed.
  static func trimmed(_ text: String?) -> String { trim(text ?? "") }

  public static func trim(_ text: some StringProtocol) -> String {
    var text = text[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }

  /// Every run of white space as one space.
  static func collapsed(_ text: some StringProtocol) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// At most `limit` Unicode scalars.
  static func cut(_ text: String, to limit: Int) -> String {
    text.unicodeScalars.count <= limit ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
  }
}

extension Observation {
  /// As signals of the run read it.
  var outcome: String { StepText.first(content, outputSummary, error) }
  /// As slicers and waste read it.
  var output: String { StepText.first(content, outputSummary) }
  /// As maps show it.
  var digest: String { StepText.first(outputSummary, content, error) }
}
