internal import ArgumentParser
internal import Basics
internal import GitKit
internal import SecurityTools
internal import Sharing
internal import TraceStore

/// `bucket purge`
struct BucketPurgeCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge", abstract: "Take a trace out of everything, here and, with the next push, everywhere.",
    discussion: """
      A tombstone, without title or path, stays: the session is not imported again, and other clones drop the trace when they \
      pull. Objects that are not reachable any more go when git prunes them, here and at the remote.
      """)

  @Argument(help: "A trace.")
  var trace: String

  @Option(help: "Why; it is shared with the tombstone.")
  var reason = "purged"

  @Flag(help: "Do it: what is purged can't be brought back.")
  var yes = false

  @Flag(help: "Say what would be purged, change nothing.")
  var dryRun = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    let id = try TraceReference.resolve(trace, in: share.repository).traceID
    let row = try Bucket.union(share.repository).row(id)
    let title = row?.title.map { " “\(PreviewText.make($0, limit: 60))”" } ?? ""
    if dryRun {
      var report = TracePurge.Report()
      report.wasCaptured = try Bucket(share.repository).traceTree(id) != nil
      let plane = try share.plane()
      report.wasShared =
        try plane.root.flatMap { try share.repository.entry(at: StoreRefs.traceDirectory(id), in: $0) } != nil
      return result(id, report, share, isDryRun: true, text: "would purge \(id)\(title)\n")
    }
    if !yes {
      throw UserFacingError(
        code: "CONFIRMATION_REQUIRED", kind: "bucket purge",
        message: "nothing was purged: \(id)\(title) can't be brought back", hint: "add --yes to purge it",
        exitCode: ExitStatus.usage)
    }
    let report = try share.reporting {
      try share.purge(context).purge(
        id, reason: share.policy.asksPrograms ? "purged" : share.filtered(SecretRedactor.redact(reason)))
    }
    context.refreshIndex(share.repository)
    var text = "\(context.style.good("✓")) \(id) is purged\(report.notes > 0 ? ", with \(report.notes) notes" : "")\n"
    text += "  git gc --prune=now takes its objects away at once; else git does in two weeks\n"
    if share.remote != nil { text += "next: opentraces bucket remote push\n" }
    return result(id, report, share, isDryRun: false, text: text)
  }

  private func result(
    _ id: String, _ report: TracePurge.Report, _ share: ShareContext, isDryRun: Bool, text: String
  ) -> CommandResult {
    let limitations: [JSONValue] =
      ["unreachable_objects_until_gc", "event_log_keeps_paths_and_digests"]
      + (share.remote == nil ? [] : ["remote_keeps_objects_until_its_gc"])
    let json: JSONValue = [
      "status": "ok", "schema_version": "opentraces.bucket.purge.v1", "trace_id": .string(id),
      "dry_run": .bool(isDryRun), "was_captured": .bool(report.wasCaptured), "was_shared": .bool(report.wasShared),
      "notes_updated": .int(report.notes), "limitations": .array(limitations),
      "next_steps": share.remote == nil ? [] : ["opentraces bucket remote push"],
    ]
    return CommandResult(json: json, text: text)
  }
}
