internal import Basics
internal import TraceModel

/// Finds the skills that were called: by a slash command whose body follows, or by the `Skill` tool.
struct SkillFinder {
  private struct Command {
    var name: String
    var message: String?
    var arguments: String?
    var entry: Entry
  }

  private var pending: Command?
  private(set) var invocations: [JSONValue] = []
  /// Whether there is a body without the command before it.
  private(set) var hasStrayBody = false
  /// The arguments of the first call that has some.
  private(set) var firstArguments: String?

  static func find(in entries: [Entry]) -> SkillFinder {
    var finder = SkillFinder()
    for entry in entries { finder.read(entry) }
    return finder
  }

  private mutating func read(_ entry: Entry) {
    switch entry.kind {
    case .user(let line):
      if let text = line.text { read(text, entry) }
    case .assistant(let line):
      for call in line.calls where call.toolName == "Skill" { note(call, entry) }
    case .link, .boundary: break
    }
  }

  private mutating func read(_ text: String, _ entry: Entry) {
    if let name = TextSearch.between("<command-name>", "</command-name>", in: text) {
      pending = Command(
        name: name.hasPrefix("/") ? String(name.dropFirst()) : name,
        message: TextSearch.between("<command-message>", "</command-message>", in: text),
        arguments: TextSearch.between("<command-args>", "</command-args>", in: text), entry: entry)
      return
    }
    let opening = "Base directory for this skill:"
    guard text.hasPrefix(opening) else { return }
    guard let command = pending else { return hasStrayBody = true }
    let path = text.dropFirst(opening.count).prefix { $0 != "\n" }.filter { $0 != "\r" }
    let trimmed = path.drop { $0 == " " }
    guard trimmed.split(separator: "/").last.map({ String($0) }) == command.name else { return }
    note(command, body: entry)
    pending = nil
  }

  private mutating func note(_ command: Command, body: Entry) {
    invocations.append([
      "name": .string(command.name), "source": "claude_slash_command",
      "timestamp": .optional(body.time?.iso8601), "body_uuid": .string(body.id),
      "body_line_no": .int(body.line), "command_name": .string("/" + command.name),
      "command_message": .optional(command.message), "args": .optional(command.arguments),
      "command_uuid": .string(command.entry.id), "command_line_no": .int(command.entry.line),
    ])
    if firstArguments == nil, let arguments = command.arguments, !arguments.isEmpty {
      firstArguments = arguments
    }
  }

  private mutating func note(_ call: ToolCall, _ entry: Entry) {
    guard let name = (call.input["skill"] ?? call.input["command"])?.string else { return }
    invocations.append([
      "name": .string(name), "source": "claude_skill_tool",
      "timestamp": .optional(entry.time?.iso8601), "tool_call_id": .string(call.toolCallID),
      "args": .optional(call.input["args"]?.string), "line_no": .int(entry.line),
    ])
  }
}
