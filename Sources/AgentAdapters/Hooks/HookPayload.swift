public import Basics

/// What an agent writes to the standard input of a hook, as far as capture needs it.
public struct HookPayload: Sendable {
  /// What may change in the worktree while a tool runs.
  public enum Reach: Sendable, Hashable {
    case nothing
    /// These files only, as the tool named them.
    case files([String])
    case anything
  }

  public var sessionID: String
  public var transcriptPath: String?
  public var directory: String?
  public var toolName: String?
  public var toolCallID: String?
  public var reach = Reach.nothing
  /// Words of a shell command that may be names of files, and files that a patch names; as they stand, each once.
  public var mentioned: [String] = []
  /// The members that the journal keeps: no inputs, no answers, no prompts. These stand in the transcript.
  public var kept: JSONObject

  /// Reads the payload of Claude Code's or Codex CLI's hooks; nil when it names no session.
  ///
  /// - Throws: ``JSONError``.
  public init?(_ bytes: [UInt8]) throws {
    let parsed: HookPayload? = try JSONParser().parse(bytes) { HookPayload(view: $0) }
    guard let parsed else { return nil }
    self = parsed
  }

  private static let keptTexts: [StaticString] = [
    "session_id", "turn_id", "transcript_path", "cwd", "permission_mode", "tool_name", "tool_use_id", "agent_id",
    "agent_type", "agent_transcript_path", "source", "trigger", "reason", "model",
  ]

  private init?(view: JSONView) {
    guard view.kind == .object, let session = view.nonEmpty("session_id") else { return nil }
    sessionID = session
    transcriptPath = view.nonEmpty("transcript_path")
    directory = view.nonEmpty("cwd")
    toolName = view.nonEmpty("tool_name")
    toolCallID = view.nonEmpty("tool_use_id")
    kept = [:]
    for key in Self.keptTexts { if let text = view.nonEmpty(key) { kept["\(key)"] = .string(text) } }
    for key in ["is_interrupt", "stop_hook_active"] as [StaticString] where view.flag(key) { kept["\(key)"] = true }
    if let milliseconds = view["duration_ms"]?.int { kept["duration_ms"] = .int(milliseconds) }
    if let toolName { reach = Self.reach(of: toolName, view["tool_input"]) }
    if case .anything = reach, let command = view["tool_input"]?.nonEmpty("command") {
      mentioned = Self.words(of: command)
    }
  }

  /// A payload of an agent that reports in its own form.
  init(session: String, kept: JSONObject) {
    sessionID = session
    self.kept = kept
  }

  private static let wordLimit = 60

  static func words(of command: String) -> [String] {
    var seen: Set<Substring> = []
    return command.prefix(20_000)
      .split { $0.isWhitespace || "\"'`;|&<>()$=,:".contains($0) }
      .filter { $0.utf8.count > 1 && !$0.hasPrefix("-") && seen.insert($0).inserted }
      .prefix(wordLimit).map(String.init)
  }

  /// Tools that change no file. Those that start a sub-agent are among them: its calls have hooks of their own.
  private static let readers: Set<String> = [
    "Read", "Grep", "Glob", "LS", "WebFetch", "WebSearch", "TodoWrite", "TodoRead", "Task", "Agent", "Skill",
    "AskUserQuestion", "ExitPlanMode", "EnterPlanMode", "BashOutput", "KillShell", "KillBash", "TaskOutput",
    "ListMcpResourcesTool", "ReadMcpResourceTool", "ToolSearch", "view_image", "update_plan", "web_search",
  ]

  private static func reach(of tool: String, _ input: JSONView?) -> Reach {
    if readers.contains(tool) { return .nothing }
    switch tool {
    case "Edit", "MultiEdit", "Write": return files(input?.nonEmpty("file_path") ?? input?.nonEmpty("path"))
    case "apply_patch": return patched(input?.nonEmpty("command") ?? input?.nonEmpty("patch"))
    case "NotebookEdit": return files(input?.nonEmpty("notebook_path"))
    default: return .anything
    }
  }

  /// The files that a patch names; see the grammar of `apply_patch`.
  private static func patched(_ patch: String?) -> Reach {
    let marks = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "]
    let paths = (patch ?? "").split(whereSeparator: \.isNewline).compactMap { line in
      marks.first { line.hasPrefix($0) }.map { String(line.dropFirst($0.count)) }
    }
    return paths.isEmpty ? .anything : .files(paths)
  }

  private static func files(_ path: String?) -> Reach { path.map { .files([$0]) } ?? .anything }
}
