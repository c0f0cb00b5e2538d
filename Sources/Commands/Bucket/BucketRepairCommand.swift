internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `bucket repair`
struct BucketRepairCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Mend what can be made again from what is there, and say what can't.",
    discussion: """
      Indexes, unions and sums are made anew; references that lead nowhere go when what they led to can be fetched or filtered \
      again. Exit 3 when something is wrong still.
      """)

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.repository(project)
    guard let report = try BucketRepair(repository, time: context.now()).run() else {
      throw UserFacingError(
        code: "LOCKED", kind: "bucket repair", message: "another process is writing to the store", hint: "try again",
        retryable: true, exitCode: ExitStatus.busy)
    }
    context.refreshIndex(repository)
    let isWhole = report.left.isEmpty
    let json: JSONValue = [
      "status": isWhole ? "ok" : "partial", "schema_version": "opentraces.bucket.repair.v1",
      "repair": [
        "schema_version": "opentraces.bucket.manifest.v2", "status": isWhole ? "ok" : "partial", "dry_run": false,
        "traces_projected": .int(report.traces), "bucket_sourced_traces": 0, "events_mirrored": 0,
        "manifest_regenerated": .bool(!report.mended.isEmpty), "projects_walked": 1,
        "mended": .strings(report.mended), "errors": .array(report.left.map(\.json)),
      ],
    ]
    let style = context.style
    var lines = report.mended.map { "\(style.good("✓")) \($0)" }
    lines += report.left.prefix(20).map { "\(style.bad("×")) \($0.kind)  \($0.path): \($0.detail)" }
    if report.left.count > 20 { lines.append("  … and \(report.left.count - 20) more, with --json") }
    if lines.isEmpty { lines = ["\(style.good("✓")) nothing to mend"] }
    if !isWhole {
      lines.append("What was captured can't be made again from here: import its session again, or fetch it.")
    }
    return CommandResult(
      json: json, text: lines.joined(separator: "\n") + "\n",
      exitCode: isWhole ? ExitStatus.ok : ExitStatus.configuration)
  }
}
