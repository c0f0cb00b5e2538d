import Basics
import GitKit
import TestSupport
import Testing

/// A repository, a home with sessions, and the built program.
final class Workspace {
  let repository: TemporaryRepository
  private let binary: String
  private var lines: [String] = []
  private var calls = 0
  /// The session that the lines say they belong to.
  var sessionID = "ignored"
  /// Seconds since 1970 of the next transcript line.
  var clock: Int

  init() throws {
    repository = try TemporaryRepository()
    binary = try #require(BuiltBinary.path, "the executable is built with the tests")
    clock = repository.environment.now - 600
  }

  var home: String { repository.environment.home }
  var sessionDirectory: String {
    home + "/.claude/projects/" + String(repository.path.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }

  // MARK: The program

  func opentraces(_ arguments: String..., at directory: String? = nil, input: String = "") throws -> ShellResult {
    try run(arguments, at: directory, input: input)
  }

  func run(_ arguments: [String], at directory: String? = nil, input: String = "") throws -> ShellResult {
    try repository.run(binary, arguments, at: directory, input: input)
  }

  /// Runs a command with `--json` and expects one document and success.
  func json(_ arguments: String...) throws -> JSONValue {
    let result = try run(arguments + ["--json"])
    try #require(result.exitCode == 0, "\(arguments): \(result.output)\(result.errors)")
    return try JSONValue(parsing: result.output)
  }

  /// Runs a command with `--json` and expects the error envelope.
  func failure(_ arguments: String..., at directory: String? = nil) throws -> (code: String, exit: Int32) {
    let result = try run(arguments + ["--json"], at: directory)
    let error = try JSONValue(parsing: result.output)["error"]
    try #require(error?.object?.keys == ["code", "kind", "message", "hint", "retryable"], "\(result.output)")
    #expect(result.errors.isEmpty, "nothing but the document under --json")
    return (try #require(error?["code"]?.string), result.exitCode)
  }

  // MARK: Sessions

  private func stamp() -> String {
    clock += 1
    return Timestamp(seconds: clock).iso8601
  }

  private func line(_ type: String, _ members: JSONObject) {
    let number = lines.count
    var object: JSONObject = [
      "type": .string(type), "uuid": .string("u\(number)"),
      "parentUuid": number == 0 ? .null : .string("u\(number - 1)"),
      "timestamp": .string(stamp()), "cwd": .string(repository.path), "sessionId": .string(sessionID),
      "version": "2.0.0",
      "gitBranch": "main", "isSidechain": false, "userType": "external",
    ]
    for member in members.members { object[member.key] = member.value }
    lines.append(String(decoding: CanonicalJSON.line(.object(object)), as: UTF8.self))
  }

  func prompt(_ text: String) { line("user", ["message": ["role": "user", "content": .string(text)]]) }

  /// An Edit call that replaces the whole text of a file, which the worktree gets as well.
  func edit(_ path: String, from old: String, to new: String) throws {
    calls += 1
    let id = "toolu_\(calls)"
    let file = repository.path + "/" + path
    line(
      "assistant",
      [
        "requestId": .string("r\(calls)"),
        "message": [
          "id": .string("m\(calls)"), "role": "assistant", "model": "claude-opus-4-5",
          "content": [
            [
              "type": "tool_use", "id": .string(id), "name": "Edit",
              "input": ["file_path": .string(file), "old_string": .string(old), "new_string": .string(new)],
            ]
          ],
          "usage": ["input_tokens": 10, "output_tokens": 20],
        ],
      ])
    let patch = ["-", "+"].map { sign in
      (sign == "-" ? old : new).split(separator: "\n").map { JSONValue.string(sign + $0) }
    }
    line(
      "user",
      [
        "message": [
          "role": "user", "content": [["type": "tool_result", "tool_use_id": .string(id), "content": "ok"]],
        ],
        "toolUseResult": [
          "filePath": .string(file), "oldString": .string(old), "newString": .string(new),
          "originalFile": .string(old), "replaceAll": false, "userModified": false,
          "structuredPatch": [
            [
              "oldStart": 1, "oldLines": .int(patch[0].count), "newStart": 1, "newLines": .int(patch[1].count),
              "lines": .array(patch[0] + patch[1]),
            ]
          ],
        ],
      ])
    try repository.write(path, new)
  }

  /// A line of the agent.
  private func answer(_ content: JSONValue) {
    line(
      "assistant",
      [
        "requestId": .string("r\(lines.count)"),
        "message": [
          "id": .string("m\(lines.count)"), "role": "assistant", "model": "claude-opus-4-5", "content": [content],
          "usage": ["input_tokens": 10, "output_tokens": 20],
        ],
      ])
  }

  /// What the agent says.
  func say(_ text: String) { answer(["type": "text", "text": .string(text)]) }

  /// A Bash call and its output.
  func shell(_ command: String, prints output: String) {
    calls += 1
    let id = JSONValue.string("toolu_\(calls)")
    answer(["type": "tool_use", "id": id, "name": "Bash", "input": ["command": .string(command)]])
    line(
      "user",
      [
        "message": [
          "role": "user", "content": [["type": "tool_result", "tool_use_id": id, "content": .string(output)]],
        ]
      ])
  }

  /// Writes the lines so far as a session file.
  @discardableResult
  func save(_ session: String, extra: String = "") throws -> String {
    let path = sessionDirectory + "/" + session + ".jsonl"
    try Files.createDirectory(sessionDirectory)
    try Files.writeAtomically(Array((lines.joined(separator: "\n") + "\n" + extra).utf8), to: path)
    return path
  }

  func beginSession() { lines = [] }
}

extension Workspace {
  /// Commits everything now: hooks tell the real time, and a commit must not come before what it holds.
  func commitNow(_ message: String) throws {
    repository.environment.now = Timestamp.now().seconds + 1
    try repository.git("add", "-A")
    try repository.git("commit", "-q", "-m", message)
  }

  /// What blame says of each line of a file of HEAD.
  func consistency(_ path: String) throws -> [String] {
    let blame = try json("trail", "blame", "commit", "HEAD", path, "--lines")
    return (blame["files"]?[path]?["lines"]?.array ?? []).map { $0["consistency"]?.string ?? "" }
  }

  /// The evidence that HEAD has of traces.
  func evidence() throws -> [JSONValue] {
    try json("trail", "blame", "commit", "HEAD")["trailEvidence"]?.array ?? []
  }
}

/// Texts for sessions to write.
enum Sample {
  static let before = "# orders\n"
  static let after = """
    # orders
    def total(items, tax_rate=0.2):
        subtotal = sum(item.price * item.quantity for item in items)
        return round(subtotal * (1 + tax_rate), 2)

    """
}
