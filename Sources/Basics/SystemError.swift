#if canImport(Glibc)
  internal import Glibc
#endif

/// A failed call to the operating system.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was attempted: a verb such as `open`.
  public let operation: String
  /// On what: usually a path.
  public let subject: String
  /// The value of `errno`.
  public let code: Int32

  public init(_ operation: String, _ subject: String, code: Int32) {
    self.operation = operation
    self.subject = subject
    self.code = code
  }

  /// The failure that `errno` holds now.
  static func last(_ operation: String, _ subject: String) -> SystemError {
    SystemError(operation, subject, code: errno)
  }

  public var reason: String { String(cString: strerror(code)) }
  public var description: String { "cannot \(operation) \(subject): \(reason)" }
  public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }
  public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
  public var isPermission: Bool { code == EACCES || code == EPERM || code == EROFS }
}
