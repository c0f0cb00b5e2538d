internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `trail graph`
struct GraphCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Show commits with the sessions that wrote them.")

  @Option(help: "Commits per page; default 20, with --html 200.")
  var limit: Int?

  @Option(help: "Page, from 1.")
  var page = 1

  @Flag(help: "All branches and tags.")
  var all = false

  @Option(help: "Only the commits that hold lines of this trace.")
  var trace: String?

  @Option(help: "Leave out what this revision reaches.")
  var since: String?

  @Option(help: "Start at this revision.")
  var until: String?

  @Flag(help: "Name the functions and types that each session added, changed or removed.")
  var entities = false

  @Option(help: ArgumentHelp("Write one self-contained page for a browser instead.", valueName: "file"))
  var html: String?

  @Flag(help: "Do not cut long output.")
  var full = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative") }
    if page < 1 { throw ValidationError("--page starts at 1") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reader = try CommitGraphReader(repository)
    let options = try options(repository)
    var pivot: String?
    let page: CommitGraphReader.Page
    if let trace {
      let id = try BlameTarget.trace(trace.hasPrefix("t:") ? String(trace.dropFirst(2)) : trace, repository)
      page = try reader.commits(ofTrace: id, options)
      pivot = id
    } else {
      page = try reader.window(options)
    }
    var facts = GraphFacts(page: page, pivot: pivot, decorations: reader.decorations)
    facts.pageNumber = self.page
    facts.rows = try TraceTitles(repository).rows(
      page.commits.flatMap { $0.shares.map(\.traceID) } + [pivot].compactMap { $0 })
    for commit in page.commits { facts.coverage[commit.commit.id] = try reader.coverage(of: commit) }
    if entities || html != nil {
      let entities = EntityReader(repository)
      for commit in page.commits {
        facts.entities[commit.commit.id] = try entities.contributions(to: commit.commit, anchors: commit.anchors)
      }
    }
    if context.isJSON || html != nil { (facts.head, facts.survivals) = try reader.survivals(of: page.commits) }
    if let html { return try writePage(facts, to: html, repository, context) }
    let text = context.isJSON ? "" : GraphText(facts: facts, showsEntities: entities, full: full, context).text
    return CommandResult(json: GraphView(facts: facts, showsEntities: entities).json, text: text)
  }

  private func writePage(
    _ facts: GraphFacts, to file: String, _ repository: Repository, _ context: CommandContext
  ) throws -> CommandResult {
    let path = context.path(file)
    let name = (repository.worktree ?? repository.commonDirectory).split(separator: "/").last.map(String.init)
    let page = GraphPage(facts: facts, title: name ?? "repository", made: context.now())
    try Files.writeAtomically(Array(page.text.utf8), to: path)
    let count = facts.page.commits.count
    return CommandResult(
      json: [
        "status": "ok", "schema_version": "opentraces.trail.graph_page.v1", "path": .string(path),
        "commits": .int(count),
      ],
      text: "\(count) \(count == 1 ? "commit" : "commits") in \(path)\n")
  }

  private func options(_ repository: Repository) throws -> CommitGraphReader.Options {
    var options = CommitGraphReader.Options(limit: limit ?? (html == nil ? 20 : 200), page: page)
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
