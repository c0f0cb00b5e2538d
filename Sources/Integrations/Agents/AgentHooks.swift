internal import Basics

/// The hooks of an agent that reads them from a JSON file: which events, in which file, with which scripts.
public struct AgentHooks: Sendable {
  public struct Event: Hashable, Sendable {
    /// As the agent calls it.
    public let name: String
    /// The script's file name.
    public let script: String
  }

  public let agent: AgentName
  public let events: [Event]
  /// Where the scripts go.
  public let directory: String
  /// The agent's own file.
  public let settingsFile: String
  /// Seconds after which the agent itself gives up on a hook. The executable takes no longer than this.
  static let timeout = 2

  /// Claude Code: `~/.claude/settings.json` and `~/.claude/hooks`, or below `CLAUDE_CONFIG_DIR`.
  public static func claudeCode(
    _ environment: HostEnvironment, directory: String? = nil, settingsFile: String? = nil
  ) -> AgentHooks {
    let home = environment.directory("CLAUDE_CONFIG_DIR") ?? environment.home + "/.claude"
    let events = [
      ("SessionStart", "session_start"), ("UserPromptSubmit", "user_prompt_submit"), ("PreToolUse", "pre_tool_use"),
      ("PostToolUse", "tool_use"), ("PostToolUseFailure", "tool_use_failure"), ("SubagentStop", "subagent_stop"),
      ("Stop", "stop"), ("PreCompact", "pre_compact"), ("PostCompact", "compact"), ("SessionEnd", "session_end"),
    ]
    return AgentHooks(
      agent: .claudeCode,
      events: events.map { Event(name: $0.0, script: "opentraces_on_\($0.1).sh") },
      directory: environment.expandingTilde(directory ?? home + "/hooks"),
      settingsFile: environment.expandingTilde(settingsFile ?? home + "/settings.json"))
  }

  /// Codex CLI: `~/.codex/hooks.json` and `~/.codex/hooks/opentraces`, or below `CODEX_HOME`.
  public static func codex(
    _ environment: HostEnvironment, directory: String? = nil, settingsFile: String? = nil
  ) -> AgentHooks {
    let home = environment.codexHome
    let events = [
      ("SessionStart", "session_start"), ("UserPromptSubmit", "user_prompt_submit"), ("PreToolUse", "pre_tool_use"),
      ("PermissionRequest", "permission_request"), ("PostToolUse", "post_tool_use"), ("PreCompact", "pre_compact"),
      ("PostCompact", "post_compact"), ("Stop", "stop"),
    ]
    return AgentHooks(
      agent: .codexCLI, events: events.map { Event(name: $0.0, script: "on_\($0.1).sh") },
      directory: environment.expandingTilde(directory ?? home + "/hooks/opentraces"),
      settingsFile: environment.expandingTilde(settingsFile ?? home + "/hooks.json"))
  }

  func path(of event: Event) -> String { directory + "/" + event.script }

  /// What is registered for an event: a group without matcher, which means every tool.
  func entry(of event: Event) -> JSONValue {
    var command: JSONObject = [
      "type": "command", "command": .string(ShellText.word(path(of: event))), "timeout": .int(Self.timeout),
    ]
    if agent == .codexCLI { command["statusMessage"] = "OpenTraces capture" }
    return ["hooks": [.object(command)]]
  }

  /// Whether a registered command is ours: one of our scripts in the directory, or a form that an older
  /// implementation registered. A name that only resembles ours is somebody else's.
  func owns(_ command: String) -> Bool {
    let words = ShellText.words(command)
    // A longer command line is one that somebody made of it.
    for word in words.count <= 2 ? words : [] where Paths.parent(word) == directory {
      let name = Paths.name(word)
      if words.count == 1, events.contains(where: { $0.script == name }) { return true }
      if agent == .claudeCode, name.hasPrefix("opentraces_on_"), name.hasSuffix(".py") { return true }
    }
    let module = "opentraces.capture.\(agent == .codexCLI ? "codex_cli" : "claude_code").hooks."
    return zip(words, words.dropFirst()).contains { $0 == "-m" && $1.hasPrefix(module) }
  }

  var corruptCode: String { agent == .codexCLI ? "CORRUPT_HOOKS" : "CORRUPT_SETTINGS" }
  var readErrorCode: String { agent == .codexCLI ? "HOOKS_READ_ERROR" : "SETTINGS_READ_ERROR" }
}

extension HostEnvironment {
  /// `CODEX_HOME`, else `~/.codex`.
  public var codexHome: String { directory("CODEX_HOME") ?? home + "/.codex" }

  /// A directory that a variable names; nil when it names none.
  func directory(_ variable: String) -> String? {
    variables[variable].flatMap { $0.isEmpty ? nil : expandingTilde($0) }
  }
}
