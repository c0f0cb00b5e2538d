internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `trail blame commit`
struct BlameCommitCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "commit", abstract: "Show which sessions wrote a commit, or where a session's lines landed.",
    discussion: """
      <ref> is a revision, c:<sha>, t:<trace id>, s:<session id> or <path>:<line>. A prefix of a trace or session id is \
      enough when it fits only one.
      """)

  @Argument(help: "Revision, c:<sha>, t:<trace>, s:<session> or <path>:<line>.")
  var ref: String

  @Argument(help: "Only this file of the commit.")
  var path: String?

  @Flag(help: "Every line of the commit's files with its owner.")
  var lines = false

  @Flag(help: "Name the functions and types that each session added, changed or removed.")
  var entities = false

  @Flag(help: "With a trace: list commits with weaker ties as well.")
  var includeOverlapping = false

  @Flag(help: "Everything, without cutting long lists.")
  var full = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    switch try BlameTarget.resolve(ref, in: repository) {
    case .commit(let commit): return try blame(commit, repository, context)
    case .traces(let ids):
      try refuseCommitOptions()
      let reader = try TraceBlamer(repository)
      let blames = try ids.map { try reader.blame($0, includeOverlapping: includeOverlapping) }
      let view = TraceBlameView(blames: blames, full: full)
      return CommandResult(json: view.json, text: view.text(context))
    case .line(let file, let number):
      try refuseCommitOptions()
      let view = LineBlameView(
        target: ref, path: file, line: number, answer: try LineBlamer(repository).blame(file, line: number))
      return CommandResult(json: view.json, text: view.text(context))
    }
  }

  private func refuseCommitOptions() throws {
    if lines || entities || path != nil {
      throw UserFacingError.usage(
        "--lines, --entities and a path go with a commit only", command: "trail blame commit",
        hint: "opentraces trail blame commit <sha> [path] --lines")
    }
  }

  private func blame(_ commit: Commit, _ repository: Repository, _ context: CommandContext) throws -> CommandResult {
    let blame = try CommitBlamer(repository).blame(commit)
    let only = try path.map { try repositoryPath($0, repository, context) }
    if let only, !blame.files.contains(where: { $0.path == only }) {
      throw UserFacingError(
        code: "PATH_NOT_IN_COMMIT", kind: "trail blame commit", message: "\(commit.id.short) does not change \(only)",
        hint: "git show --stat \(commit.id.short) lists the files it changes", exitCode: ExitStatus.usage)
    }
    let rows = try TraceTitles(repository).rows(blame.shares.map(\.traceID))
    let view = CommitBlameView(
      blame: blame, only: only, rows: rows, showLines: lines,
      entities: entities ? try EntityReader(repository).contributions(to: commit, anchors: blame.anchors) : nil,
      full: full,
      sourceText: { try repository.entry(at: $0, in: commit.tree).flatMap { try repository.blob($0.id) } })
    return CommandResult(json: view.json, text: try view.text(context))
  }

  private func repositoryPath(_ path: String, _ repository: Repository, _ context: CommandContext) throws -> BytePath {
    guard let worktree = repository.worktree else { return BytePath(path) }
    let absolute = context.path(path)
    if let relative = Paths.relative(absolute, to: worktree), !relative.isEmpty { return BytePath(relative) }
    if let relative = Paths.relative(Files.resolvingLinks(absolute), to: worktree), !relative.isEmpty {
      return BytePath(relative)
    }
    throw UserFacingError(
      code: "PATH_OUTSIDE", kind: "trail blame commit", message: "\(path) lies outside the repository \(worktree)",
      hint: "give a path inside it", exitCode: ExitStatus.usage)
  }
}
