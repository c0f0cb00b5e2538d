internal import CGit2

/// A failed git operation: what was attempted, on which object, and what libgit2 said.
public struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure that callers tell apart.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let notFound = Code(rawValue: -3)
    public static let exists = Code(rawValue: -4)
    public static let ambiguous = Code(rawValue: -5)
    public static let locked = Code(rawValue: -14)
    /// The object or file belongs to another user (`safe.directory`).
    public static let owner = Code(rawValue: -36)
    /// A reference did not have the value it was expected to have.
    public static let moved = Code(rawValue: -1001)
    /// The repository uses a format that libgit2 cannot read (reftable, SHA-256).
    public static let unsupportedFormat = Code(rawValue: -1002)
    /// An object has a content that git would not write.
    public static let corrupt = Code(rawValue: -1003)
  }

  public let code: Code
  /// What was attempted, as a verb phrase such as `read the tree`.
  public let operation: String
  /// On what: a path, an object id, a reference name.
  public let subject: String
  public let message: String

  public init(_ code: Code, _ operation: String, _ subject: String, _ message: String) {
    self.code = code
    self.operation = operation
    self.subject = subject
    self.message = message
  }

  public var description: String { "cannot \(operation) \(subject): \(message)" }
}

/// The one path that every libgit2 call takes: a negative result becomes a ``GitError`` with libgit2's own words.
@discardableResult
func check(_ result: Int32, _ operation: String, _ subject: @autoclosure () -> String) throws -> Int32 {
  guard result < 0 else { return result }
  let message = git_error_last().flatMap { $0.pointee.message.map { String(cString: $0) } } ?? "error \(result)"
  throw GitError(GitError.Code(rawValue: result), operation, subject(), message)
}

/// As ``check(_:_:_:)``, but "not found" is false instead of an error.
func found(_ result: Int32, _ operation: String, _ subject: @autoclosure () -> String) throws -> Bool {
  if result == GIT_ENOTFOUND.rawValue { return false }
  try check(result, operation, subject())
  return true
}
