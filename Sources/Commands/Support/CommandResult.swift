public import Basics

/// What a command has to say: one JSON document, and the same for people.
public struct CommandResult {
  public let json: JSONValue
  public let text: String
  public let exitCode: Int32
  /// Further documents, for commands that print one JSON object per line; replaces ``json``.
  public let lines: [JSONValue]?
  /// Whether ``json`` is printed on one line.
  public let isOneLine: Bool

  public init(
    json: JSONValue, text: String, exitCode: Int32 = 0, lines: [JSONValue]? = nil, isOneLine: Bool = false
  ) {
    self.json = json
    self.text = text
    self.exitCode = exitCode
    self.lines = lines
    self.isOneLine = isOneLine
  }
}
