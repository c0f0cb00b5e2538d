internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Trails

/// Which commits a pull request is about.
struct PullRequestScopeOptions: ParsableArguments {
  @Option(help: "The branch that it is going to be merged into.")
  var base = "main"

  @Option(help: "What is going to be merged; default: HEAD.")
  var head: String?

  @Flag(inversion: .prefixedNo, help: "Let a model write the body where there is one.")
  var llm = true

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  /// The body for these options.
  func view(_ context: CommandContext, command: String) throws -> (view: PullRequestView, repository: Repository) {
    let repository = try context.currentRepository(project)
    let base = try commit(base, repository, isBase: true, command)
    let head = try commit(head ?? "HEAD", repository, isBase: false, command)
    let request = try PullRequest(repository, base: base, head: head)
    return (PullRequestView(request: request, intents: try IntentReader(repository).intents(of: request)), repository)
  }

  /// A branch that is known as a remote's only is taken from there.
  private func commit(_ name: String, _ repository: Repository, isBase: Bool, _ command: String) throws -> ObjectID {
    if let id = try repository.commit(revision: name) { return id }
    if isBase, let id = try repository.commit(revision: "origin/" + name) { return id }
    throw UserFacingError(
      code: "UNKNOWN_REVISION", kind: command, message: "render failed: there is no revision \(name)",
      hint: isBase ? "--base takes a branch, for example origin/main" : "--head takes a branch or a commit",
      exitCode: ExitStatus.usage)
  }
}
