public import Basics
internal import Capture
public import GitKit
internal import Ingest
public import Integrations

/// Everything a command takes from the outside world.
public final class CommandContext {
  public let environment: HostEnvironment
  public let directory: String
  /// The program's own path, for hooks that must find it again.
  public let executable: String
  public let isJSON: Bool
  public let style: Style
  /// Columns of the terminal; 100 when there is none.
  public let width: Int
  /// Whether standard output is a terminal.
  public let isTerminal: Bool
  private let clock: @Sendable () -> Timestamp
  private let writeError: @Sendable (String) -> Void
  private let readLine: (@Sendable () -> String?)?

  public init(
    environment: HostEnvironment, directory: String, executable: String, isJSON: Bool, style: Style, width: Int,
    isTerminal: Bool, clock: @escaping @Sendable () -> Timestamp,
    writeError: @escaping @Sendable (String) -> Void, readLine: (@Sendable () -> String?)? = nil
  ) {
    self.environment = environment
    self.directory = directory
    self.executable = executable
    self.isJSON = isJSON
    self.style = style
    self.width = width
    self.isTerminal = isTerminal
    self.clock = clock
    self.writeError = writeError
    self.readLine = readLine
  }

  public func now() -> Timestamp { clock() }

  /// A line on standard error.
  public func warn(_ text: String) { writeError(text + "\n") }

  /// Asks the person at the terminal; Return and what is no answer mean yes.
  ///
  /// - Returns: nil when nobody can be asked: no terminal, or `--json`.
  func confirm(_ question: String) -> Bool? {
    guard let readLine, isTerminal, !isJSON else { return nil }
    writeError(question + " [Y/n] ")
    guard let answer = readLine() else { return nil }
    return !answer.lowercased().hasPrefix("n")
  }

  /// What the user answers; nil when there is nobody to ask.
  func ask(_ question: String) -> String? {
    guard let readLine, isTerminal, !isJSON else { return nil }
    writeError(question + " ")
    return readLine()
  }

  public func path(_ text: String) -> String {
    Paths.absolute(environment.expandingTilde(text), base: directory)
  }

  /// The repository of `path`, or of the working directory.
  ///
  /// - Throws: `NOT_A_GIT_REPO` when there is none.
  public func repository(_ path: String? = nil) throws -> Repository {
    let start = path.map { self.path($0) } ?? directory
    if let path, !Files.isDirectory(start) {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "project", message: "\(path) is no directory",
        hint: "--project takes the directory of a repository", exitCode: ExitStatus.usage)
    }
    guard let repository = try Repository.open(containing: start) else {
      throw UserFacingError(
        code: "NOT_A_GIT_REPO", kind: "git", message: "\(start) is not inside a git repository",
        hint: "git init, or go to a repository first", exitCode: ExitStatus.configuration)
    }
    return repository
  }

  /// As ``repository(_:)``, with what running sessions did until now in the store.
  ///
  /// When that fails, the command goes on with what is there, and the user is told.
  func currentRepository(_ path: String? = nil) throws -> Repository {
    let repository = try self.repository(path)
    guard LiveSessions.exist(in: repository) else { return repository }
    do {
      let live = LiveFold.sessions(repository, environment, time: now())
      guard !live.waiting().isEmpty else { return repository }
      try BoundaryRecorder(repository).settle()
      try live.fold()
      repository.refreshObjects()
    } catch {
      warn("warning: what running sessions did last is missing: \(error)")
    }
    return repository
  }

  /// Where Claude Code keeps its sessions: the `projects_path` setting, `CLAUDE_CONFIG_DIR`, or `~/.claude`.
  public func claudeProjects() throws -> String {
    if let configured = try ProjectRegistry(environment).settings()["projects_path"]?.string {
      return path(configured)
    }
    let config = environment.variables["CLAUDE_CONFIG_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    return (config.map { path($0) } ?? environment.home + "/.claude") + "/projects"
  }

  /// Where the agents keep their sessions: `CODEX_HOME` or `~/.codex`, `PI_CODING_AGENT_DIR` or `~/.pi/agent`.
  func sessionHomes() throws -> SessionHomes {
    func home(_ variable: String, _ usual: String) -> String {
      let told = environment.variables[variable].flatMap { $0.isEmpty ? nil : $0 }
      return told.map { path($0) } ?? environment.home + usual
    }
    return SessionHomes(
      claudeProjects: try claudeProjects(), codex: home("CODEX_HOME", "/.codex"),
      piSessions: home("PI_CODING_AGENT_DIR", "/.pi/agent") + "/sessions")
  }

  public func progress(_ mode: ProgressMode, command: String) -> any ProgressReporter {
    ProgressWriter.make(mode, command: command, isTerminal: isTerminal && !isJSON, write: writeError)
  }
}
