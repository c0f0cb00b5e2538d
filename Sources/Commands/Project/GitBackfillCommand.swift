internal import ArgumentParser
internal import Basics
internal import TraceStore
internal import Trails

/// `git-backfill`
struct GitBackfillCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "git-backfill", abstract: "Tie commits made before to the sessions that are kept.",
    discussion: """
      Looks at the newest commits that HEAD reaches (all parents), or at all branches with --all, computes which \
      session wrote which of their lines, and writes anchors and notes where they differ from what is stored.
      """)

  @Option(help: "Commits to look at, newest first.")
  var maxCommits = 500

  @Option(help: "A session is considered for a commit when it ended at most this long before.")
  var windowHours = 24

  @Flag(help: "All branches and remote-tracking branches.")
  var all = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @Option(help: "Progress on standard error: auto, plain, json or never.")
  var progress: String = "auto"

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if maxCommits < 1 { throw ValidationError("--max-commits must be at least 1") }
    if windowHours < 1 { throw ValidationError("--window-hours must be at least 1") }
    _ = try ProgressOption.parse(progress)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reporter = context.progress(try ProgressOption.parse(progress), command: "git-backfill")
    let options = Backfill.Options(maxCommits: maxCommits, windowHours: windowHours, allBranches: all)
    guard let report = try Backfill(repository, time: context.now(), progress: reporter).run(options) else {
      throw UserFacingError.storeBusy
    }
    context.refreshIndex(repository)
    if report.anchorsCreated > 0 { BurstFates.prepare(repository, of: report.tracesLinked) }
    return CommandResult(json: json(report), text: text(report, context.style))
  }

  private func json(_ report: Backfill.Report) -> JSONValue {
    let tiers = report.tiers.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.int($0.value)) }
    return [
      "status": "ok", "schema_version": "opentraces.git_backfill.v1",
      "commits_scanned": .int(report.commitsScanned), "commits_correlated": .int(report.commitsCorrelated),
      "commits_skipped": .int(report.commitsSkipped), "traces_linked": .int(report.tracesLinked.count),
      "traces_persisted": .int(report.tracesLinked.count), "anchors_created": .int(report.anchorsCreated),
      "notes_written": .int(report.notesWritten), "tiers": .object(JSONObject(tiers)),
      "errors": .strings(report.errors),
    ]
  }

  private func text(_ report: Backfill.Report, _ style: Style) -> String {
    if report.errors.contains("no_traces") {
      return "No session is kept yet: opentraces init --import-existing brings them in.\n"
    }
    let unchanged = report.anchorsCreated == 0 && report.notesWritten == 0
    return """
      \(style.bold("\(report.commitsCorrelated)")) of \(report.commitsScanned) commits tied to \
      \(style.bold("\(report.tracesLinked.count)")) sessions
      \(unchanged ? "nothing new to write" : "\(report.anchorsCreated) anchors and \(report.notesWritten) notes written")
      next: opentraces trail graph

      """
  }
}

/// The shared `--progress` option.
enum ProgressOption {
  static func parse(_ text: String) throws -> ProgressMode {
    guard let mode = ProgressMode(rawValue: text) else {
      throw ValidationError("--progress takes auto, plain, json or never")
    }
    return mode
  }
}

extension UserFacingError {
  static let storeBusy = UserFacingError(
    code: "STORE_BUSY", kind: "store", message: "another opentraces process kept the store locked for 30 seconds",
    hint: "try again when it has finished", retryable: true, exitCode: ExitStatus.busy)
}
