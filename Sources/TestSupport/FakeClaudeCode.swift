public import Basics
internal import GitKit

/// Plays a session of Claude Code in a repository: runs the registered hook scripts with the payloads that the agent
/// gives them, changes the worktree in between, and writes the transcript.
public final class FakeClaudeCode {
  public let repository: TemporaryRepository
  public let session: String
  /// Output and exit codes of all hooks so far: an agent takes either for a decision.
  public private(set) var noise = ""
  public private(set) var hookSeconds: [Double] = []
  private var lines: [String] = []
  private var calls = 0
  private var parent: String?

  public init(_ repository: TemporaryRepository, session: String) {
    self.repository = repository
    self.session = session
  }

  private var home: String { repository.environment.home }

  public var transcript: String {
    let project = String(repository.path.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    return "\(home)/.claude/projects/\(project)/\(session).jsonl"
  }

  // MARK: The session

  public func start() throws { try hook("SessionStart", ["source": "startup"]) }

  public func prompt(_ text: String) throws {
    try hook("UserPromptSubmit", ["prompt": .string(text)])
    try line("user", ["message": ["role": "user", "content": .string(text)]])
  }

  /// Ends the turn.
  public func stop() throws {
    try hook("Stop", ["stop_hook_active": false, "last_assistant_message": "done"])
  }

  public func end() throws { try hook("SessionEnd", ["reason": "exit"]) }

  public func compact() throws {
    try hook("PreCompact", ["trigger": "auto"])
    try line(
      "system", ["subtype": "compact_boundary", "compactMetadata": ["trigger": "auto", "preTokens": 1000]])
    try hook("PostCompact", ["trigger": "auto", "compact_summary": "so far"])
  }

  // MARK: Tools

  /// Replaces a text that stands once in a file.
  public func edit(_ path: String, _ old: String, _ new: String) throws {
    let file = repository.path + "/" + path
    let before = try Files.readText(file) ?? ""
    let input: JSONObject = [
      "file_path": .string(file), "old_string": .string(old), "new_string": .string(new), "replace_all": false,
    ]
    try call("Edit", input) {
      try repository.write(path, before.replacing(old, with: new))
      return (
        "ok",
        [
          "filePath": .string(file), "oldString": .string(old), "newString": .string(new),
          "originalFile": .string(before), "structuredPatch": [], "userModified": false, "replaceAll": false,
        ]
      )
    }
  }

  public func write(_ path: String, _ text: String) throws {
    let file = repository.path + "/" + path
    let isNew = !Files.exists(file)
    try call("Write", ["file_path": .string(file), "content": .string(text)]) {
      try repository.write(path, text)
      return (
        "ok",
        [
          "type": isNew ? "create" : "update", "filePath": .string(file), "content": .string(text),
          "structuredPatch": [], "originalFile": .null,
        ]
      )
    }
  }

  public func read(_ path: String) throws {
    let file = repository.path + "/" + path
    try call("Read", ["file_path": .string(file)]) { (try Files.readText(file) ?? "", nil) }
  }

  /// Runs a shell command in the root of the worktree.
  @discardableResult
  public func bash(_ command: String, by agent: String? = nil) throws -> ShellResult {
    var result: ShellResult?
    try call("Bash", ["command": .string(command)], by: agent) {
      let run = try repository.run("/bin/sh", ["-c", command])
      result = run
      return (run.output, ["stdout": .string(run.output), "stderr": .string(run.errors), "interrupted": false])
    }
    return result ?? ShellResult(exitCode: 127, outputBytes: [], errorBytes: [], timedOut: false)
  }

  /// A sub-agent that does something; its calls stand in a file of their own.
  public func subagent(_ id: String, _ body: (FakeClaudeCode) throws -> Void) throws {
    let call = "toolu_\(session)_task_\(id)"
    try begin("Task", ["description": .string(id), "prompt": .string(id), "subagent_type": "general-purpose"], call)
    let inner = FakeClaudeCode(repository, session: session)
    inner.agentID = id
    inner.calls = 1000
    try inner.line("user", ["message": ["role": "user", "content": .string(id)]])
    try body(inner)
    noise += inner.noise
    try hook("SubagentStop", ["agent_id": .string(id), "agent_type": "general-purpose", "stop_hook_active": false])
    try finish("Task", [:], call, ("done", ["agentId": .string(id)]))
  }

  private var agentID: String?

  private var file: String {
    agentID.map { Paths.parent(transcript) + "/" + session + "/subagents/agent-\($0).jsonl" } ?? transcript
  }

  private func call(
    _ tool: String, _ input: JSONObject, by agent: String? = nil, _ body: () throws -> (String, JSONObject?)
  ) throws {
    calls += 1
    let id = "toolu_\(session)_\(calls)"
    try begin(tool, input, id)
    try finish(tool, input, id, try body())
  }

  /// The first half of a call, for those that overlap.
  public func begin(_ tool: String, _ input: JSONObject, _ id: String) throws {
    try line(
      "assistant",
      [
        "requestId": .string("r_\(id)"),
        "message": [
          "id": .string("m_\(id)"), "role": "assistant", "model": "claude-opus-4-5",
          "content": [["type": "tool_use", "id": .string(id), "name": .string(tool), "input": .object(input)]],
          "usage": ["input_tokens": 10, "output_tokens": 20],
        ],
      ])
    try hook(
      "PreToolUse", ["tool_name": .string(tool), "tool_input": .object(input), "tool_use_id": .string(id)])
  }

  /// The second half.
  public func finish(_ tool: String, _ input: JSONObject, _ id: String, _ answer: (String, JSONObject?)) throws {
    try hook(
      "PostToolUse",
      [
        "tool_name": .string(tool), "tool_input": .object(input), "tool_use_id": .string(id),
        "tool_response": answer.1.map { .object($0) } ?? .string(answer.0),
      ])
    var members: JSONObject = [
      "message": [
        "role": "user",
        "content": [["type": "tool_result", "tool_use_id": .string(id), "content": .string(answer.0)]],
      ]
    ]
    if let details = answer.1 { members["toolUseResult"] = .object(details) }
    try line("user", members)
  }

  // MARK: Files and hooks

  /// Adds a line to the transcript.
  public func line(_ type: String, _ members: JSONObject) throws {
    let id = "\(agentID ?? "")u\(lines.count)"
    var object: JSONObject = [
      "type": .string(type), "uuid": .string(id), "parentUuid": .optional(parent),
      "timestamp": .string(Timestamp.now().iso8601), "cwd": .string(repository.path), "sessionId": .string(session),
      "version": "2.1.0", "gitBranch": "main", "isSidechain": .bool(agentID != nil), "userType": "external",
    ]
    if let agentID { object["agentId"] = .string(agentID) }
    for member in members.members { object[member.key] = member.value }
    parent = id
    lines.append(id)
    try Files.createDirectory(Paths.parent(file))
    try Files.append(CanonicalJSON.line(.object(object)) + [0x0A], to: file)
  }

  /// Runs what the settings file registers for an event, as the agent does.
  public func hook(_ event: String, _ members: JSONObject) throws {
    let settings = try Files.readIfPresent(home + "/.claude/settings.json").map { try JSONValue(parsing: $0) }
    var payload: JSONObject = [
      "session_id": .string(session), "transcript_path": .string(transcript), "cwd": .string(repository.path),
      "permission_mode": "default", "hook_event_name": .string(event),
    ]
    if let agentID { payload["agent_id"] = .string(agentID) }
    for member in members.members { payload[member.key] = member.value }
    for group in settings?["hooks"]?[event]?.array ?? [] {
      for command in group["hooks"]?.array ?? [] {
        let start = MonotonicClock.seconds()
        let result = try repository.run(
          "/bin/sh", ["-c", command["command"]?.string ?? ""],
          input: String(decoding: CanonicalJSON.line(.object(payload)), as: UTF8.self))
        hookSeconds.append(MonotonicClock.seconds() - start)
        if result.exitCode != 0 { noise += "\(event) exits with \(result.exitCode)\n" }
        noise += result.output + result.errors
      }
    }
  }
}
