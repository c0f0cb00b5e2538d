internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import Sharing
internal import TraceModel
internal import TraceStore

/// `bucket manifest`
struct BucketManifestCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "manifest", abstract: "List what is kept, a row per trace. Changes nothing.",
    discussion: "The list is made of the rows each time: there is none on disk that could be out of date.")

  @Flag(help: "Keep the sums that 'bucket status' reads.")
  var heal = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    let repository = share.repository
    let bucket = try Bucket(repository)
    let log = try EventLog(repository)
    let state = try share.state()
    if heal {
      try BucketSummary(bucket).save()
      try share.keep(state)
    }
    let slug = try repository.worktree == nil ? nil : Enrolment(repository).slug
    let gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    let view = ManifestView(
      slug: slug ?? Paths.name(repository.worktree ?? repository.gitDirectory), root: repository.commonDirectory,
      rows: try bucket.rows(), state: state, gate: gate, digest: try share.plane().digest, now: context.now())
    let events: JSONValue = [
      "schema_version": "opentraces.bucket.events.v2", "batch_count": .int(try log.batchCount()),
      "last_batch_id": .optional(try log.lastBatchID()), "latest_event_sequence": .int(try log.tail()?.sequence ?? 0),
    ]
    return CommandResult(json: view.json(events), text: view.text(context))
  }
}

/// What `bucket manifest` says.
private struct ManifestView {
  let slug: String
  let root: String
  let rows: [TraceRow]
  let state: ClearanceState
  let gate: SecurityGate
  let digest: String
  let now: Timestamp

  private var withheld: Set<String> { Set(state.stale + state.unfiltered) }

  func json(_ events: JSONValue) -> JSONValue {
    let (stale, withheld) = (Set(state.stale), withheld)
    let traces = rows.map {
      row(of: $0, isCleared: !withheld.contains($0.traceID), isStale: stale.contains($0.traceID))
    }
    return [
      "status": "ok",
      "manifest": [
        "schema_version": "opentraces.bucket.manifest.v2", "bucket_root": .string(slug), "root": .string(root),
        "generated_at": .string(now.iso8601), "updated_at": .optional(rows.map(\.writtenAt).max()?.iso8601),
        "security_version": .string(TrailVersions.security), "bucket_digest": .string(digest),
        "digest": .string(digest), "traces": .array(traces), "events_v1": events,
        "trace_records": [
          "object_count": .int(rows.count), "syncable_count": .int(state.cleared),
          "unfiltered_count": .int(state.unfiltered.count), "security_stale_count": .int(state.stale.count),
          "last_write_at": .optional(rows.map(\.writtenAt).max()?.iso8601),
        ],
        "sync": [
          "eligible": .bool(!rows.isEmpty && gate.recordReasons.isEmpty),
          "blocked_reasons": .strings(gate.recordReasons),
        ],
      ],
    ]
  }

  private func row(of row: TraceRow, isCleared: Bool, isStale: Bool) -> JSONValue {
    // What is in the digest is in the row: two clones with the same trace have the same one.
    let counted: JSONObject = [
      "project_slug": .string(slug), "trace_id": .string(row.traceID), "step_count": .int(row.stepCount),
      "patch_count": .int(row.patchCount), "lifecycle": .string(row.lifecycle), "agent_name": .string(row.agentName),
      "agent_version": .optional(row.agentVersion), "agent_model": .optional(row.agentModel),
    ]
    var json = counted
    json["title"] = .optional(row.title.map(SecretRedactor.redact))
    json["trace_path"] = .string(StoreRefs.traceDirectory(row.traceID))
    json["summary"] = ["step_count": .int(row.stepCount), "patch_count": .int(row.patchCount)]
    json["remote_sync_eligible"] = .bool(isCleared)
    json["status"] = [
      "known": true, "syncable": .bool(isCleared), "privacy_off": .bool(!isCleared && !isStale),
      "security_stale": .bool(isStale), "written_at": .string(row.writtenAt.iso8601),
    ]
    json["digest"] = .string("sha256:" + Digest.sha256Hex(CanonicalJSON.encode(.object(counted))))
    return .object(json)
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    let withheld = withheld
    var lines = rows.sorted { ($1.end ?? $1.writtenAt) < ($0.end ?? $0.writtenAt) }.prefix(40).map { row in
      let mark = withheld.contains(row.traceID) ? style.dim("·") : style.good("✓")
      let title = row.title.map { PreviewText.make($0, limit: 60) } ?? ""
      return "\(mark) \(row.traceID.prefix(8))  \(TextWidth.pad("\(row.stepCount) steps", to: 11)) \(title)"
    }
    if rows.count > lines.count { lines.append(style.dim("… and \(rows.count - lines.count) more, with --json")) }
    lines.append("\(rows.count) traces, \(state.cleared) cleared (✓)")
    return lines.joined(separator: "\n") + "\n"
  }
}
