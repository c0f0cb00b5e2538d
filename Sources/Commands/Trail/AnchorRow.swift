internal import Basics
internal import GitKit
internal import TraceModel
internal import Trails

/// One row of evidence, the same on every surface.
enum AnchorRow {
  static func json(_ anchor: Anchor) -> JSONValue {
    let step = "step_\(anchor.step)"
    return [
      "trace_id": .string(anchor.traceID), "session_id": .string(anchor.sessionID), "step_id": .string(step),
      "step_index": .int(anchor.step), "generation_index": .int(anchor.generation),
      "trace_patch_id": .string(anchor.patchID), "patch_status": "anchored", "relation": "anchored_in_git",
      "git_anchor_id": .string(anchor.id), "git_anchor_ref": .string("ot://git-anchor/sha256/" + anchor.id),
      "trace_patch_event_time": .string(anchor.editTime.iso8601), "commit_sha": .string(anchor.commit.hex),
      "path": .string(anchor.path.description), "affected_range": Anchor.json(anchor.patchRange),
      "range": Anchor.json(anchor.range), "line_count": .int(anchor.lineCount),
      "change": .string(anchor.kind.rawValue), "evidence_tier": .string(anchor.tier.rawValue),
      "evidence_firmness": .string(anchor.firmness.rawValue), "limitations": .strings(anchor.limitations),
      // Who called a sub-agent is not credited with what that one wrote.
      "attribution_role": .optional(anchor.agentRole.flatMap { $0 == "main" ? nil : "leaf_writer" }),
      "step_metadata": [
        "tool_name": .string(anchor.toolName), "tool_call_id": .string(anchor.toolCallID),
        "agent_role": .optional(anchor.agentRole),
      ],
      "evidence": [
        "tier": .string(anchor.tier.rawValue), "label": .string(anchor.tier.label),
        "firmness": .string(anchor.firmness.rawValue), "rank": .int(anchor.tier.rank),
      ],
    ]
  }
}
