internal import Basics
internal import TraceModel

/// Reads items of the conversation as they were exchanged with the model.
enum RolloutItemReader {
  /// Whether a line of this type is an item without envelope.
  static func isItem(_ type: String) -> Bool {
    type == "message" || type == "reasoning" || type.hasSuffix("_call") || type.hasSuffix("_output")
  }

  static func message(_ item: JSONView) -> UserMessage {
    guard let content = item["content"] else { return UserMessage(texts: []) }
    if let text = content.string { return UserMessage(texts: [text]) }
    var message = UserMessage(texts: [])
    for block in content.elements {
      if let text = block.text("text") {
        message.texts.append(text)
      } else if let type = block.text("type"), type.contains("image") {
        message.mediaTypes.append(mediaType(block))
      }
    }
    return message
  }

  /// The media type in a data address, else `image`.
  private static func mediaType(_ block: JSONView) -> String {
    guard let url = block["image_url"], url.hasStringPrefix("data:") else { return "image" }
    let type = url.rawText.dropFirst(5).prefix { $0 != 0x3B && $0 != 0x2C && $0 != 0x5C }
    return String(decoding: type.prefix(80), as: UTF8.self)
  }

  /// The text of reasoning: nil inside when only an encrypted form is there, nil when nothing is.
  static func reasoning(_ item: JSONView) -> (text: String?, isHidden: Bool)? {
    let summary = texts(item["summary"], ["summary_text", "text", "output_text", "input_text"])
    let content = texts(item["content"], ["reasoning_text", "text", "output_text"])
    let all = summary + content
    if !all.isEmpty { return (all.joined(separator: "\n"), false) }
    return item.nonEmpty("encrypted_content") == nil ? nil : (nil, true)
  }

  private static func texts(_ list: JSONView?, _ types: Set<String>) -> [String] {
    guard let list else { return [] }
    return list.elements.compactMap { element in
      if let text = element.string { return text }
      guard let type = element.text("type"), types.contains(type) else { return nil }
      return element.nonEmpty("text")
    }
  }

  // MARK: Calls

  /// The call that an item makes; nil for items that make none.
  static func call(_ item: JSONView, type: String, line: Int) -> ToolCall? {
    guard type.hasSuffix("_call") else { return nil }
    let id = item.nonEmpty("call_id") ?? item.nonEmpty("id") ?? "\(type)-\(line)"
    var call = ToolCall(toolCallID: id, toolName: name(item, type))
    switch type {
    case "function_call": call.input = input(item["arguments"], tool: call.toolName)
    case "custom_tool_call": call.input = input(item["input"], tool: call.toolName)
    default: call.input = details(item)
    }
    return call
  }

  /// The tool's name with that of its MCP server; calls without one are named after their type.
  private static func name(_ item: JSONView, _ type: String) -> String {
    guard let name = item.nonEmpty("name") else { return type }
    guard let space = item.nonEmpty("namespace"), space.hasPrefix("mcp__") else { return name }
    return space.hasSuffix("__") ? space + name : space + "__" + name
  }

  /// The arguments of a call: a JSON object inside a string, a patch, or any other text.
  private static func input(_ view: JSONView?, tool: String) -> JSONObject {
    guard let view else { return [:] }
    guard let text = view.string else { return object(view.owned()) }
    if tool == "apply_patch", !text.utf8.starts(with: "{".utf8) { return ["patch": .string(text)] }
    guard let value = try? JSONValue(parsing: text) else {
      // What is no JSON is kept as it is.
      return text.isEmpty ? [:] : ["raw": .string(text)]
    }
    if tool == "apply_patch", let patch = value["input"] { return ["patch": patch] }
    return object(value)
  }

  private static func object(_ value: JSONValue) -> JSONObject {
    value.object ?? (value.isNull ? [:] : ["value": value])
  }

  private static let envelope: Set<String> = ["type", "id", "call_id", "status", "result", "timestamp", "name"]

  /// The members of a call that has no arguments: those of its action stand for themselves. Images
  /// are left out.
  private static func details(_ item: JSONView) -> JSONObject {
    var input: JSONObject = [:]
    for (key, value) in item.members where !envelope.contains(key) && !value.isNull {
      if key == "action", value.kind == .object {
        for (name, part) in value.members { input[name] = part.owned() }
      } else if key == "arguments", let text = value.string {
        input[key] = (try? JSONValue(parsing: text)) ?? .string(text)
      } else {
        input[key] = value.owned()
      }
    }
    return input
  }

  /// Whether calls of this type run on the server: no line with an output follows.
  static func isServed(_ type: String) -> Bool {
    type == "web_search_call" || type == "image_generation_call"
  }

  /// What a tool that ran on the server answered: only whether it did its work. Nil while it has not.
  static func serverResult(_ item: JSONView, _ place: RolloutPlace) -> ToolResult? {
    let status = item.text("status") ?? "completed"
    guard status == "completed" || status == "failed" else { return nil }
    var result = ToolResult(line: place.line)
    result.time = place.time
    result.isError = status == "failed"
    return result
  }
}
