internal import Basics
internal import TraceModel

/// Finds the skills that a session used: Codex reads the body of a skill with an ordinary call.
enum CodexSkillFinder {
  static func invocations(in drafts: [Draft]) -> [JSONValue] {
    drafts.enumerated().flatMap { position, draft in
      draft.step.toolCalls.flatMap { call in
        SkillBody.named(in: .object(call.input)).map { body in
          [
            "step_index": .int(position + 1), "tool_call_id": .string(call.toolCallID),
            "skill_name": .string(body.skill), "source": "codex_cli_skill_body_read", "skill_path": .string(body.path),
          ]
        }
      }
    }
  }
}
