public import Basics
public import TraceModel

/// What a record grew by, made from the lines that were added to a session's file alone: ``TraceModel/TraceRecord/add(_:)``
/// gives the record that the whole file would give.
public struct RecordContinuation: Sendable, Hashable, JSONRepresentable {
  /// The added steps, numbered on; of everything else, what the added lines tell. Sums are of these lines, but for the
  /// cost, which is that of all so far.
  public var record: TraceRecord
  /// Steps that were there before, with what is new of them: calls with their duration, and of what they were given only
  /// the command; answers; pieces of files.
  public var amendments: [Step]

  public init(record: TraceRecord, amendments: [Step]) {
    self.record = record
    self.amendments = amendments
  }

  public init(json: JSONValue) throws {
    record = try TraceRecord(json: json)
    amendments = try json["amendments"]?.array?.map(Step.init(json:)) ?? []
  }

  public func toJSON() -> JSONValue {
    guard var object = record.toJSON().object else { return .null }
    object["amendments"] = .array(amendments.map { $0.toJSON() })
    return .object(object)
  }
}

extension TraceRecord {
  /// Takes in what was added to the session later, one time after the other. Cost: linear in the steps and in what is added.
  public mutating func add(_ later: [RecordContinuation]) {
    if later.isEmpty { return }
    for part in later { add(part) }
    metrics.cacheHitRate = MetricsCalculator.hitRate(
      read: metrics.totalCacheReadTokens, input: metrics.totalInputTokens)
    metrics.totalDurationSeconds = MetricsCalculator.duration(
      steps.lazy.compactMap { $0.timestamp.flatMap { Timestamp($0) } })
  }

  private mutating func add(_ later: RecordContinuation) {
    if !later.amendments.isEmpty {
      let places = Dictionary(steps.indices.map { (steps[$0].stepIndex, $0) }) { _, last in last }
      for amendment in later.amendments { if let at = places[amendment.stepIndex] { steps[at].amend(amendment) } }
    }
    let more = later.record
    steps += more.steps
    timestampStart = [timestampStart, more.timestampStart].compactMap { $0 }.min()
    timestampEnd = [timestampEnd, more.timestampEnd].compactMap { $0 }.max()
    agent.version = more.agent.version ?? agent.version
    agent.model = agent.model ?? more.agent.model
    if task.description == nil {
      task.description = more.task.description
      task.source = more.task.source
    }
    environment.vcs.branch = more.environment.vcs.branch ?? environment.vcs.branch
    environment.languageEcosystem = Set(environment.languageEcosystem + more.environment.languageEcosystem).sorted()
    dependencies = Set(dependencies + more.dependencies).sorted()
    addOutcome(of: more)
    addMetrics(of: more)
    metadata = RecordMetadata(metadata).adding(RecordMetadata(more.metadata), steps: steps)
    security.redactionsApplied = security.redactionsApplied.adding(more.security.redactionsApplied)
    // The judgement is about all so far.
    security.flagsReviewed = more.security.flagsReviewed
  }

  /// Words of a result line are never in what is added, see ``ReadingPoint``.
  private mutating func addOutcome(of more: TraceRecord) {
    if more.outcome.committed {
      outcome.committed = true
      // An answer that came late can be about a commit before the last one.
      outcome.commitSHA = CommitDetector.lastCommit(in: steps) ?? more.outcome.commitSHA
      outcome.success = outcome.success ?? true
    }
    if !more.steps.isEmpty { outcome.terminalState = more.outcome.terminalState }
  }

  private mutating func addMetrics(of more: TraceRecord) {
    metrics.totalSteps = metrics.totalSteps.adding(more.metrics.totalSteps)
    metrics.totalInputTokens = metrics.totalInputTokens.adding(more.metrics.totalInputTokens)
    metrics.totalOutputTokens = metrics.totalOutputTokens.adding(more.metrics.totalOutputTokens)
    metrics.totalCacheReadTokens = metrics.totalCacheReadTokens.adding(more.metrics.totalCacheReadTokens)
    metrics.totalCacheCreationTokens = metrics.totalCacheCreationTokens.adding(more.metrics.totalCacheCreationTokens)
    metrics.estimatedCostUSD = more.metrics.estimatedCostUSD
  }
}

extension Step {
  fileprivate mutating func amend(_ news: Step) {
    for call in news.toolCalls {
      guard let at = toolCalls.firstIndex(where: { $0.toolCallID == call.toolCallID }) else { continue }
      toolCalls[at].durationMS = call.durationMS
    }
    for answer in news.observations {
      guard let at = observations.firstIndex(where: { $0.sourceCallID == answer.sourceCallID }) else { continue }
      observations[at] = answer
    }
    guard let call = news.toolCalls.first?.toolCallID,
      let place = toolCalls.firstIndex(where: { $0.toolCallID == call })
    else { return }
    // Pieces of files stand in the order of the calls.
    let later = Set(toolCalls[(place + 1)...].compactMap { $0.input["file_path"]?.string })
    let earlier = Set(toolCalls[...place].compactMap { $0.input["file_path"]?.string })
    let at = snippets.firstIndex { later.contains($0.filePath) && !earlier.contains($0.filePath) }
    snippets.insert(contentsOf: news.snippets, at: at ?? snippets.endIndex)
  }
}

/// The agent-specific part of a record, as ``MetadataBuilder`` writes it.
private struct RecordMetadata {
  let members: JSONObject

  init(_ members: JSONObject) { self.members = members }

  /// Of these the last one counts.
  private static let replaced = ["slug", "title", "permission_mode", "hook_git_final", "is_compacted"]
  private static let lists = [
    "session_errors", "compaction_events", "post_turn_summaries", "away_summaries", "pr_links", "queued_prompts",
    "skill_invocations", "hook_stop", "abandoned_branches", "parse_warnings",
  ]
  private static let maps = ["hook_pre_tool_use", "hook_post_tool_use"]
  private static let counts = ["raw_event_counts", "prompt_media"]

  /// - Parameter steps: all of them.
  func adding(_ later: RecordMetadata, steps: [Step]) -> JSONObject {
    var joined = members
    for (key, value) in later.members.members {
      guard let old = joined[key] else {
        joined[key] = value
        continue
      }
      if Self.replaced.contains(key) {
        joined[key] = value
      } else if Self.lists.contains(key) {
        joined[key] = .array((old.array ?? []) + (value.array ?? []))
      } else if Self.maps.contains(key) {
        joined[key] = .object(
          JSONObject(((old.object ?? [:]).members + (value.object ?? [:]).members).map { ($0, $1) }))
      } else if Self.counts.contains(key) {
        joined[key] = Self.sum(old, value)
      } else if key == "security" {
        joined[key] = Self.stamp(old, value)
      }
    }
    // What requests failed with stands behind all other errors.
    if let errors = joined["session_errors"]?.array {
      let answers = errors.filter { $0["type"]?.string == MetadataBuilder.answerError }
      joined["session_errors"] = .array(errors.filter { $0["type"]?.string != MetadataBuilder.answerError } + answers)
    }
    if joined["usage_by_agent_role"] != nil { joined["usage_by_agent_role"] = Self.usage(steps) }
    return joined
  }

  private static func sum(_ old: JSONValue, _ new: JSONValue) -> JSONValue {
    var sums: [String: Int] = [:]
    for (key, value) in (old.object?.members ?? []) + (new.object?.members ?? []) {
      sums[key] = (sums[key] ?? 0).adding(value.int ?? 0)
    }
    return .object(JSONObject(sums.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
  }

  /// What tools found in the one and in the other.
  private static func stamp(_ old: JSONValue, _ new: JSONValue) -> JSONValue {
    guard var stamp = old.object, var tools = stamp["tools"]?.object else { return new }
    for (name, told) in new["tools"]?.object?.members ?? [] {
      guard name != "classifier", let before = tools[name]?.object, let told = told.object else {
        tools[name] = told
        continue
      }
      tools[name] = .object(
        JSONObject(
          told.members.map { key, value in
            guard let number = value.int, let earlier = before[key]?.int else { return (key, value) }
            return (key, .int(earlier.adding(number)))
          }))
    }
    stamp["tools"] = .object(tools)
    return .object(stamp)
  }

  private static func usage(_ steps: [Step]) -> JSONValue {
    var sums: [String: TokenUsage] = [:]
    for step in steps where step.role == .agent {
      sums[step.agentRole ?? "main", default: TokenUsage()].add(step.tokenUsage)
    }
    return .object(JSONObject(sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value.toJSON()) }))
  }
}

extension TokenUsage {
  fileprivate mutating func add(_ other: TokenUsage) {
    inputTokens = inputTokens.adding(other.inputTokens)
    outputTokens = outputTokens.adding(other.outputTokens)
    cacheReadTokens = cacheReadTokens.adding(other.cacheReadTokens)
    cacheWriteTokens = cacheWriteTokens.adding(other.cacheWriteTokens)
    prefixReuseTokens = prefixReuseTokens.adding(other.prefixReuseTokens)
  }
}

extension Int {
  /// The sum, or the nearest there is: what others share may hold any number.
  fileprivate func adding(_ other: Int) -> Int {
    let sum = addingReportingOverflow(other)
    return sum.overflow ? (other > 0 ? .max : .min) : sum.partialValue
  }
}
