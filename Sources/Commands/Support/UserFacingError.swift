public import Basics

/// What the user is told when a command fails: one sentence, a hint, an exit code.
public struct UserFacingError: Error, Sendable {
  /// Stable, upper case.
  public let code: String
  /// The area concerned, such as `config` or a command path.
  public let kind: String
  public let message: String
  /// What to do about it.
  public let hint: String?
  public let retryable: Bool
  public let exitCode: Int32

  public init(
    code: String, kind: String, message: String, hint: String? = nil, retryable: Bool = false, exitCode: Int32
  ) {
    self.code = code
    self.kind = kind
    self.message = message
    self.hint = hint
    self.retryable = retryable
    self.exitCode = exitCode
  }

  public var json: JSONValue {
    [
      "status": "error",
      "error": [
        "code": .string(code), "kind": .string(kind), "message": .string(message), "hint": .optional(hint),
        "retryable": .bool(retryable),
      ],
    ]
  }
}

/// Exit codes of the whole program.
public enum ExitStatus {
  public static let ok: Int32 = 0
  public static let failure: Int32 = 1
  public static let usage: Int32 = 2
  public static let configuration: Int32 = 3
  public static let network: Int32 = 4
  public static let corrupt: Int32 = 5
  public static let notFound: Int32 = 6
  public static let busy: Int32 = 7
  /// Somebody has to decide something first.
  public static let needsJudgment: Int32 = 10
}
