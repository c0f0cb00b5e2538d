internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore

/// `bucket replay`
struct BucketReplayCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Put this repository's event log into a clone that has none.",
    discussion: """
      The clone then answers trail blame and trail graph as this one does, until it keeps sessions of its own and looks \
      for itself. A log that is there stays.
      """)

  @Option(help: "The clone to write to.")
  var repo: String

  @Option(help: "The repository whose log is read; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let source = try context.repository(project)
    let target = try context.repository(repo)
    let log = try EventLog(source)
    let report = try EventLogReplay(into: target, time: context.now()).run(log.all())
    let json: JSONValue = [
      "status": "ok", "schema_version": "opentraces.bucket.replay.v1",
      "replay": [
        "state": .string(report.state.rawValue), "repo": .string(target.worktree ?? target.gitDirectory),
        "repo_id": .null, "ref": .string(StoreRefs.events), "head": .optional(report.head?.hex),
        "event_count": .int(report.eventCount), "events_imported": .int(report.imported), "replaced_head": .null,
        "export_event_log_head": .optional(log.tip?.hex),
      ],
    ]
    return CommandResult(json: json, text: text(report, in: target))
  }

  private func text(_ report: EventLogReplay.Report, in target: Repository) -> String {
    let place = target.worktree ?? target.gitDirectory
    switch report.state {
    case .imported: return "\(report.imported) events written to \(place)\n"
    case .current: return "\(place) has these \(report.eventCount) events already\n"
    case .empty: return "there are no events yet: opentraces git-backfill makes some\n"
    }
  }
}
