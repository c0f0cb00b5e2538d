internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import Sharing
internal import TraceStore

/// `status`
struct StatusCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show this project and the sessions kept last.")

  @Option(help: "Sessions to list, newest first; 0 for all.")
  var limit = 10

  @Flag(help: "One line for scripts.")
  var short = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit must not be negative") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if short && context.isJSON {
      throw UserFacingError(
        code: "BAD_USAGE", kind: "status", message: "--short excludes --json", exitCode: ExitStatus.usage)
    }
    let repository = try context.currentRepository()
    let registry = ProjectRegistry(context.environment)
    let enrolment = try Enrolment(repository, excludedProjects: try registry.excludedProjects())
    if enrolment.isExcluded { return excluded(enrolment) }
    guard enrolment.isEnrolled else {
      throw UserFacingError(
        code: "PROJECT_NOT_OPTED_IN", kind: "config", message: "\(enrolment.worktree) is not enrolled",
        hint: "opentraces init", exitCode: ExitStatus.configuration)
    }
    let rows = try Bucket(repository).rows().sorted { ($0.end ?? $0.writtenAt) > ($1.end ?? $1.writtenAt) }
    let now = context.now()
    let day = Timestamp(seconds: now.seconds - 24 * 60 * 60)
    let logs = [HookLog(repository), HookLog(context.environment)]
    let problems = logs.flatMap { log in
      log.problems(since: day, in: enrolment.worktree).map { (log.path, $0) }
    }.sorted { $0.1.time < $1.1.time }
    let view = StatusView(
      enrolment: enrolment, rows: rows, limit: limit == 0 ? rows.count : limit, now: now,
      trackingMode: try registry.trackingMode(), hookProblems: problems,
      sharing: try SharingView(ShareContext(repository, context)))
    return CommandResult(json: view.json, text: short ? view.shortText : view.text(context))
  }

  private func excluded(_ enrolment: Enrolment) -> CommandResult {
    let hint = "Re-enable capture with 'opentraces init'"
    return CommandResult(
      json: [
        "status": "ok", "project": .string(Paths.name(enrolment.worktree)), "excluded": true,
        "next_steps": .strings([hint]),
      ],
      text: "\(enrolment.worktree) is excluded. \(hint)\n")
  }
}

/// What `status` says.
struct StatusView {
  let enrolment: Enrolment
  let rows: [TraceRow]
  let limit: Int
  let now: Timestamp
  let trackingMode: String
  /// What hooks could not do in the last day, oldest first, each with its log.
  let hookProblems: [(log: String, problem: HookLog.Problem)]
  /// What may leave, and what has left.
  let sharing: SharingView

  private var shown: [TraceRow] { Array(rows.prefix(limit)) }
  private var nextCommand: String { rows.isEmpty ? "opentraces status" : "opentraces trail graph" }
  private var nextSteps: [String] {
    rows.isEmpty
      ? ["Import existing sessions with 'opentraces init --import-existing'"]
      : ["See commits and sessions with 'opentraces trail graph'"]
  }

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.status.v1",
      "project": .string(Paths.name(enrolment.worktree)),
      "review_policy": .string(enrolment.marker?.reviewPolicy ?? "review"),
      "agents": .strings(enrolment.agents.map(\.rawValue)), "remote": .optional(sharing.remote),
      "counts": [
        "inbox": .int(rows.count - sharing.pushed), "staged": 0, "pushed": .int(sharing.pushed), "rejected": 0,
      ],
      "total_staged": .int(rows.count), "sessions": .array(shown.map(session)),
      "next_steps": .strings(nextSteps), "next_command": .string(nextCommand),
      "tracking_mode": .string(trackingMode), "ready": .bool(sharing.isReady), "safety": sharing.safety,
      "sync": ["eligible": .bool(sharing.isReady), "blocked_reasons": .strings(sharing.blockers)],
      "freshness": ["stale": false, "reasons": []], "hooks": hooks,
    ]
  }

  private var hooks: JSONValue {
    guard let last = hookProblems.last else { return ["problems_last_day": 0, "last_problem": .null] }
    return [
      "problems_last_day": .int(hookProblems.count),
      "last_problem": [
        "time": .string(last.problem.time.iso8601), "hook": .string(last.problem.hook),
        "error": .string(last.problem.error), "log": .string(last.log),
      ],
    ]
  }

  private func session(_ row: TraceRow) -> JSONValue {
    [
      "trace_id": .string(row.traceID), "short_id": .string(String(row.traceID.prefix(8))),
      "session_id": .string(row.sessionID), "agent": .string(row.agentName), "stage": "inbox", "status": "done",
      "task": .string(title(row, 40)), "task_source": "task", "age": .string(Age.text(row.end, now: now)),
      "steps": .int(row.stepCount), "patches": .int(row.patchCount),
      "security": sharing.security(of: row.traceID),
    ]
  }

  private func title(_ row: TraceRow, _ width: Int) -> String {
    let line = PreviewText.oneLine(PreviewText.redact(row.title ?? ""))
    return line.isEmpty ? "(no prompt)" : TextWidth.cut(line, to: width)
  }

  var shortText: String {
    let words = ["empty": "empty", "clear": "clean"]
    return "status=\(words[sharing.verdict] ?? "not-cleared") traces=\(rows.count) unscanned=\(sharing.unscanned) "
      + "not_cleared=\(sharing.notCleared) stale=no\n"
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    var lines = [
      "\(style.bold(Paths.name(enrolment.worktree)))  \(rows.count) \(rows.count == 1 ? "session" : "sessions")  "
        + "agents \(enrolment.agents.map(\.rawValue).joined(separator: ", "))  tracking \(trackingMode)"
    ]
    if !rows.isEmpty { lines.append("  " + sharing.text(style)) }
    if !shown.isEmpty { lines.append("") }
    let room = max(20, context.width - 48)
    for row in shown {
      let id = style.trace("t:" + row.traceID.prefix(8))
      let age = TextWidth.padLeft(Age.text(row.end, now: now), to: 9)
      let steps = TextWidth.padLeft("\(row.stepCount)", to: 5)
      let patches = TextWidth.padLeft("\(row.patchCount)", to: 4)
      lines.append("  \(id)  \(style.dim(age))  \(steps) steps \(patches) patches  \(title(row, room))")
    }
    if rows.count > shown.count { lines.append(style.dim("  … \(rows.count - shown.count) more: --limit 0")) }
    if let last = hookProblems.last {
      let count = hookProblems.count == 1 ? "a problem" : "\(hookProblems.count) problems"
      lines += [
        "",
        style.partial(
          "hooks reported \(count) in the last day; the last one \(Age.text(last.problem.time, now: now)):"),
        "  \(last.problem.hook): \(last.problem.error)", style.dim("  all of them: \(last.log)"),
      ]
    }
    lines += ["", "next: \(nextCommand)"]
    return lines.joined(separator: "\n") + "\n"
  }
}

/// How long ago something was.
enum Age {
  static func text(_ time: Timestamp?, now: Timestamp) -> String {
    guard let time else { return "unknown" }
    let minutes = max(0, now.seconds - time.seconds) / 60
    if minutes < 60 { return "\(minutes)m ago" }
    if minutes < 24 * 60 { return "\(minutes / 60)h ago" }
    let days = minutes / (24 * 60)
    return days == 1 ? "yesterday" : "\(days)d ago"
  }
}
