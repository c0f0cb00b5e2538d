public import Basics

/// The file that tells an agent how to use a skill: reading it is how some agents call a skill.
public struct SkillBody: Hashable, Sendable {
  public let path: String
  /// The directory of the file.
  public let skill: String

  /// The skill bodies that the texts of a tool call's input name by their absolute path, each once.
  ///
  /// A skill lies in a directory `skills` of `.agents`, `.claude` or `.codex`.
  public static func named(in input: JSONValue) -> [SkillBody] {
    var seen: Set<String> = []
    return texts(in: input).flatMap(bodies(in:)).filter { seen.insert($0.path).inserted }
  }

  private static func texts(in value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let list): list.flatMap(texts)
    case .object(let object): object.members.flatMap { texts(in: $0.value) }
    default: []
    }
  }

  private static func bodies(in text: String) -> [SkillBody] {
    guard TextSearch.contains(text, "/SKILL.md") else { return [] }
    let isBoundary = { (character: Character) in character.isWhitespace || "\"'`<>|$".contains(character) }
    return text.split(whereSeparator: isBoundary).compactMap { word in
      guard word.hasPrefix("/"), word.hasSuffix("/SKILL.md"), let name = skill(word) else { return nil }
      return SkillBody(path: String(word), skill: name)
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
