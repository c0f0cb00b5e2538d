public import Basics

/// How bad it would be if something got out.
public enum Severity: String, Sendable, CaseIterable, Comparable {
  case low, medium, high, critical

  public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Where a text comes from: in what people and agents write, shorter runs count as random.
public enum FieldType: String, Sendable, CaseIterable {
  case general
  case toolInput = "tool_input"
  case toolResult = "tool_result"
  case reasoning
}

/// A place in a text, in bytes of its UTF-8.
public struct TextSpan: Hashable, Sendable {
  public let range: Range<Int>
  /// The name of the pattern.
  public let pattern: String
  public let severity: Severity

  init(_ range: Range<Int>, _ pattern: String, _ severity: Severity) {
    self.range = range
    self.pattern = pattern
    self.severity = severity
  }
}

/// Something that a tool found. Holds the secret itself: not for logs, see ``Finding/json(isMasked:)``.
public struct Finding: Hashable, Sendable {
  public let tool: ToolName
  public let pattern: String
  public let matchedText: String
  /// Unicode scalars of the text as the tool got it: after what earlier tools took out.
  public let range: Range<Int>
  public let severity: Severity
  /// Dotted, with `[i]` for elements; empty for a bare text.
  public let fieldPath: String

  /// - Parameter isMasked: four characters and the length in the place of the text.
  public func json(isMasked: Bool) -> JSONValue {
    let shown =
      isMasked
      ? String(matchedText.unicodeScalars.prefix(4)) + "… (\(matchedText.unicodeScalars.count))" : matchedText
    return [
      "tool": .string(tool.rawValue), "pattern": .string(pattern), "matched_text": .string(shown),
      "start": .int(range.lowerBound), "end": .int(range.upperBound), "severity": .string(severity.rawValue),
      "field_path": .string(fieldPath),
    ]
  }
}
