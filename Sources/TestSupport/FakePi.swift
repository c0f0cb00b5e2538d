public import Basics
internal import GitKit

/// Plays a session of Pi in a repository: hands the events to the bridge that the package hands to it, changes the
/// worktree in between, and writes the session file.
public final class FakePi {
  public let repository: TemporaryRepository
  public let session: String
  /// Answers of the bridge that were none, or told of an error.
  public private(set) var noise = ""
  /// The answers, oldest first.
  public private(set) var answers: [JSONValue] = []
  public private(set) var leaf: String?
  private let binary: String
  private var calls = 0
  private var entries = 0
  private var sequence = 0

  /// - Parameter binary: the program whose bridge takes the events.
  public init(_ repository: TemporaryRepository, session: String, binary: String) {
    self.repository = repository
    self.session = session
    self.binary = binary
  }

  public var file: String {
    let name = repository.path.dropFirst().replacing("/", with: "-")
    return "\(repository.environment.home)/.pi/agent/sessions/--\(name)--/2026-01-02T03-04-05-000Z_\(session).jsonl"
  }

  // MARK: The session

  public func start() throws {
    try append([
      "type": "session", "version": 3, "id": .string(session), "timestamp": now, "cwd": .string(repository.path),
    ])
    try event("session_start", data: ["reason": "startup", "tools": ["read", "bash", "edit", "write"]])
  }

  public func prompt(_ text: String) throws {
    try entry([
      "type": "message", "message": ["role": "user", "content": [["type": "text", "text": .string(text)]]],
    ])
    try event("agent_start")
  }

  /// Ends the turn.
  public func stop() throws {
    try event("active_leaf", members: ["leaf_id": .optional(leaf)])
    try event("agent_end")
  }

  public func shutDown() throws { try event("session_shutdown", members: ["final": true]) }

  public func compact() throws {
    let kept = leaf
    try entry(["type": "compaction", "summary": "so far", "firstKeptEntryId": .optional(kept), "tokensBefore": 1000])
    try event("compaction", data: ["tokens_before": 1000])
  }

  /// Goes back to an earlier entry, from which the conversation goes on.
  public func navigate(to entry: String?) throws {
    let old = leaf
    leaf = entry
    try event(
      "tree", members: ["leaf_id": .optional(entry)],
      data: ["old_leaf_id": .optional(old), "new_leaf_id": .optional(entry)])
  }

  // MARK: Tools

  public func edit(_ path: String, _ old: String, _ new: String) throws {
    try call("edit", ["path": .string(path), "oldText": .string(old), "newText": .string(new)]) {
      let before = try Files.readText(repository.path + "/" + path) ?? ""
      try repository.write(path, before.replacing(old, with: new))
      return "Edited \(path)"
    }
  }

  public func write(_ path: String, _ text: String) throws {
    try call("write", ["path": .string(path), "content": .string(text)]) {
      try repository.write(path, text)
      return "Wrote \(path)"
    }
  }

  public func read(_ path: String) throws {
    try call("read", ["path": .string(path)]) { try Files.readText(repository.path + "/" + path) ?? "" }
  }

  public func bash(_ command: String) throws {
    try call("bash", ["command": .string(command)]) { try repository.run("/bin/sh", ["-c", command]).output }
  }

  /// A command that the person types into the agent.
  public func userBash(_ command: String) throws {
    try event("user_bash", data: ["command": .string(command)])
    let result = try repository.run("/bin/sh", ["-c", command])
    try entry([
      "type": "message",
      "message": [
        "role": "bashExecution", "command": .string(command), "output": .string(result.output),
        "exitCode": .int(Int(result.exitCode)), "cancelled": false, "truncated": false,
      ],
    ])
  }

  private func call(_ tool: String, _ input: JSONObject, _ body: () throws -> String) throws {
    calls += 1
    let id = "call_\(session.suffix(4))_\(calls)"
    try entry([
      "type": "message",
      "message": [
        "role": "assistant", "provider": "anthropic", "model": "claude-sonnet-4-5", "stopReason": "toolUse",
        "content": [["type": "toolCall", "id": .string(id), "name": .string(tool), "arguments": .object(input)]],
        "usage": ["input": 10, "output": 20, "cacheRead": 0, "cacheWrite": 0, "cost": ["total": 0.001]],
      ],
    ])
    let kept = JSONObject(
      input.members.filter { ["path", "file_path", "command"].contains($0.key) }.map { ($0.key, $0.value) })
    let data: JSONObject = ["tool_name": .string(tool), "input": .object(kept)]
    try event("tool_pre", members: ["tool_call_id": .string(id)], data: data)
    let answer = try body()
    var done = data
    done["is_error"] = false
    try event("tool_post", members: ["tool_call_id": .string(id)], data: done)
    try entry([
      "type": "message",
      "message": [
        "role": "toolResult", "toolCallId": .string(id), "toolName": .string(tool), "isError": false,
        "content": [["type": "text", "text": .string(answer)]],
      ],
    ])
  }

  // MARK: Files and events

  private var now: JSONValue { .string(Timestamp.now().iso8601) }

  private func entry(_ members: JSONObject) throws {
    entries += 1
    let id = "e" + String(repeating: "0", count: 7 - String(entries).count) + String(entries)
    var object = members
    object["id"] = .string(id)
    object["parentId"] = .optional(leaf)
    object["timestamp"] = now
    leaf = id
    try append(object)
  }

  private func append(_ object: JSONObject) throws {
    try Files.createDirectory(Paths.parent(file))
    try Files.append(CanonicalJSON.line(.object(object)) + [0x0A], to: file)
  }

  /// Hands an event to the bridge, as the package does.
  public func event(_ name: String, members: JSONObject = [:], data: JSONObject = [:]) throws {
    sequence += 1
    var object: JSONObject = [
      "event": .string(name), "session_id": .string(session), "cwd": .string(repository.path),
      "sequence": .int(sequence), "session_file": .string(file), "timestamp": now, "data": .object(data),
    ]
    for member in members.members { object[member.key] = member.value }
    let result = try repository.run(
      binary, ["_pi-bridge"], input: String(decoding: CanonicalJSON.line(.object(object)), as: UTF8.self))
    noise += result.errors
    // What can't be read shows in the noise.
    let answer = try? JSONValue(parsing: result.output)
    if let answer { answers.append(answer) }
    if result.exitCode != 0 || answer?["ok"] != true { noise += "\(name): \(result.output)\n" }
  }
}
