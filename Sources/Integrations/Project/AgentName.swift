/// An agent whose sessions can be captured.
public enum AgentName: String, CaseIterable, Sendable {
  case claudeCode = "claude-code"
  case codexCLI = "codex-cli"
  case pi

  /// Accepts the short names `claude` and `codex`; nil for anything else.
  public init?(name: String) {
    switch name {
    case "claude": self = .claudeCode
    case "codex": self = .codexCLI
    default: self.init(rawValue: name)
    }
  }

  /// The known ones among the names, each once; Claude Code when none is left.
  static func list(_ names: some Sequence<String>) -> [AgentName] {
    var agents: [AgentName] = []
    for name in names {
      if let agent = AgentName(name: name), !agents.contains(agent) { agents.append(agent) }
    }
    return agents.isEmpty ? [.claudeCode] : agents
  }
}
