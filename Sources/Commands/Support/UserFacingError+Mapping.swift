internal import Basics
internal import GitKit
internal import Integrations
internal import TraceStore

extension UserFacingError {
  /// The one place where the errors of the layers below become words and exit codes.
  static func mapping(_ error: any Error, command: String) -> UserFacingError {
    switch error {
    case let error as UserFacingError: error
    case let error as IntegrationError:
      UserFacingError(
        code: error.code, kind: error.kind, message: error.message, hint: error.hint, exitCode: error.exitCode)
    case let error as GitError: git(error, command)
    case let error as StoreError: store(error, command)
    case let error as SystemError: system(error, command)
    default:
      UserFacingError(
        code: "INTERNAL", kind: command, message: "\(error)",
        hint: "please report this with the command you ran", exitCode: ExitStatus.failure)
    }
  }

  private static func git(_ error: GitError, _ command: String) -> UserFacingError {
    if error.message.contains("No space left") {
      return diskFull(error.subject, command)
    }
    switch error.code {
    case .unsupportedFormat:
      return UserFacingError(
        code: "UNSUPPORTED_REPOSITORY", kind: "git", message: "cannot use this repository: \(error.message)",
        hint: "opentraces needs the files reference format and SHA-1 object ids", exitCode: ExitStatus.configuration)
    case .owner:
      return UserFacingError(
        code: "UNSAFE_REPOSITORY", kind: "git", message: "\(error)",
        hint: "git config --global --add safe.directory <path>", exitCode: ExitStatus.configuration)
    case .ambiguous:
      return UserFacingError(
        code: "AMBIGUOUS_REVISION", kind: "git", message: "\(error.subject) fits several objects",
        hint: "use more digits of the commit id", exitCode: ExitStatus.usage)
    case .moved, .locked:
      let isLockFile = error.message.contains("lock")
      return UserFacingError(
        code: "STORE_BUSY", kind: "store", message: "\(error)",
        hint: isLockFile ? "try again; if no git command is running, remove the stale .lock file" : "try again",
        retryable: true, exitCode: ExitStatus.busy)
    default:
      return UserFacingError(
        code: "GIT_ERROR", kind: "git", message: "\(error)", hint: "git fsck tells whether the repository is whole",
        exitCode: ExitStatus.failure)
    }
  }

  private static func store(_ error: StoreError, _ command: String) -> UserFacingError {
    switch error.code {
    case .busy:
      UserFacingError(
        code: error.code.rawValue, kind: "store", message: "\(error)", hint: "try again", retryable: true,
        exitCode: ExitStatus.busy)
    case .corrupt:
      UserFacingError(
        code: error.code.rawValue, kind: "store", message: "\(error)",
        hint: "opentraces bucket verify --full names everything that is damaged", exitCode: ExitStatus.corrupt)
    case .notFound:
      UserFacingError(
        code: error.code.rawValue, kind: "store", message: "\(error)", exitCode: ExitStatus.notFound)
    case .differs:
      UserFacingError(
        code: error.code.rawValue, kind: "store", message: "\(error)",
        hint: "nothing was changed; opentraces git-backfill computes there what this log says",
        exitCode: ExitStatus.configuration)
    case .invalidEvent:
      UserFacingError(
        code: error.code.rawValue, kind: "store", message: "\(error)", exitCode: ExitStatus.failure)
    }
  }

  private static func system(_ error: SystemError, _ command: String) -> UserFacingError {
    if error.isDiskFull { return diskFull(error.subject, command) }
    return UserFacingError(
      code: error.isPermission ? "PERMISSION_DENIED" : "IO_ERROR", kind: "io", message: "\(error)",
      hint: error.isPermission ? "check who owns the file" : nil,
      exitCode: error.isPermission ? ExitStatus.corrupt : ExitStatus.failure)
  }

  private static func diskFull(_ subject: String, _ command: String) -> UserFacingError {
    UserFacingError(
      code: "DISK_FULL", kind: "io", message: "no space left on the device that holds \(subject); nothing was changed",
      hint: "free some space and run the command again", retryable: true, exitCode: ExitStatus.failure)
  }

  /// For a command of the reference that is not built yet.
  static func notImplemented(_ command: String) -> UserFacingError {
    UserFacingError(
      code: "NOT_IMPLEMENTED", kind: command, message: "opentraces \(command) is not implemented yet",
      hint: "opentraces --help lists what is", exitCode: ExitStatus.failure)
  }

  static func usage(_ message: String, command: String, hint: String? = nil) -> UserFacingError {
    UserFacingError(code: "USAGE", kind: command, message: message, hint: hint, exitCode: ExitStatus.usage)
  }
}
