internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import Sharing
internal import TraceModel
internal import TraceStore

/// `bucket status`
struct BucketStatusCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what is kept and whether it may leave. Changes nothing.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    let repository = share.repository
    let log = try EventLog(repository)
    let slug = try repository.worktree == nil ? nil : Enrolment(repository).slug
    let state = try share.state()
    let view = BucketStatusView(
      root: repository.commonDirectory, slug: slug ?? Paths.name(repository.worktree ?? repository.gitDirectory),
      summary: try BucketSummary(Bucket(repository)), batches: try log.batchCount(),
      tail: try log.tail()?.sequence ?? 0, batchID: try log.lastBatchID(), state: state,
      gate: SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil),
      isConfigured: share.policy.isConfigured, remote: share.remote, digest: try share.plane().digest)
    return CommandResult(json: view.json, text: view.text(context))
  }
}

/// What `bucket status` says.
struct BucketStatusView {
  let root: String
  let slug: String
  let summary: BucketSummary
  let batches: Int
  let tail: Int
  let batchID: String?
  let state: ClearanceState
  let gate: SecurityGate
  let isConfigured: Bool
  let remote: BucketRemote?
  /// Of what is shared.
  let digest: String

  private var blockers: [String] { gate.recordReasons }
  private var isEligible: Bool { state.total > 0 && blockers.isEmpty }

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.bucket.health.v1",
      "bucket": [
        "schema_version": "opentraces.bucket.manifest.v2", "root": .string(root), "bucket_root": .string(slug),
        "security_version": .string(TrailVersions.security), "bucket_digest": .string(digest),
        "digest": .string(digest), "trace_count": .int(summary.traces), "traces_omitted": true,
        "trace_records": [
          "object_count": .int(summary.traces), "syncable_count": .int(state.cleared),
          "unfiltered_count": .int(state.unfiltered.count),
          "privacy_off_count": .int(isConfigured ? 0 : state.unfiltered.count),
          "security_stale_count": .int(state.stale.count), "last_write_at": .optional(summary.lastWrite?.iso8601),
        ],
        "raw_sources": [
          "object_count": .int(summary.traces), "remote_syncable_count": 0, "bytes": .int(summary.bytes),
          "segments": .int(summary.segments),
        ],
        "events_v1": [
          "schema_version": "opentraces.bucket.events.v2", "batch_count": .int(batches),
          "last_batch_id": .optional(batchID), "latest_event_sequence": .int(tail),
        ],
        "trail": ["stale_count": 0, "last_projection_sync_at": .null],
        "sync": ["eligible": .bool(isEligible), "blocked_reasons": .strings(blockers)],
      ],
      "config": BucketConfig(remote).json,
      "freshness": [
        "stale": false, "reasons": [], "source": "row_status", "rebuild_recommended": .null,
        "last_full_sweep_at": .null,
      ],
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    var lines = [
      "\(style.bold("bucket"))  \(slug)", "  storage   \(remote == nil ? "local" : "shared"), \(StoreRefs.bucket)",
      "  sessions  \(summary.traces), \(SizeText.make(summary.bytes)) of transcripts in \(summary.segments) pieces",
      "  events    \(tail) in \(batches) batches",
      "  remote    \(remote.map { "\($0.name)  \(style.dim($0.url))" } ?? "none")",
    ]
    if summary.damagedLines > 0 {
      lines.append("  damaged   \(summary.damagedLines) lines of transcripts could not be read as they are")
    }
    lines.append("  cleared   \(state.cleared) of \(state.total)")
    let sync =
      summary.traces == 0
      ? "nothing to send" : isEligible ? style.good("eligible") : "blocked: " + blockers.joined(separator: ", ")
    lines.append("  sync      \(sync)")
    lines.append("next: \(gate.advice.first ?? "opentraces bucket remote status")")
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Sizes for people.
enum SizeText {
  static func make(_ bytes: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
  }
}
