internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import Trails

/// `trail blame pr create`
struct PullRequestCreateCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Create a pull request on GitHub with the rendered body, through gh.")

  @OptionGroup var scope: PullRequestScopeOptions

  @Option(help: "Default: the subject of the newest commit that is no merge.")
  var title: String?

  @Flag(help: "Create a draft.")
  var draft = false

  @Flag(inversion: .prefixedNo, help: "Update the block of an open pull request of the same branch instead.")
  var updateIfExists = true

  @OptionGroup var global: GlobalOptions

  private static let kind = "trail blame pr create"

  func run(_ context: CommandContext) throws -> CommandResult {
    let (view, repository) = try scope.view(context, command: Self.kind)
    let client = GitHubClient(
      environment: context.environment.variables, directory: repository.worktree ?? context.directory, kind: Self.kind)
    if let open = try client.view(scope.head), open.isOpen {
      guard updateIfExists else {
        throw UserFacingError(
          code: "PR_EXISTS", kind: Self.kind, message: "there is a pull request already: #\(open.number)",
          hint: "opentraces trail blame pr update -n \(open.number)", exitCode: ExitStatus.usage)
      }
      return try PullRequestUpdate(client: client).run(open.number, view)
    }
    let newest = view.request.commits.last { !$0.commit.isMerge }?.commit.subject
    let url = try client.create(
      base: scope.base, head: scope.head, title: title ?? newest ?? "Changes", body: view.body, isDraft: draft)
    let number = url.split(separator: "/").last.flatMap { Int($0) }
    return CommandResult(
      json: [
        "status": "ok", "schema_version": "opentraces.trail.pr.v1", "action": "created", "number": .optional(number),
        "url": .string(url), "scope_digest": .string(view.request.scopeDigest),
      ], text: "Created PR #\(number.map(String.init) ?? "?"): \(url)\n")
  }
}

/// `trail blame pr update`
struct PullRequestUpdateCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Bring the rendered block of a pull request up to date, through gh.",
    discussion: "Only what stands between the markers changes; a body without them gets the block at its end.")

  @OptionGroup var scope: PullRequestScopeOptions

  @Option(name: .shortAndLong, help: "The pull request; default: that of the branch.")
  var number: Int?

  @OptionGroup var global: GlobalOptions

  private static let kind = "trail blame pr update"

  func run(_ context: CommandContext) throws -> CommandResult {
    let (view, repository) = try scope.view(context, command: Self.kind)
    let client = GitHubClient(
      environment: context.environment.variables, directory: repository.worktree ?? context.directory, kind: Self.kind)
    if let number { return try PullRequestUpdate(client: client).run(number, view) }
    guard let open = try client.view(scope.head), open.isOpen else {
      throw UserFacingError(
        code: "NO_PR", kind: Self.kind, message: "there is no open pull request for this branch",
        hint: "opentraces trail blame pr create, or -n <number>", exitCode: ExitStatus.usage)
    }
    return try PullRequestUpdate(client: client).run(open.number, view)
  }
}

/// Puts the block into the body of a pull request.
private struct PullRequestUpdate {
  let client: GitHubClient

  func run(_ number: Int, _ view: PullRequestView) throws -> CommandResult {
    let (body, url) = try client.body(of: number)
    let block = PullRequestBlock(view.body)
    let isCurrent = block.isCurrent(in: body)
    if !isCurrent { try client.edit(number, body: block.placed(in: body)) }
    return CommandResult(
      json: [
        "status": "ok", "schema_version": "opentraces.trail.pr.v1", "action": isCurrent ? "unchanged" : "updated",
        "number": .int(number), "url": .string(url), "scope_digest": .string(view.request.scopeDigest),
      ], text: isCurrent ? "PR #\(number) is up to date: \(url)\n" : "Updated PR #\(number): \(url)\n")
  }
}
