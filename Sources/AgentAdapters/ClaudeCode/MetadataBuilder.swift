internal import Basics
internal import TraceModel

/// The agent-specific part of a record.
struct MetadataBuilder {
  let project: String?
  let title: String?
  let facts: SessionFacts
  let problems: [LineProblem]
  let skills: SkillFinder
  let abandoned: [ConversationTree.Branch]
  let forkedFrom: String?
  let drafts: [Draft]
  /// Sub-agents that no call of a step started.
  let unplaced: [String]
  /// Media types of the images in prompts.
  let media: [String]

  /// Members that say nothing are left out.
  func object() -> JSONObject {
    let members = sessionMembers + eventMembers + hookMembers + captureMembers
    return JSONObject(members.filter { !Self.isEmpty($0.1) })
  }

  private static func isEmpty(_ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .array(let list): list.isEmpty
    case .object(let object): object.isEmpty
    default: false
    }
  }

  private var sessionMembers: [(String, JSONValue)] {
    [
      ("project", .optional(project)),
      (
        "trace_trails",
        [
          "schema_version": "opentraces.trace_trails.v1",
          "snapshot_resume_contract": "opentraces.snapshot_resume.v1",
        ]
      ),
      ("slug", .optional(facts.slug)), ("title", .optional(title)),
      ("stop_reason", .optional(facts.stopReason)),
      ("is_compacted", facts.compactions.isEmpty ? .null : true),
      ("num_turns", .optional(facts.turnCount)),
      ("permission_denials", facts.permissionDenials ?? .null),
      ("model_usage", facts.modelUsage ?? .null),
      ("permission_mode", .optional(facts.permissionMode)),
      ("mcp_servers", .strings(facts.mcpServers)),
    ]
  }

  private var eventMembers: [(String, JSONValue)] {
    [
      ("session_errors", .array(facts.errors + answerErrors)),
      ("compaction_events", .array(facts.compactions)),
      ("post_turn_summaries", .array(facts.turnSummaries)),
      ("away_summaries", .array(facts.awaySummaries)),
      ("pr_links", .array(facts.pullRequests)), ("queued_prompts", .array(facts.queuedPrompts)),
      ("skill_invocations", .array(skills.invocations)),
    ]
  }

  private var hookMembers: [(String, JSONValue)] {
    [
      ("hook_git_final", facts.hooks.lastGit ?? .null),
      ("hook_stop", .array(facts.hooks.stops)),
      ("hook_pre_tool_use", .object(JSONObject(facts.hooks.before))),
      ("hook_post_tool_use", .object(JSONObject(facts.hooks.after))),
    ]
  }

  private var captureMembers: [(String, JSONValue)] {
    [
      ("forked_from", .optional(forkedFrom)),
      ("abandoned_branches", .array(abandoned.map(Self.json))),
      ("prompt_media", mediaCounts), ("usage_by_agent_role", usageByRole),
      ("unmatched_subagents", .strings(unplaced)),
      ("duplicate_lines", facts.duplicateLines > 0 ? .int(facts.duplicateLines) : .null),
      ("raw_event_counts", Self.counts(facts.typeCounts)),
      ("parse_warnings", .array(problems.map(Self.json))),
    ]
  }

  private static func json(_ branch: ConversationTree.Branch) -> JSONValue {
    [
      "fork_uuid": .optional(branch.forkID), "first_uuid": .string(branch.firstID),
      "last_uuid": .string(branch.lastID), "lines": .int(branch.count),
    ]
  }

  private static func json(_ problem: LineProblem) -> JSONValue {
    var object: JSONObject = ["line": .int(problem.line), "message": .string(problem.message)]
    if let file = problem.file { object["file"] = .string(file) }
    return .object(object)
  }

  private static func counts(_ counts: [String: Int]) -> JSONValue {
    .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
  }

  /// The type of an answer that is a message about a failed request.
  static let answerError = "api_error_message"

  /// Answers that are messages about a failed request.
  private var answerErrors: [JSONValue] {
    drafts.filter { $0.isError && $0.step.role == .agent }.map {
      [
        "type": .string(Self.answerError), "message": .optional($0.step.content),
        "timestamp": .optional($0.step.timestamp), "line": .int($0.line),
      ]
    }
  }

  private var mediaCounts: JSONValue {
    var counts: [String: Int] = [:]
    for type in media { counts[type, default: 0] += 1 }
    return Self.counts(counts)
  }

  /// Tokens apart by role, when there were sub-agents.
  private var usageByRole: JSONValue {
    guard drafts.contains(where: { $0.agentID != nil }) else { return .null }
    var sums: [String: Usage] = [:]
    for draft in drafts where draft.step.role == .agent {
      sums[draft.step.agentRole ?? "main", default: Usage()].add(draft.usage)
    }
    let members = sums.sorted { $0.key < $1.key }
    return .object(JSONObject(members.map { ($0.key, TokenUsage($0.value).toJSON()) }))
  }
}
