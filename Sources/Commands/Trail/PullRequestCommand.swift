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
    subcommands: [PullRequestRenderCommand.self, PullRequestCreateCommand.self, PullRequestUpdateCommand.self])

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

  @OptionGroup var scope: PullRequestScopeOptions

  @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
  var output: String?

  @Flag(help: "Nothing is kept between two runs: the body is always made anew.")
  var forceRebuild = false

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let (view, _) = try scope.view(context, command: "trail blame pr render")
    let body = view.body
    guard let output else { return CommandResult(json: view.json, text: body) }
    try Files.writeAtomically(Array(body.utf8), to: context.path(output))
    return CommandResult(json: view.json, text: "\(body.utf8.count) bytes written to \(output)\n")
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
      guard let record = try stored.read(trace, []) else { continue }
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
