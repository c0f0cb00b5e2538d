internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
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
    let repository = try context.currentRepository(project)
    let bucket = try Bucket(repository)
    let log = try EventLog(repository)
    let slug = try repository.worktree == nil ? nil : Enrolment(repository).slug
    let view = BucketStatusView(
      root: repository.commonDirectory, slug: slug ?? Paths.name(repository.worktree ?? repository.gitDirectory),
      rows: try bucket.rows(), batches: try log.batches().count, tail: try log.tail()?.sequence ?? 0,
      batchID: try log.lastBatchID())
    return CommandResult(json: view.json, text: view.text(context))
  }
}

/// What `bucket status` says.
struct BucketStatusView {
  let root: String
  let slug: String
  let rows: [TraceRow]
  let batches: Int
  let tail: Int
  let batchID: String?

  private var bytes: Int { rows.reduce(0) { $0 + $1.source.bytes } }
  private var lastWrite: String? { rows.map(\.writtenAt).max()?.iso8601 }
  private var blockers: [String] { rows.isEmpty ? [] : ["unfiltered_records"] }

  /// Content only: no times, no machine state. Nothing is cleared yet, so nothing counts.
  private var digest: String { "sha256:" + Digest.sha256Hex(CanonicalJSON.encode(.array([]))) }

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.bucket.health.v1",
      "bucket": [
        "schema_version": "opentraces.bucket.manifest.v2", "root": .string(root), "bucket_root": .string(slug),
        "security_version": .string(TrailVersions.security), "bucket_digest": .string(digest),
        "digest": .string(digest), "trace_count": .int(rows.count), "traces_omitted": true,
        "trace_records": [
          "object_count": .int(rows.count), "syncable_count": 0, "unfiltered_count": .int(rows.count),
          "privacy_off_count": .int(rows.count), "security_stale_count": 0, "last_write_at": .optional(lastWrite),
        ],
        "raw_sources": [
          "object_count": .int(rows.count), "remote_syncable_count": 0, "bytes": .int(bytes),
          "segments": .int(rows.reduce(0) { $0 + $1.source.segments }),
        ],
        "events_v1": [
          "schema_version": "opentraces.bucket.events.v2", "batch_count": .int(batches),
          "last_batch_id": .optional(batchID), "latest_event_sequence": .int(tail),
        ],
        "trail": ["stale_count": 0, "last_projection_sync_at": .null],
        "sync": ["eligible": false, "blocked_reasons": .strings(blockers)],
      ],
      "config": [
        "storage": "local", "local_cache": true,
        "remote": [
          "enabled": false, "provider": "git", "url": .null, "visibility": "private", "sync_policy": "manual",
        ],
        "contexts": ["layer_blob_scope": "project"],
      ],
      "freshness": [
        "stale": false, "reasons": [], "source": "row_status", "rebuild_recommended": .null,
        "last_full_sweep_at": .null,
      ],
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    let damaged = rows.reduce(0) { $0 + $1.damagedLines }
    var lines = [
      "\(style.bold("bucket"))  \(slug)", "  storage   local, \(StoreRefs.bucket)",
      "  sessions  \(rows.count), \(SizeText.make(bytes)) of transcripts in "
        + "\(rows.reduce(0) { $0 + $1.source.segments }) pieces",
      "  events    \(tail) in \(batches) batches", "  remote    none",
    ]
    if damaged > 0 { lines.append("  damaged   \(damaged) lines of transcripts could not be read as they are") }
    lines.append("  sync      \(rows.isEmpty ? "nothing to send" : "blocked: " + blockers.joined(separator: ", "))")
    lines.append("next: opentraces bucket verify")
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
