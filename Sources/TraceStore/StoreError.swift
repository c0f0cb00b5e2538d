/// A failure of the trace store.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// Another process held the lock for the whole deadline.
    case busy = "STORE_BUSY"
    /// A stored object can't be read as what it should be.
    case corrupt = "STORE_CORRUPT"
    /// A trace, event or object is not there.
    case notFound = "NOT_FOUND"
    /// An event broke a payload rule.
    case invalidEvent = "INVALID_EVENT"
    /// Something else is there already.
    case differs = "STORE_DIFFERS"
  }

  public let code: Code
  /// What was attempted, as a verb phrase.
  public let operation: String
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
