internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `bucket rebuild`
struct BucketRebuildCommand: ContextCommand {
  enum Substrate: String, ExpressibleByArgument, CaseIterable {
    case contextTree = "context-tree"
    case trail, traces, all
  }

  static let configuration = CommandConfiguration(
    commandName: "rebuild", abstract: "Make again what is derived: indexes of events, indexes of edits, sums.",
    discussion: """
      trail: the indexes of the event log; traces: the index of edited paths, the union of what others share, the sums; all: both. \
      What is right stays as it is. bucket repair does the same and looks for what can't be made again.
      """)

  @Option(help: "trail, traces or all.")
  var substrate = Substrate.all

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    if substrate == .contextTree { throw UserFacingError.notImplemented("bucket rebuild --substrate context-tree") }
    let repository = try context.repository(project)
    var parts: [(name: String, json: JSONObject)] = []
    if substrate != .traces { parts.append(("trail", try trail(repository))) }
    if substrate != .trail { parts.append(("traces", try traces(repository, context))) }
    var block: JSONObject = substrate == .all ? [:] : parts[0].json
    block["substrate"] = .string(substrate.rawValue)
    block["per_substrate"] = .object(JSONObject(parts.map { ($0.name, .object($0.json)) }))
    let lines = parts.map { name, json in
      let written = json["directories_written"]?.int ?? json["envelopes_written"]?.int ?? 0
      let isChanged = json["idempotent_noop"]?.bool == false
      return "\(context.style.good("✓")) \(TextWidth.pad(name, to: 7)) "
        + (isChanged ? written > 0 ? "\(written) entries made anew" : "made anew" : "as it should be")
    }
    return CommandResult(
      json: ["status": "ok", "schema_version": "opentraces.bucket.rebuild.v1", "rebuild": .object(block)],
      text: lines.joined(separator: "\n") + "\n")
  }

  private static let locked = UserFacingError(
    code: "LOCKED", kind: "bucket rebuild", message: "another process is writing to the store", hint: "try again",
    retryable: true, exitCode: ExitStatus.busy)

  private func trail(_ repository: Repository) throws -> JSONObject {
    guard let report = try EventIndexRepair(repository).run() else { throw Self.locked }
    let fields: JSONObject = [
      "directories_written": .int(report.directories), "events_mirrored": .int(report.events),
      "latest_event_sequence": .int(report.lastSequence), "last_batch_id": .optional(report.lastBatch),
      "idempotent_noop": .bool(report.directories == 0),
    ]
    return Self.part("opentraces.bucket.events.v2", fields, repository)
  }

  private func traces(_ repository: Repository, _ context: CommandContext) throws -> JSONObject {
    guard let written = try BucketRepair(repository, time: context.now()).rebuildTraces() else { throw Self.locked }
    let fields: JSONObject = [
      "envelopes_written": .int(written.entries), "bucket_sourced_traces": 0, "trace_count": .int(written.traces),
      "idempotent_noop": .bool(written.entries == 0 && !written.isUnionChanged), "errors": [],
    ]
    return Self.part("opentraces.bucket.trace_envelope.v2", fields, repository)
  }

  /// A repository is one project.
  private static func part(_ schema: String, _ fields: JSONObject, _ repository: Repository) -> JSONObject {
    var project = fields
    project["project"] = .string(repository.worktree ?? repository.gitDirectory)
    var part: JSONObject = ["schema_version": .string(schema), "projects_walked": 1]
    for member in fields.members { part[member.key] = member.value }
    part["per_project"] = [.object(project)]
    return part
  }
}
