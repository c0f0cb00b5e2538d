internal import Basics
internal import TraceModel

/// Makes the record of a session from its steps; metadata and times are added by the caller.
struct CodexRecordBuilder {
  let sessionID: String
  let options: CodexAdapter.Options
  let facts: RolloutFacts
  let builder: RolloutStepBuilder
  let edits: [FileEdit]

  private static let descriptionLimit = 10_000

  func record() -> TraceRecord {
    let agent = AgentIdentity(name: CodexAdapter.agentName, version: facts.head.version, model: model)
    var record = TraceRecord(
      traceID: TraceID.make(agent: agent.name, session: sessionID, generation: options.generation),
      sessionID: sessionID, agent: agent)
    record.generationIndex = options.generation
    record.executionContext = .devtime
    record.steps = steps
    record.task = task
    record.environment = environment
    if let text = facts.head.instructions {
      record.systemPrompts[String(Digest.sha256Hex(text).prefix(16))] = .string(text)
    }
    record.metrics = MetricsCalculator.metrics(builder.drafts, durationMS: nil, cost: nil)
    record.outcome = outcome
    record.dependencies = dependencies
    return record
  }

  private var model: String? {
    (facts.model ?? facts.head.model).map { RolloutModel.qualified($0, provider: facts.head.provider) }
  }

  /// The steps with their numbers.
  private var steps: [Step] {
    builder.drafts.enumerated().map { position, draft in
      var step = draft.step
      step.stepIndex = position + 1
      return step
    }
  }

  private var task: SessionTask {
    var task = SessionTask()
    task.repositoryURL = facts.head.repositoryURL
    task.baseCommit = facts.head.commit
    if let prompt = builder.drafts.first(where: \.isPrompt)?.step.content {
      task.description = TextLines.cut(prompt, to: Self.descriptionLimit)
      task.source = "user_prompt"
    }
    return task
  }

  private var environment: SessionEnvironment {
    var environment = SessionEnvironment()
    environment.shell = facts.shell
    if facts.head.branch != nil || facts.head.commit != nil {
      environment.vcs.kind = .git
      environment.vcs.branch = facts.head.branch
      environment.vcs.baseCommit = facts.head.commit
    }
    environment.languageEcosystem = ecosystems
    return environment
  }

  /// The scripts of the shell calls.
  private var commands: [String] {
    builder.drafts.flatMap(\.step.toolCalls).compactMap { CodexCommand(call: $0, directory: nil).line }
  }

  private var ecosystems: [String] {
    let languages = edits.filter { !$0.isAbandoned }.compactMap { Languages.ecosystem(forPath: $0.path) }
    return Set(languages).union(commands.flatMap(Languages.ecosystems(inCommand:))).sorted()
  }

  /// What shell commands installed, and what the texts import that the session wrote.
  private var dependencies: [String] {
    guard options.listsDependencies else { return [] }
    var imports = ImportFinder(paths: edits.map(\.path))
    for edit in edits where !edit.isAbandoned {
      for hunk in edit.hunks { imports.read(hunk.added.joined(separator: "\n"), of: edit.path) }
    }
    return imports.found.union(commands.flatMap(DependencyFinder.packages)).sorted()
  }

  /// How the last turn ended, and commits made inside the session.
  private var outcome: Outcome {
    var outcome = Outcome()
    outcome.signalSource = "source_metadata"
    outcome.signalConfidence = .inferred
    if builder.drafts.last?.isInterruption ?? false { outcome.terminalState = .interrupted }
    if builder.endsWithError { outcome.terminalState = .error }
    if let commit = lastCommit {
      outcome.committed = true
      outcome.commitSHA = commit
      outcome.success = true
    }
    return outcome
  }

  /// The abbreviated id of the last commit that a call made.
  private var lastCommit: String? {
    for step in builder.drafts.reversed().map(\.step) {
      for (call, answer) in zip(step.toolCalls, step.observations).reversed() where answer.error == nil {
        guard let line = CodexCommand(call: call, directory: nil).line, TextSearch.contains(line, "git commit"),
          let commit = answer.content.flatMap(CommitDetector.commit)
        else { continue }
        return commit
      }
    }
    return nil
  }
}
