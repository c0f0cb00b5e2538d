internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `trail graph`
struct GraphCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Show commits with the sessions that wrote them.")

  @Option(help: "Commits per page.")
  var limit = 20

  @Option(help: "Page, from 1.")
  var page = 1

  @Flag(help: "All branches.")
  var all = false

  @Option(help: "Only the commits that hold lines of this trace.")
  var trace: String?

  @Option(help: "Leave out what this revision reaches.")
  var since: String?

  @Option(help: "Start at this revision.")
  var until: String?

  @Flag(help: "Do not cut long output.")
  var full = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit must not be negative") }
    if page < 1 { throw ValidationError("--page starts at 1") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reader = try CommitGraphReader(repository)
    var pivot: String?
    let commits: [CommitBlame]
    if let trace {
      let id = try BlameTarget.trace(trace.hasPrefix("t:") ? String(trace.dropFirst(2)) : trace, repository)
      commits = try reader.commits(ofTrace: id, limit: limit)
      pivot = id
    } else {
      commits = try reader.window(try options(repository))
    }
    let rows = try TraceTitles(repository).rows(commits.flatMap { $0.shares.map(\.traceID) })
    let view = GraphView(commits: commits, pivot: pivot, rows: rows, full: full)
    return CommandResult(json: view.json, text: view.text(context))
  }

  private func options(_ repository: Repository) throws -> CommitGraphReader.Options {
    var options = CommitGraphReader.Options(limit: limit, page: page)
    options.allBranches = all
    options.since = try since.map { try revision($0, repository) }
    options.until = try until.map { try revision($0, repository) }
    return options
  }

  private func revision(_ text: String, _ repository: Repository) throws -> ObjectID {
    guard let id = try repository.commit(revision: text) else {
      throw UserFacingError(
        code: "UNKNOWN_REVISION", kind: "trail graph", message: "unknown revision: \(text)",
        hint: "git log --oneline lists commits", exitCode: ExitStatus.usage)
    }
    return id
  }
}
