/// What a tool does, by its name.
enum CodexToolKind: String {
  case shell, write, read, search, mcp, permission, skill, subagent, tool

  private static let words: [(kind: CodexToolKind, words: [String])] = [
    (.shell, ["bash", "shell", "exec", "command", "terminal"]),
    (.write, ["apply_patch", "edit", "write", "patch"]),
    (.read, ["read", "open_file", "view_file", "cat"]),
    (.search, ["search", "grep", "rg", "find"]),
    (.mcp, ["mcp"]), (.permission, ["permission"]), (.skill, ["skill"]),
    (.subagent, ["task", "subagent", "spawn_agent"]),
  ]

  /// The first kind that one of its words stands in the name for.
  static func of(_ name: String) -> CodexToolKind {
    let name = name.lowercased()
    return words.first { $0.words.contains { name.contains($0) } }?.kind ?? .tool
  }
}
