internal import Basics
internal import TraceModel

/// The agent-specific part of a record.
struct CodexMetadataBuilder {
  let sessionFile: String?
  let facts: RolloutFacts
  let builder: RolloutStepBuilder
  let problems: [LineProblem]
  let forkedFrom: String?

  private static let commandLimit = 500

  /// Members that say nothing are left out.
  func object() -> JSONObject {
    JSONObject((sessionMembers + eventMembers + captureMembers).filter { !Self.isEmpty($0.1) })
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
      ("source", "codex_cli_rollout"), ("session_file", .optional(sessionFile)),
      (
        "trace_trails",
        [
          "schema_version": "opentraces.trace_trails.v1",
          "snapshot_resume_contract": "opentraces.snapshot_resume.v1",
        ]
      ),
      ("codex_cli", .object(session)), ("is_compacted", facts.compactions.isEmpty ? .null : true),
      ("subagent_session", facts.head.subagent.map { .object($0) } ?? .null),
      ("forked_from", .optional(forkedFrom)),
    ]
  }

  /// Where the session ran and what the agent was set to.
  private var session: JSONObject {
    let head = facts.head
    var object = JSONObject(
      [
        ("originator", .optional(head.originator)), ("source", head.source ?? .null),
        ("thread_source", head.threadSource ?? .null), ("agent_nickname", .optional(head.agentNickname)),
        ("agent_role", .optional(head.agentRole)), ("model_provider", .optional(head.provider)),
        ("cwd", .optional(head.directory)),
      ].filter { !Self.isEmpty($0.1) })
    for member in facts.settings.members where !member.value.isNull { object[member.key] = member.value }
    if let text = head.instructions { object["base_instructions"] = TextReference.json(text) }
    return object
  }

  private var eventMembers: [(String, JSONValue)] {
    [
      ("compaction_events", .array(facts.compactions)), ("session_errors", .array(facts.errors)),
      ("abandoned_branches", .array(builder.abandoned.map(Self.json))),
      ("prompt_media", Self.counts(builder.mediaTypes.reduce(into: [:]) { $0[$1, default: 0] += 1 })),
      ("skill_invocations", .array(CodexSkillFinder.invocations(in: builder.drafts))),
    ]
  }

  private var captureMembers: [(String, JSONValue)] {
    [
      ("raw_event_counts", Self.counts(facts.lineCounts)), ("response_item_counts", Self.counts(facts.itemCounts)),
      ("event_msg_counts", Self.counts(facts.eventCounts)), ("function_names", Self.counts(facts.callCounts)),
      ("normalized_tool_calls", .array(normalizedCalls)), ("capture_limitations", .array(limitations)),
      ("parse_warnings", .array(problems.map(Self.json))),
    ]
  }

  private var normalizedCalls: [JSONValue] {
    var directories: [String: String] = [:]
    for site in builder.sites {
      directories[site.call.toolCallID] = CodexCommand(call: site.call, directory: site.directory).workingDirectory
    }
    return builder.drafts.enumerated().flatMap { position, draft in
      draft.step.toolCalls.map { Self.normalized($0, step: position + 1, directories[$0.toolCallID]) }
    }
  }

  private static func normalized(_ call: ToolCall, step: Int, _ directory: String?) -> JSONValue {
    var object: JSONObject = [
      "step_index": .int(step), "tool_call_id": .string(call.toolCallID), "raw_tool_name": .string(call.toolName),
      "tool_kind": .string(CodexToolKind.of(call.toolName).rawValue),
    ]
    if let line = CodexCommand(call: call, directory: nil).line {
      object["shell"] = ["command": .string(TextLines.cut(line, to: commandLimit)), "cwd": .optional(directory)]
    }
    return .object(object)
  }

  private var limitations: [JSONValue] {
    guard facts.head.subagent != nil else { return [] }
    return [
      [
        "code": "codex_cli_subagent_linkage_metadata_only",
        "message": "The session of a sub-agent is a record of its own; its parent is named in subagent_session.",
      ]
    ]
  }

  private static func counts(_ counts: [String: Int]) -> JSONValue {
    .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
  }

  private static func json(_ branch: ConversationTree.Branch) -> JSONValue {
    [
      "fork_uuid": .optional(branch.forkID), "first_uuid": .string(branch.firstID),
      "last_uuid": .string(branch.lastID), "lines": .int(branch.count),
    ]
  }

  private static func json(_ problem: LineProblem) -> JSONValue {
    ["line": .int(problem.line), "message": .string(problem.message)]
  }
}
