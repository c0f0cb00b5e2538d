internal import Basics

/// Plays a session of Codex CLI in a repository: runs the registered hooks with the payloads that Codex gives them,
/// changes the worktree in between, and writes the rollout.
public final class FakeCodex {
  public let repository: TemporaryRepository
  public let session: String
  /// Output and exit codes of all hooks so far.
  public private(set) var noise = ""
  private var calls = 0
  /// Whether hooks are told where the rollout lies; not every version tells.
  public var namesTranscript = true

  public init(_ repository: TemporaryRepository, session: String) {
    self.repository = repository
    self.session = session
  }

  private var home: String { repository.environment.home }
  public var rollout: String { "\(home)/.codex/sessions/2026/01/02/rollout-2026-01-02T03-04-05-\(session).jsonl" }

  public func start() throws {
    try line(
      "session_meta",
      [
        "id": .string(session), "timestamp": .string(Timestamp.now().iso8601), "cwd": .string(repository.path),
        "originator": "codex_cli_rs", "cli_version": "0.128.0", "model_provider": "openai",
      ])
    try hook("SessionStart", ["source": "startup"])
  }

  public func prompt(_ text: String) throws {
    try hook("UserPromptSubmit", ["prompt": .string(text)])
    try line("turn_context", ["model": "gpt-5-codex", "cwd": .string(repository.path), "approval_policy": "never"])
    try line(
      "response_item",
      ["type": "message", "role": "user", "content": [["type": "input_text", "text": .string(text)]]])
  }

  public func stop() throws { try hook("Stop", ["stop_hook_active": false]) }

  public func compact() throws {
    try hook("PreCompact", ["trigger": "auto"])
    try line("compacted", ["message": "so far", "replacement_history": []])
    try hook("PostCompact", ["trigger": "auto"])
  }

  /// Replaces a line of a file by a patch.
  public func update(_ path: String, _ old: String, _ new: String) throws {
    let before = try Files.readText(repository.path + "/" + path) ?? ""
    try patch("*** Begin Patch\n*** Update File: \(path)\n@@\n-\(old)\n+\(new)\n*** End Patch") {
      try repository.write(path, before.replacing(old + "\n", with: new + "\n"))
    }
  }

  /// Adds a file by a patch.
  public func add(_ path: String, _ text: String) throws {
    let lines = text.split(separator: "\n").map { "+\($0)" }.joined(separator: "\n")
    try patch("*** Begin Patch\n*** Add File: \(path)\n\(lines)\n*** End Patch") { try repository.write(path, text) }
  }

  private func patch(_ patch: String, _ body: () throws -> Void) throws {
    try call("apply_patch", hookInput: ["command": .string(patch)]) { id in
      try line(
        "response_item",
        ["type": "custom_tool_call", "call_id": .string(id), "name": "apply_patch", "input": .string(patch)])
    } body: {
      try body()
    } output: { id in
      try line(
        "response_item",
        [
          "type": "custom_tool_call_output", "call_id": .string(id),
          "output": "{\"output\":\"Success\",\"metadata\":{\"exit_code\":0,\"duration_seconds\":0.1}}",
        ])
    }
  }

  /// Runs a shell command in the root of the worktree.
  public func shell(_ command: String) throws {
    try call("Bash", hookInput: ["command": .string(command)]) { id in
      let arguments: JSONValue = ["cmd": .string(command), "workdir": .string(repository.path)]
      try line(
        "response_item",
        [
          "type": "function_call", "call_id": .string(id), "name": "exec_command",
          "arguments": .string(String(decoding: CanonicalJSON.line(arguments), as: UTF8.self)),
        ])
    } body: {
      _ = try repository.run("/bin/sh", ["-c", command])
    } output: { id in
      try line(
        "response_item",
        ["type": "function_call_output", "call_id": .string(id), "output": "Process exited with code 0\nOutput:\n"])
    }
  }

  private func call(
    _ tool: String, hookInput: JSONObject, _ begin: (String) throws -> Void, body: () throws -> Void,
    output: (String) throws -> Void
  ) throws {
    calls += 1
    let id = "call_\(calls)"
    let payload: JSONObject = [
      "tool_name": .string(tool), "tool_input": .object(hookInput), "tool_use_id": .string(id), "turn_id": "1",
    ]
    try begin(id)
    try hook("PreToolUse", payload)
    try body()
    var done = payload
    done["tool_response"] = "ok"
    try hook("PostToolUse", done)
    try output(id)
  }

  private func line(_ type: String, _ payload: JSONObject) throws {
    try Files.createDirectory(Paths.parent(rollout))
    let line: JSONValue = [
      "timestamp": .string(Timestamp.now().iso8601), "type": .string(type), "payload": .object(payload),
    ]
    try Files.append(CanonicalJSON.line(line) + [0x0A], to: rollout)
  }

  private func hook(_ event: String, _ members: JSONObject) throws {
    let settings = try Files.readIfPresent(home + "/.codex/hooks.json").map { try JSONValue(parsing: $0) }
    var payload: JSONObject = [
      "session_id": .string(session), "transcript_path": namesTranscript ? .string(rollout) : .null,
      "cwd": .string(repository.path),
      "hook_event_name": .string(event), "model": "gpt-5-codex", "permission_mode": "default",
    ]
    for member in members.members { payload[member.key] = member.value }
    for group in settings?["hooks"]?[event]?.array ?? [] {
      for command in group["hooks"]?.array ?? [] {
        let result = try repository.run(
          "/bin/sh", ["-c", command["command"]?.string ?? ""],
          input: String(decoding: CanonicalJSON.line(.object(payload)), as: UTF8.self))
        if result.exitCode != 0 { noise += "\(event) exits with \(result.exitCode)\n" }
        noise += result.output + result.errors
      }
    }
  }
}
