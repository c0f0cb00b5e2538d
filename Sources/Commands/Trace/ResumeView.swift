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
    // What a session says of itself is no reason to start a program somewhere else.
    let isInside = old.map { $0 == worktree || $0.hasPrefix(worktree + "/") && !$0.contains("/../") } ?? false
    directory = isInside ? old.flatMap { Files.isDirectory($0) ? $0 : nil } ?? worktree : worktree
  }

  /// Whether the session's id is one, and no option of the agent.
  private var hasSafeID: Bool {
    let id = record.sessionID.utf8
    func isLetterOrDigit(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    return id.first.map(isLetterOrDigit) ?? false
      && id.allSatisfy { isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F].contains($0) }
  }

  /// The agent's own command; nil for agents that have none.
  var command: [String]? {
    guard hasSafeID else { return nil }
    return switch record.agent.name {
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
        json: json,
        text: "\(record.agent.name) can't be asked to go on with session \(PrintableText.make(record.sessionID))\n")
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
