internal import Basics
internal import Glibc
internal import Integrations
internal import TraceModel

/// Hands a session over to the agent that it was made with.
struct ResumeView {
  let record: TraceRecord
  /// Where the agent goes on: where the session ran, if that is still there.
  let directory: String
  private static let schema = "opentraces.snapshot_resume.v1"

  init(record: TraceRecord, worktree: String) {
    self.record = record
    let old = record.metadata["cwd"]?.string
    directory = old.flatMap { Files.isDirectory($0) ? $0 : nil } ?? worktree
  }

  /// The agent's own command; nil for agents that have none.
  var command: [String]? {
    switch record.agent.name {
    case "claude-code": ["claude", "--resume", record.sessionID]
    case "codex-cli": ["codex", "resume", record.sessionID]
    case "pi": ["pi", "--session", record.sessionID]
    default: nil
    }
  }

  func result(_ context: CommandContext, isDryRun: Bool) throws -> CommandResult {
    let json: JSONValue = [
      "status": "ok", "schema_version": .string(Self.schema), "trace_id": .string(record.traceID),
      "session_id": .string(record.sessionID), "agent": .string(record.agent.name),
      "command": command.map { .strings($0) } ?? .null, "directory": .string(directory), "dry_run": .bool(isDryRun),
    ]
    guard let command else {
      return CommandResult(
        json: json, text: "\(record.agent.name) can't be asked to go on; its session is \(record.sessionID)\n")
    }
    if isDryRun || context.isJSON {
      return CommandResult(json: json, text: "cd \(directory)\n\(command.joined(separator: " "))\n")
    }
    try start(command, context)
    return CommandResult(json: json, text: "")
  }

  /// Becomes the agent; comes back only with an error.
  private func start(_ command: [String], _ context: CommandContext) throws {
    let name = command[0]
    let places = (context.environment.variables["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    guard let path = places.first(where: { access($0, X_OK) == 0 }) else {
      throw UserFacingError(
        code: "AGENT_NOT_FOUND", kind: "trace get", message: "\(name) is not installed",
        hint: "--dry-run shows the command", exitCode: ExitStatus.configuration)
    }
    guard chdir(directory) == 0 else {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "trace get", message: "\(directory) can't be entered",
        hint: "--dry-run shows the command", exitCode: ExitStatus.configuration)
    }
    let arguments = command.map { strdup($0) } + [nil]
    execv(path, arguments)
    arguments.forEach { free($0) }
    throw UserFacingError(
      code: "AGENT_NOT_STARTED", kind: "trace get",
      message: "\(path) can't be started: \(String(cString: strerror(errno)))",
      hint: "--dry-run shows the command", exitCode: ExitStatus.failure)
  }
}
