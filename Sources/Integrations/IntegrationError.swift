/// A failed step of setting up or removing: what the user is told, and the exit code that goes with it.
public struct IntegrationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A stable code such as `HOOKS_PATH_UNMANAGED`.
  public let code: String
  /// The area: `install`, `config`, `project`.
  public let kind: String
  /// One sentence.
  public let message: String
  /// What to do about it; nil when there is nothing to say.
  public let hint: String?
  public let exitCode: Int32

  public init(code: String, kind: String, message: String, hint: String? = nil, exitCode: Int32) {
    self.code = code
    self.kind = kind
    self.message = message
    self.hint = hint
    self.exitCode = exitCode
  }

  public var description: String { "\(code): \(message)" }
}

extension IntegrationError {
  /// There is no repository at `path`. Setting up integrations exits with 3, enrolling a project with 4.
  public static func notAGitRepository(_ path: String, exitCode: Int32 = 3) -> IntegrationError {
    IntegrationError(
      code: "NOT_A_GIT_REPO", kind: "install", message: "\(path) is not inside a git repository.",
      hint: "run 'git init' first, or change into a repository", exitCode: exitCode)
  }

  /// The repository has no worktree: nobody commits in it, so there is nothing to capture.
  static func notAWorktree(_ path: String) -> IntegrationError {
    IntegrationError(
      code: "NOT_A_WORKTREE", kind: "install", message: "\(path) is a bare repository; nobody commits in it.",
      hint: "run this in a clone of it, or in one of its worktrees", exitCode: 3)
  }

  static func unmanagedHooks(_ message: String, hint: String) -> IntegrationError {
    IntegrationError(code: "HOOKS_PATH_UNMANAGED", kind: "install", message: message, hint: hint, exitCode: 3)
  }

  static func corruptHook(_ path: String, _ problem: String) -> IntegrationError {
    IntegrationError(
      code: "CORRUPT_HOOKS", kind: "install", message: "\(path): \(problem); nothing was changed.",
      hint: "repair or delete the lines between the opentraces marks, then run this again", exitCode: 5)
  }

  static func corruptMarker(_ path: String, _ problem: String) -> IntegrationError {
    IntegrationError(
      code: "CORRUPT_MARKER", kind: "project", message: "\(path) is no project marker: \(problem).",
      hint: "repair it, or restore it with 'git checkout -- .opentraces.json'", exitCode: 5)
  }

  public static func corruptConfig(_ path: String, _ problem: String) -> IntegrationError {
    IntegrationError(
      code: "CORRUPT_CONFIG", kind: "config", message: "\(path) can't be read: \(problem).",
      hint: "repair it or move it away; it was not changed", exitCode: 5)
  }

  static func corruptSettings(_ path: String, _ problem: String, code: String) -> IntegrationError {
    IntegrationError(
      code: code, kind: "install", message: "\(path) can't be used: \(problem); nothing was changed.",
      hint: "repair the file, then run this again", exitCode: 5)
  }

  static func unreadableSettings(_ path: String, _ problem: String, code: String) -> IntegrationError {
    IntegrationError(
      code: code, kind: "install", message: "\(path) can't be read: \(problem).",
      hint: "check who owns the file", exitCode: 5)
  }

  static func busy(_ lock: String) -> IntegrationError {
    IntegrationError(
      code: "BUSY", kind: "install", message: "another opentraces holds \(lock).", hint: "try again in a moment",
      exitCode: 7)
  }

  static func unwritable(_ error: String) -> IntegrationError {
    IntegrationError(
      code: "PERMISSION_DENIED", kind: "install", message: error, hint: "check who owns the file", exitCode: 5)
  }
}
