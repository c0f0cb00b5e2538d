internal import Basics
internal import TraceModel

extension JSONView {
  /// The string of a member.
  func text(_ key: StaticString) -> String? { self[key]?.string }

  /// The string of a member, nil when it is empty.
  func nonEmpty(_ key: StaticString) -> String? {
    guard let text = text(key), !text.isEmpty else { return nil }
    return text
  }

  func flag(_ key: StaticString) -> Bool { self[key]?.bool ?? false }

  func time(_ key: StaticString = "timestamp") -> Timestamp? { text(key).flatMap { Timestamp($0) } }
}

/// Reads the two kinds of messages. The shapes are the same in main lines, in the lines of
/// sub-agents, and in the messages that progress lines carry.
enum MessageReader {
  static func user(_ line: JSONView, message: JSONView) -> UserLine {
    var user = UserLine()
    user.isMeta = line.flag("isMeta")
    user.isCompactSummary = line.flag("isCompactSummary")
    guard let content = message["content"] else { return user }
    if content.kind == .string {
      user.text = content.string
      return user
    }
    user.hasBlocks = true
    var texts: [String] = []
    for block in content.elements {
      guard let type = block["type"] else { continue }
      if type.equals("text") {
        if let text = block.text("text") { texts.append(text) }
      } else if type.equals("tool_result") {
        if let id = block.text("tool_use_id") { user.resultIDs.append(id) }
      } else if type.equals("image") || type.equals("document") {
        user.mediaTypes.append(block["source"]?.text("media_type") ?? type.string ?? "")
      }
    }
    user.text = texts.isEmpty ? nil : texts.joined(separator: "\n")
    return user
  }

  static func assistant(_ line: JSONView, message: JSONView) -> AssistantLine {
    var answer = AssistantLine()
    let response = message.text("id")
    let request = line.text("requestId")
    if response != nil || request != nil {
      answer.responseKey = "\(request ?? "")\0\(response ?? "")"
    }
    let model = message.text("model")
    answer.isError = line.flag("isApiErrorMessage") || model == "<synthetic>"
    answer.model = model == "<synthetic>" ? nil : model.map(Self.qualified)
    answer.isMeta = line.flag("isMeta")
    answer.stopReason = message.text("stop_reason")
    answer.usage = message["usage"].flatMap(usage)
    answer.blocks = blocks(message["content"])
    return answer
  }

  /// `provider/model`
  static func qualified(_ model: String) -> String {
    !model.contains("/") && model.hasPrefix("claude-") ? "anthropic/" + model : model
  }

  private static func usage(_ view: JSONView) -> Usage? {
    guard view.kind == .object else { return nil }
    // No message uses more; sums of such numbers do not overflow.
    func count(_ view: JSONView?) -> Int { min(max(view?.int ?? 0, 0), 1 << 40) }
    var usage = Usage()
    usage.input = count(view["input_tokens"])
    usage.output = count(view["output_tokens"])
    usage.cacheRead = count(view["cache_read_input_tokens"])
    let written = count(view["cache_creation_input_tokens"])
    let hour = count(view["cache_creation"]?["ephemeral_1h_input_tokens"])
    usage.cacheWrite1h = min(hour, written)
    usage.cacheWrite5m = written - usage.cacheWrite1h
    return usage
  }

  private static func blocks(_ content: JSONView?) -> [AssistantLine.Block] {
    guard let content else { return [] }
    if content.kind == .string { return content.string.map { [.text($0)] } ?? [] }
    return content.elements.compactMap(block)
  }

  private static func block(_ view: JSONView) -> AssistantLine.Block? {
    guard let type = view["type"] else { return nil }
    if type.equals("text") { return view.text("text").map { .text($0) } }
    if type.equals("thinking") {
      let text = view.text("thinking") ?? ""
      return text.isEmpty ? .hiddenThinking : .thinking(text)
    }
    if type.equals("redacted_thinking") { return .hiddenThinking }
    if type.equals("tool_use") || type.equals("server_tool_use") { return call(view) }
    guard type.string?.hasSuffix("_tool_result") == true, let id = view.text("tool_use_id") else {
      return nil
    }
    return .serverResult(callID: id, content: ToolResultReader.content(view["content"]))
  }

  private static func call(_ view: JSONView) -> AssistantLine.Block? {
    guard let id = view.text("id"), let name = view.text("name") else { return nil }
    var call = ToolCall(toolCallID: id, toolName: name)
    call.input = view["input"]?.owned().object ?? [:]
    return .call(call)
  }
}
