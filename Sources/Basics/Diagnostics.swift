/// One thing worth telling the user that did not stop the work.
public struct Diagnostic: Hashable, Sendable {
  /// A stable code such as `damaged_line`.
  public let code: String
  /// The file or object concerned.
  public let subject: String
  /// 1-based line in `subject`, when it is a file and one line is meant.
  public let line: Int?
  /// One sentence without a period.
  public let message: String

  public init(code: String, subject: String, line: Int? = nil, message: String) {
    self.code = code
    self.subject = subject
    self.line = line
    self.message = message
  }

  public var json: JSONValue {
    [
      "code": .string(code), "subject": .string(subject), "line": .optional(line), "message": .string(message),
    ]
  }

  /// `file:line: message`
  public var text: String { line.map { "\(subject):\($0): \(message)" } ?? "\(subject): \(message)" }
}
