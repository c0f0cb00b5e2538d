internal import Basics
internal import TraceModel

/// Makes the record of a session from its steps; metadata and times are added by the caller.
struct PiRecordBuilder {
  let sessionID: String
  let options: PiAdapter.Options
  let facts: PiFacts
  let drafts: [Draft]
  /// What the steps cost, as the agent tells.
  let cost: Double?

  private static let descriptionLimit = 10_000

  func record() -> TraceRecord {
    let agent = AgentIdentity(name: PiAdapter.agentName, model: model)
    var record = TraceRecord(
      traceID: TraceID.make(agent: agent.name, session: sessionID, generation: options.generation),
      sessionID: sessionID, agent: agent)
    record.generationIndex = options.generation
    record.executionContext = .devtime
    record.steps = drafts.enumerated().map { position, draft in
      var step = draft.step
      step.stepIndex = position + 1
      return step
    }
    record.task = task
    record.environment.languageEcosystem = ecosystems
    record.metrics = metrics
    record.outcome = outcome(record.steps)
    record.dependencies = dependencies
    return record
  }

  /// The first model that answered; another one may have been chosen before it said anything.
  private var model: String? {
    let answers = drafts.lazy.filter { $0.step.role == .agent }
    let first = answers.first { $0.usage.output > 0 && $0.step.model != nil } ?? answers.first { $0.step.model != nil }
    return first?.step.model ?? facts.model
  }

  /// The first prompt, a lone command such as `/model` only when there is no other.
  private var task: SessionTask {
    var task = SessionTask()
    let prompts = drafts.lazy.filter(\.isPrompt).compactMap(\.step.content)
    guard let text = prompts.first(where: { !isCommand($0) }) ?? prompts.first else { return task }
    task.description = TextLines.cut(text, to: Self.descriptionLimit)
    task.source = "user_prompt"
    return task
  }

  private func isCommand(_ text: String) -> Bool {
    text.hasPrefix("/") && !text.contains(where: \.isWhitespace)
  }

  /// A cost of nothing says that the agent knew no prices.
  private var metrics: Metrics {
    var metrics = MetricsCalculator.metrics(drafts, durationMS: nil, cost: cost)
    if metrics.estimatedCostUSD == 0 { metrics.estimatedCostUSD = nil }
    return metrics
  }

  private var calls: [ToolCall] { drafts.flatMap(\.step.toolCalls) }

  private func command(_ call: ToolCall) -> String? {
    call.toolName == "bash" ? call.input["command"]?.string : nil
  }

  private func path(_ call: ToolCall) -> String? { (call.input["path"] ?? call.input["file_path"])?.string }

  private var ecosystems: [String] {
    var found: Set<String> = []
    for call in calls {
      if let path = path(call) {
        if let language = Languages.ecosystem(forPath: path) { found.insert(language) }
      } else if let command = command(call) {
        found.formUnion(Languages.ecosystems(inCommand: command))
      }
    }
    return found.sorted()
  }

  /// What shell commands installed, and what the texts import that the session wrote or read.
  private var dependencies: [String] {
    guard options.listsDependencies else { return [] }
    var imports = ImportFinder(paths: calls.compactMap(path))
    for (call, answer) in drafts.lazy.flatMap({ zip($0.step.toolCalls, $0.step.observations) }) {
      guard answer.error == nil, let path = path(call) else { continue }
      for text in texts(of: call, answer) { imports.read(text, of: path) }
    }
    return imports.found.union(calls.compactMap(command).flatMap(DependencyFinder.packages)).sorted()
  }

  private func texts(of call: ToolCall, _ answer: Observation) -> [String] {
    switch call.toolName {
    case "read": answer.content.map { [$0] } ?? []
    case "write": call.input["content"]?.string.map { [$0] } ?? []
    case "edit":
      ([.object(call.input)] + (call.input["edits"]?.array ?? [])).compactMap { $0["newText"]?.string }
    default: []
    }
  }

  /// How the last answer ended, and commits made inside the session.
  private func outcome(_ steps: [Step]) -> Outcome {
    var outcome = Outcome()
    let last = drafts.last { $0.step.role == .agent }
    if last?.isInterruption ?? false { outcome.terminalState = .interrupted }
    if last?.isError ?? false { outcome.terminalState = .error }
    if let commit = CommitDetector.lastCommit(in: steps) {
      outcome.committed = true
      outcome.commitSHA = commit
      outcome.success = true
    }
    return outcome
  }
}
