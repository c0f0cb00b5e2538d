internal import Basics
internal import GitKit
internal import Ingest
internal import Integrations
internal import Trails

/// What `init` says.
struct InitView {
  let change: EnrolmentChange
  let hooks: GitSetupReport?
  /// Agents whose running sessions are not captured yet.
  let agentsToSetUp: [AgentName]
  let sessions: SessionImport.Outcome
  /// Nil when it was not asked for.
  let backfill: Backfill.Report?
  let importExisting: Bool?
  let repository: Repository

  private var hooksInstalled: Bool { hooks?.state.isInstalled ?? false }

  private var setupCommands: [String] { agentsToSetUp.map { "opentraces setup \($0.rawValue)" } }

  private var nextSteps: [String] {
    let setup = setupCommands.map { "Capture sessions while they run with '\($0)'" }
    if sessions.report == nil && sessions.found > 0 {
      return setup + ["Import \(sessions.found) existing sessions with 'opentraces init --import-existing'"]
    }
    let tie = backfill == nil ? ["Tie commits made before now to sessions with 'opentraces git-backfill'"] : []
    return setup + [
      "Commit \(ProjectMarker.fileName), so that other clones know this project"
    ] + tie + [
      "Ask who wrote a commit with 'opentraces trail blame commit HEAD'"
    ]
  }

  private var nextCommand: String {
    if sessions.report == nil && sessions.found > 0 { return "opentraces init --import-existing" }
    return backfill == nil ? "opentraces git-backfill" : "opentraces trail graph"
  }

  var json: JSONValue {
    let enrolment = change.enrolment
    let report = sessions.report
    var object: JSONObject = ["status": "ok", "schema_version": "opentraces.init.v1"]
    if let message = change.message { object["message"] = .string(message) }
    let policy = enrolment.marker?.reviewPolicy ?? "review"
    let fields: [(String, JSONValue)] = [
      ("mode", .string(policy)), ("review_policy", .string(policy)), ("remote", .null),
      ("agents", .strings(enrolment.agents.map(\.rawValue))),
      ("agents_added", .strings(change.agentsAdded.map(\.rawValue))),
      ("hook_installed", .bool(hooksInstalled)), ("git_hook_installed", .bool(hooksInstalled)),
      ("skill_installed", false), ("existing_session_count", .int(sessions.found)),
      ("import_existing", .optional(importExisting)), ("imported_existing", .int(report?.imported ?? 0)),
      ("refreshed", .int(report?.refreshed ?? 0)), ("unchanged", .int(report?.unchanged ?? 0)),
      ("skipped", .int(report?.skipped ?? 0)), ("import_errors", .int(report?.failed ?? 0)),
      ("patches", .int(report?.patches ?? 0)),
      ("diagnostics", .array(report?.diagnostics.map(\.json) ?? [])),
      ("config_path", .string(enrolment.worktree + "/" + ProjectMarker.fileName)),
      ("staging_path", .string(repository.stateDirectory)), ("next_steps", .strings(nextSteps)),
      ("next_command", .string(nextCommand)),
    ]
    for (key, value) in fields { object[key] = value }
    return .object(object)
  }

  func text(_ style: Style) -> String {
    var lines = ["\(style.good("●")) \(change.message ?? "Initialized") \(style.bold(change.enrolment.worktree))"]
    lines.append("  agents     \(change.enrolment.agents.map(\.rawValue).joined(separator: ", "))")
    lines.append("  git hooks  \(hooksInstalled ? "installed" : style.partial("not installed"))")
    if !setupCommands.isEmpty {
      let first = style.partial("not captured while they run:") + " " + setupCommands[0]
      lines.append("  live       " + first)
      lines += setupCommands.dropFirst().map { String(repeating: " ", count: 42) + $0 }
    }
    if let report = sessions.report {
      lines.append("  sessions   \(importLine(report, style))")
    } else {
      lines.append("  sessions   \(sessions.found) on disk, not imported")
    }
    if let backfill {
      lines.append("  commits    \(style.bold("\(backfill.commitsCorrelated)")) of \(backfill.commitsScanned) tied")
    }
    lines.append("next: \(nextCommand)")
    return lines.joined(separator: "\n") + "\n"
  }

  private func importLine(_ report: ImportReport, _ style: Style) -> String {
    var parts = ["\(style.bold("\(report.imported)")) imported"]
    if report.refreshed > 0 { parts.append("\(report.refreshed) refreshed") }
    if report.unchanged > 0 { parts.append("\(report.unchanged) unchanged") }
    if report.skipped > 0 { parts.append("\(report.skipped) too small to keep") }
    if report.failed > 0 { parts.append(style.bad("\(report.failed) failed")) }
    let damaged = report.diagnostics.filter { $0.code == "damaged_line" }.count
    if damaged > 0 { parts.append("\(damaged) damaged \(damaged == 1 ? "line" : "lines")") }
    return parts.joined(separator: ", ") + " (\(report.patches) patches)"
  }
}
