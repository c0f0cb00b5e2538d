internal import Basics
internal import TraceModel

/// The agent-specific part of a record.
struct PiMetadata {
  let facts: PiFacts
  /// Entries copied from the parent session.
  let copied: Int?
  let entries: [PiEntry]
  let tree: PiTree
  let drafts: [Draft]
  let problems: [LineProblem]
  let sidecar: PiSidecar

  /// Members that say nothing are left out.
  func object() -> JSONObject {
    Self.full([
      ("source", "pi_session_jsonl"),
      (
        "trace_trails",
        [
          "schema_version": "opentraces.trace_trails.v1",
          "snapshot_resume_contract": "opentraces.snapshot_resume.v1",
        ]
      ),
      ("title", .optional(facts.title)), ("pi", .object(piMembers)),
      ("is_compacted", facts.compactions.isEmpty ? .null : true),
      ("compaction_events", .array(facts.compactions)), ("session_errors", .array(answerErrors)),
      ("normalized_tool_calls", .array(toolCalls)), ("capture_limitations", .array(limitations)),
      ("forked_from", .optional(facts.parentID)), ("prompt_media", mediaCounts),
      ("duplicate_lines", facts.duplicateLines > 0 ? .int(facts.duplicateLines) : .null),
      ("raw_event_counts", Self.counts(eventCounts)), ("entry_type_counts", Self.counts(facts.roleCounts)),
      ("parse_warnings", .array(problems.map(Self.json))),
    ])
  }

  /// Lines of the file and events of the extension by kind.
  private var eventCounts: [String: Int] {
    facts.typeCounts.merging(sidecar.eventCounts.map { ("sidecar:\($0.key)", $0.value) }) { $0 + $1 }
  }

  private var leafSource: JSONValue {
    guard tree.leaf != nil else { return .null }
    guard tree.isLeafTold, let event = sidecar.leaf?.event else { return "deepest_leaf" }
    return .string("sidecar:" + event)
  }

  private var piMembers: JSONObject {
    Self.full([
      ("session_id", .optional(facts.id)), ("cwd", .optional(facts.directories.first)),
      ("version", .int(facts.version ?? 1)), ("parent_session", .optional(facts.parentSession)),
      ("inherited_entries", .optional(copied)), ("branch_count", .int(tree.branchCount)),
      ("active_leaf_id", .optional(tree.leaf.map { entries[$0].id })),
      ("active_leaf_source", leafSource),
      ("labels", .object(facts.labels)), ("branch_summaries", .array(facts.branchSummaries)),
      ("model_changes", .array(facts.modelChanges)), ("thinking_levels", .array(facts.thinkingLevels)),
      ("usage_all_branches", usage), ("tree_events", .array(sidecar.treeEvents)),
      ("provider_contexts", .array(sidecar.contexts)), ("tool_registry", sidecar.tools),
      ("runtime_state", .object(sidecar.runtimeState)),
      ("sidecar_event_count", sidecar.isEmpty ? .null : .int(sidecar.eventCounts.values.reduce(0, +))),
    ])
  }

  private var usage: JSONValue {
    var sum = PiSpending()
    for case .assistant(let answer) in entries.lazy.map(\.kind) { sum.add(answer.spending) }
    return [
      "input_tokens": .int(sum.usage.input), "output_tokens": .int(sum.usage.output),
      "cache_read_tokens": .int(sum.usage.cacheRead), "cache_write_tokens": .int(sum.usage.cacheWrite),
      "cost_usd": .optional(sum.cost.map { ($0 * 1_000_000).rounded() / 1_000_000 }),
    ]
  }

  /// Answers that ended with an error.
  private var answerErrors: [JSONValue] {
    entries.indices.compactMap { position in
      guard tree.isActive[position], case .assistant(let answer) = entries[position].kind,
        answer.stopReason == "error"
      else { return nil }
      return [
        "type": "api_error_message", "message": .optional(answer.errorMessage),
        "timestamp": .optional(entries[position].time?.iso8601), "line": .int(entries[position].line),
      ]
    }
  }

  private var toolCalls: [JSONValue] {
    drafts.enumerated().flatMap { position, draft in
      draft.step.toolCalls.map { call in
        let kind = PiToolKind(call.toolName)
        var object: JSONObject = [
          "step_index": .int(position + 1), "tool_call_id": .string(call.toolCallID),
          "raw_tool_name": .string(call.toolName), "tool_kind": .string(kind.rawValue),
        ]
        if kind == .retrieval { object["opentraces_internal_readonly"] = true }
        return .object(object)
      }
    }
  }

  private var limitations: [JSONValue] {
    var found: [JSONValue] = []
    let note = { (code: String, message: String) in
      found.append(["code": .string(code), "message": .string(message)])
    }
    if tree.branchCount > 0, !tree.isLeafTold {
      note("pi_parser_active_branch_v1", "The active branch is the one with the most entries.")
    }
    if sidecar.eventCounts["pi_capture_boundary_timeout"] != nil {
      note("pi_capture_boundary_timeout", "Not every tool call waited for its boundary to be noted.")
    }
    if sidecar.leaf == nil { note("pi_sidecar_missing", "The running agent did not tell the active entry.") }
    if tree.branchCount > 0 {
      note("pi_dropped_inactive_branches_v1", "Entries of other branches are no steps.")
    }
    return found
  }

  private var mediaCounts: JSONValue {
    var counts: [String: Int] = [:]
    for (position, entry) in entries.enumerated() where tree.isActive[position] {
      guard case .user(let prompt) = entry.kind else { continue }
      for type in prompt.mediaTypes { counts[type, default: 0] += 1 }
    }
    return Self.counts(counts)
  }

  private static func full(_ members: [(String, JSONValue)]) -> JSONObject {
    JSONObject(members.filter { !isEmpty($0.1) })
  }

  private static func isEmpty(_ value: JSONValue) -> Bool {
    switch value {
    case .null: true
    case .array(let list): list.isEmpty
    case .object(let object): object.isEmpty
    default: false
    }
  }

  private static func counts(_ counts: [String: Int]) -> JSONValue {
    .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
  }

  private static func json(_ problem: LineProblem) -> JSONValue {
    ["line": .int(problem.line), "message": .string(problem.message)]
  }
}
