/// Why a stored record can't be read.
public struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A required member is absent.
    public static let missing = Code(rawValue: "missing")
    /// A member has another JSON type than it must have.
    public static let wrongType = Code(rawValue: "wrong_type")
    /// A word is not in the member's vocabulary, or a number is out of its range.
    public static let invalidValue = Code(rawValue: "invalid_value")
  }

  public let code: Code
  /// The member concerned, such as `step.role`.
  public let field: String

  public init(_ code: Code, field: String) {
    self.code = code
    self.field = field
  }

  public var description: String { "cannot read record: \(field) is \(code.rawValue)" }
}
