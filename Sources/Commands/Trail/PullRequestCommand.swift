internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Ingest
internal import TraceModel
internal import TraceStore
internal import Trails

/// `trail blame pr`
struct PullRequestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pr", abstract: "Bodies of pull requests that tell who wrote a branch.",
    subcommands: [PullRequestRenderCommand.self])

  @OptionGroup var global: GlobalOptions
}

/// `trail blame pr render`
struct PullRequestRenderCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Print the body of a pull request.",
    discussion: """
      Markdown made of nothing but refs: the same bytes on every clone that has the same ones, for any forge. Prompts are \
      redacted and made harmless. There is no model yet that could write it: with --llm the body is the same.
      """)

  @Option(help: "The branch that it is going to be merged into.")
  var base = "main"

  @Option(help: "What is going to be merged; default: HEAD.")
  var head: String?

  @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
  var output: String?

  @Flag(inversion: .prefixedNo, help: "Let a model write the body where there is one.")
  var llm = true

  @Flag(help: "Nothing is kept between two runs: the body is always made anew.")
  var forceRebuild = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let base = try Self.commit(base, repository, isBase: true)
    let head = try Self.commit(head ?? "HEAD", repository, isBase: false)
    let request = try PullRequest(repository, base: base, head: head)
    let view = PullRequestView(request: request, intents: try IntentReader(repository).intents(of: request))
    let body = view.body
    guard let output else { return CommandResult(json: view.json, text: body) }
    try Files.writeAtomically(Array(body.utf8), to: context.path(output))
    return CommandResult(json: view.json, text: "\(body.utf8.count) bytes written to \(output)\n")
  }

  /// A branch that is known as a remote's only is taken from there.
  private static func commit(_ name: String, _ repository: Repository, isBase: Bool) throws -> ObjectID {
    if let id = try repository.commit(revision: name) { return id }
    if isBase, let id = try repository.commit(revision: "origin/" + name) { return id }
    throw UserFacingError(
      code: "UNKNOWN_REVISION", kind: "trail blame pr render", message: "render failed: there is no revision \(name)",
      hint: isBase ? "--base takes a branch, for example origin/main" : "--head takes a branch or a commit",
      exitCode: ExitStatus.usage)
  }
}

/// What people asked for before the steps that wrote the lines of commits.
struct IntentReader {
  private let repository: Repository

  init(_ repository: Repository) { self.repository = repository }

  /// By commit and trace, the prompt behind most lines first. Cost: the transcripts of the traces.
  func intents(of request: PullRequest) throws -> [ObjectID: [String: [String]]] {
    let stored = try StoredRecord(repository)
    var prompts: [String: [(step: Int, text: String)]] = [:]
    for trace in Set(request.commits.flatMap { $0.shares.map(\.traceID) }) {
      // A clone may have the notes and not the sessions.
      guard let record = try stored.read(trace) else { continue }
      prompts[trace] = record.steps.compactMap { step in
        // What one agent asks of another is nobody's intent, nor is what the agent's own program says.
        guard step.role == .user, step.callType != .subagent, step.parentStep == nil, let text = step.content,
          !text.allSatisfy(\.isWhitespace), !text.hasPrefix("<")
        else { return nil }
        return (step.stepIndex, text)
      }
    }
    var intents: [ObjectID: [String: [String]]] = [:]
    for blame in request.commits {
      for (trace, anchors) in Dictionary(grouping: blame.anchors, by: \.traceID) {
        var lines: [Int: Int] = [:]
        for anchor in anchors {
          guard let prompt = prompts[trace]?.lastIndex(where: { $0.step < anchor.step }) else { continue }
          lines[prompt, default: 0] += max(1, anchor.lineCount)
        }
        let order = lines.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        intents[blame.commit.id, default: [:]][trace] = order.compactMap { prompts[trace]?[$0].text }
      }
    }
    return intents
  }
}
