/// What sort of work a tool does, by its name.
enum PiToolKind: String {
  case shell, write, read, search, mcp, subagent, tool
  /// Our own tools: they only read what was captured.
  case retrieval = "opentraces_retrieval"

  init(_ name: String) {
    let name = name.lowercased()
    self =
      if name.hasPrefix("ot_") {
        .retrieval
      } else if let kind = Self.known[name] {
        kind
      } else if name.hasPrefix("mcp") {
        .mcp
      } else if name.contains("subagent") || name.contains("task") {
        .subagent
      } else {
        .tool
      }
  }

  private static let known: [String: PiToolKind] = [
    "bash": .shell, "edit": .write, "write": .write, "apply_patch": .write, "multi_edit": .write, "read": .read,
    "grep": .search, "find": .search, "ls": .search, "rg": .search, "search": .search,
  ]
}
