internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore

/// `bucket prune`
struct BucketPruneCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Delete what nobody needs any more.",
    discussion: """
      Files that a process left which died, answers about traces that are gone, and what was fetched from remotes that are no \
      more. Nothing that was captured or is shared goes; unreachable objects are git's to prune.
      """)

  @Flag(help: "Say what would be deleted, change nothing.")
  var dryRun = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.repository(project)
    let pruner = StatePruner(repository, now: context.now())
    let found = try pruner.find()
    if !dryRun {
      try pruner.delete(found)
      if !found.references.isEmpty { _ = try TeamPlane(repository).refresh(time: context.now()) }
    }
    let deleted = dryRun ? 0 : found.count
    let json: JSONValue = [
      "status": "ok", "would_delete": .int(found.count), "deleted": .int(deleted),
      "prune": [
        "schema_version": "opentraces.bucket.manifest.v2", "status": "ok", "dry_run": .bool(dryRun),
        "would_delete": .int(found.count), "deleted": .int(deleted), "blobs": [],
        "tempfiles": .strings(found.temporaryFiles), "orphans": .strings(found.orphans),
        "references": .strings(found.references), "orphans_removed": .int(dryRun ? 0 : found.orphans.count),
        "tempfiles_removed": .int(dryRun ? 0 : found.temporaryFiles.count),
      ],
    ]
    var lines = (found.temporaryFiles + found.orphans + found.references).map {
      "  \(dryRun ? "would delete" : "deleted") \($0)"
    }
    if lines.isEmpty { lines = ["nothing to delete"] }
    return CommandResult(json: json, text: lines.joined(separator: "\n") + "\n")
  }
}
