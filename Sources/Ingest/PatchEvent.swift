internal import Basics
internal import TraceModel
internal import Trails

/// The event that makes a patch known. It carries hashes of the authored text, not the text: what is in the log can
/// never be taken out of it again, and the text stands in the private plane.
enum PatchEvent {
  static func draft(_ patch: StoredEdit.Patch, of edit: StoredEdit) -> TrailEventDraft {
    let text = AuthoredText(lines: patch.added)
    var limitations = edit.source.limitations
    if patch.added.isEmpty { limitations.append("no_added_text") }
    let payload: JSONObject = [
      "trace_patch_id": .string(patch.id), "agent_step_id": .string("step_\(edit.step)"),
      "tool_call_id": .string(edit.toolCallID), "session_id": .string(edit.sessionID),
      "file_path": .string(edit.path.description), "affected_range": Anchor.json(patch.affectedRange),
      "raw_authored_hash": .string(text.rawHash),
      "git_clean_hash": .string(text.cleanHash), "change_kind": .string(changeKind(edit)),
      "previous_path": .optional(edit.previousPath?.description),
      "deleted_line_count": .int(patch.removed.count), "limitations": .strings(limitations),
    ]
    return TrailEventDraft(
      eventType: "trace_patch_created", eventTime: edit.time, traceID: edit.traceID,
      generationIndex: edit.generation, stepIndex: edit.step, writer: edit.source.isObserved ? "hook" : "import",
      captureMethod: edit.source.captureMethod, payload: payload)
  }

  private static func changeKind(_ edit: StoredEdit) -> String {
    switch edit.pathChange {
    case .none: "modified"
    case .add: "added"
    case .delete: "deleted"
    case .rename: "renamed"
    }
  }
}
