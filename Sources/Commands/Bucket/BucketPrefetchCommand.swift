internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import TraceStore

/// `bucket prefetch`
struct BucketPrefetchCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "prefetch", abstract: "Fetch a trace that somebody else shares, so that it is here without a network.",
    discussion: "Git fetches what is new of all that is shared in one go; a trace that is here takes no network at all."
  )

  @Argument(help: "A trace.")
  var trace: String

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    var repository = share.repository
    var fetched = false
    if (try? TraceReference.resolve(trace, in: repository)) == nil {
      _ = try BucketRemotePullCommand.pull(share, context)
      repository = try repository.reopened()
      fetched = true
    }
    guard let id = try? TraceReference.resolve(trace, in: repository).traceID,
      let tree = try Bucket.union(repository).traceTree(id)
    else {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "bucket prefetch", message: "nobody shares a trace \(trace)",
        hint: "opentraces trace query lists those that are known", exitCode: ExitStatus.configuration)
    }
    let size = try Self.size(tree, in: repository)
    let slug = try repository.worktree == nil ? nil : Enrolment(repository).slug
    let json: JSONValue = [
      "status": "ok", "trace_id": .string(id),
      "prefetch": [
        "status": fetched ? "fetched" : "present", "schema_version": "opentraces.bucket.prefetch.v1",
        "trace_id": .string(id), "project_slug": .optional(slug), "repo_id": .optional(slug),
        "files_fetched": .int(fetched ? size.files : 0), "blobs_fetched": .int(fetched ? size.files : 0),
        "bytes": .int(fetched ? size.bytes : 0), "layer_refs_seen": 0,
      ],
    ]
    let what = "\(size.files) files, \(SizeText.make(size.bytes))"
    return CommandResult(
      json: json, text: "\(context.style.good("✓")) \(id) \(fetched ? "was fetched" : "is here"): \(what)\n")
  }

  private static func size(_ tree: ObjectID, in repository: Repository) throws -> (files: Int, bytes: Int) {
    try (repository.tree(tree) ?? []).reduce((0, 0)) { sum, entry in
      let part =
        entry.mode == .tree ? try size(entry.id, in: repository) : (1, try repository.header(entry.id)?.size ?? 0)
      return (sum.0 + part.0, sum.1 + part.1)
    }
  }
}
