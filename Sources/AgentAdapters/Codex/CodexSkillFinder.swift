internal import Basics
internal import TraceModel

/// Finds the skills that a session used: Codex reads the body of a skill with an ordinary call.
enum CodexSkillFinder {
  static func invocations(in drafts: [Draft]) -> [JSONValue] {
    drafts.enumerated().flatMap { position, draft in
      draft.step.toolCalls.flatMap { call in
        paths(in: .object(call.input)).map { path, name in
          [
            "step_index": .int(position + 1), "tool_call_id": .string(call.toolCallID), "skill_name": .string(name),
            "source": "codex_cli_skill_body_read", "skill_path": .string(path),
          ]
        }
      }
    }
  }

  /// The paths of skill bodies in the texts of an input, each once.
  static func paths(in value: JSONValue) -> [(path: String, name: String)] {
    var seen: Set<String> = []
    return texts(in: value).flatMap(paths(in:)).filter { seen.insert($0.path).inserted }
  }

  private static func texts(in value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let list): list.flatMap(texts)
    case .object(let object): object.members.flatMap { texts(in: $0.value) }
    default: []
    }
  }

  private static func paths(in text: String) -> [(path: String, name: String)] {
    guard TextSearch.contains(text, "/SKILL.md") else { return [] }
    let isBoundary = { (character: Character) in character.isWhitespace || "\"'`<>|$".contains(character) }
    return text.split(whereSeparator: isBoundary).compactMap { word in
      guard word.hasPrefix("/"), word.hasSuffix("/SKILL.md"), let name = skill(word) else { return nil }
      return (String(word), name)
    }
  }

  private static let homes: Set<Substring> = [".agents", ".claude", ".codex"]

  /// The name of the skill in a directory of skills; nil for any other path.
  private static func skill(_ path: Substring) -> String? {
    let isPlain = path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && !path.contains { "*?[]{}".contains($0) }
    let parts = path.split(separator: "/")
    guard isPlain, parts.count >= 4, !parts.contains("."), !parts.contains("..") else { return nil }
    let isInHome = zip(parts, parts.dropFirst()).contains { homes.contains($0) && $1 == "skills" }
    let name = parts[parts.count - 2]
    return isInHome && name != "skills" ? String(name) : nil
  }
}
