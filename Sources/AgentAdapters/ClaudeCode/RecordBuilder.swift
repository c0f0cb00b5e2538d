internal import Basics
internal import TraceModel

/// Makes the record of a session from its steps; metadata and times are added by the caller.
struct RecordBuilder {
  let sessionID: String
  let options: ClaudeCodeAdapter.Options
  let facts: SessionFacts
  let drafts: [Draft]

  private static let descriptionLimit = 500

  func record(skills: SkillFinder) -> TraceRecord {
    let agent = AgentIdentity(
      name: ClaudeCodeAdapter.agentName, version: facts.version, model: model)
    var record = TraceRecord(
      traceID: TraceID.make(
        agent: agent.name, session: sessionID, generation: options.generation),
      sessionID: sessionID, agent: agent)
    record.generationIndex = options.generation
    record.toolDefinitions = facts.toolDefinitions
    record.steps = steps
    record.task = task(skills)
    record.environment = environment
    record.metrics = MetricsCalculator.metrics(
      drafts, durationMS: facts.durationMS, cost: facts.cost)
    record.outcome = outcome(record.steps)
    record.dependencies = dependencies
    return record
  }

  private var model: String? {
    facts.model ?? drafts.lazy.filter { $0.agentID == nil }.compactMap(\.step.model).first
  }

  /// The steps with their numbers.
  private var steps: [Step] {
    drafts.enumerated().map { position, draft in
      var step = draft.step
      step.stepIndex = position + 1
      step.parentStep = draft.dispatcher.map { $0 + 1 }
      for index in step.snippets.indices { step.snippets[index].sourceStep = position + 1 }
      return step
    }
  }

  private func task(_ skills: SkillFinder) -> SessionTask {
    var task = SessionTask()
    let prompt = drafts.first { $0.agentID == nil && $0.isPrompt }?.step.content
    guard let text = prompt ?? skills.firstArguments else { return task }
    task.description = TextLines.cut(text, to: Self.descriptionLimit)
    task.source = "user_prompt"
    return task
  }

  private var environment: SessionEnvironment {
    var environment = SessionEnvironment()
    if let branch = facts.branches.last {
      environment.vcs.kind = .git
      environment.vcs.branch = branch
    }
    environment.languageEcosystem = ecosystems
    return environment
  }

  private var ecosystems: [String] {
    var found: Set<String> = []
    for call in drafts.lazy.flatMap(\.step.toolCalls) {
      if let path = (call.input["file_path"] ?? call.input["path"])?.string {
        if let language = Languages.ecosystem(forPath: path) { found.insert(language) }
      } else if call.toolName == "Bash", let command = call.input["command"]?.string {
        found.formUnion(Languages.ecosystems(inCommand: command))
      }
    }
    return found.sorted()
  }

  /// What shell commands installed, and what the texts import that the session wrote or read.
  private var dependencies: [String] {
    guard options.listsDependencies else { return [] }
    let calls = drafts.flatMap(\.step.toolCalls)
    let commands = calls.filter { $0.toolName == "Bash" }.compactMap { $0.input["command"]?.string }
    var imports = ImportFinder(paths: calls.compactMap { $0.input["file_path"]?.string })
    for snippet in drafts.lazy.flatMap(\.step.snippets) {
      if let text = snippet.text { imports.read(text, of: snippet.filePath) }
    }
    return imports.found.union(commands.flatMap(DependencyFinder.packages)).sorted()
  }

  /// What the last lines tell, and commits made inside the session.
  private func outcome(_ steps: [Step]) -> Outcome {
    var outcome = Outcome()
    if let reason = facts.stopReason {
      outcome.signalSource = "result_message"
      outcome.signalConfidence = .inferred
      outcome.description = reason
      if reason.hasPrefix("error") { outcome.success = false }
    }
    let last = drafts.last { $0.agentID == nil }
    if last?.isInterruption ?? false { outcome.terminalState = .interrupted }
    if last?.isError ?? false || outcome.success == false { outcome.terminalState = .error }
    if let commit = CommitDetector.lastCommit(in: steps) {
      outcome.committed = true
      outcome.commitSHA = commit
      outcome.success = outcome.success ?? true
    }
    return outcome
  }
}
