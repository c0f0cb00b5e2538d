internal import Basics
internal import TraceModel

/// Reads the messages of a session.
enum PiMessageReader {
  static func kind(_ message: JSONView, line: Int, time: Timestamp?) -> PiEntry.Kind {
    switch message.text("role") {
    case "user": .user(prompt(message["content"]))
    case "assistant": .assistant(answer(message))
    case "toolResult": result(message, line: line, time: time)
    case "bashExecution": shell(message)
    case "custom", "hookMessage": injected(message)
    default: .link
    }
  }

  /// A text that an extension added, unless it is hidden from the user.
  static func injected(_ view: JSONView) -> PiEntry.Kind {
    view["display"]?.bool == false ? .link : .injected(prompt(view["content"]))
  }

  /// Milliseconds since 1970.
  static func time(_ message: JSONView?) -> Timestamp? {
    guard let milliseconds = message?["timestamp"]?.int, (0...1 << 48).contains(milliseconds) else { return nil }
    return Timestamp(microseconds: milliseconds * 1000)
  }

  /// `provider/model`
  static func model(provider: String?, name: String?) -> String? {
    guard let name, !name.isEmpty else { return nil }
    return provider.map { $0 + "/" + name } ?? name
  }

  private static func prompt(_ content: JSONView?) -> PiPrompt {
    var prompt = PiPrompt()
    guard let content else { return prompt }
    if content.kind == .string {
      prompt.text = content.string.flatMap { $0.isEmpty ? nil : $0 }
      return prompt
    }
    var texts: [String] = []
    for block in content.elements {
      if block["type"]?.equals("text") ?? false {
        if let text = block.nonEmpty("text") { texts.append(text) }
      } else if block["type"]?.equals("image") ?? false {
        prompt.mediaTypes.append(block.text("mimeType") ?? "image")
      }
    }
    prompt.text = texts.isEmpty ? nil : texts.joined(separator: "\n")
    return prompt
  }

  private static func answer(_ message: JSONView) -> PiAnswer {
    var answer = PiAnswer()
    answer.model = model(provider: message.nonEmpty("provider"), name: message.nonEmpty("model"))
    answer.stopReason = message.text("stopReason")
    answer.errorMessage = message.nonEmpty("errorMessage")
    if let usage = message["usage"] { answer.spending = spending(usage) }
    guard let content = message["content"] else { return answer }
    if let text = content.string, !text.isEmpty { answer.texts.append(text) }
    for block in content.elements { add(block, to: &answer) }
    return answer
  }

  private static func add(_ block: JSONView, to answer: inout PiAnswer) {
    switch block.text("type") {
    case "text":
      if let text = block.nonEmpty("text") { answer.texts.append(text) }
    case "thinking":
      if let text = block.nonEmpty("thinking") {
        answer.thoughts.append(text)
      } else if block.nonEmpty("thinkingSignature") != nil {
        answer.thoughts.append(hiddenThinking)
      }
    case "toolCall":
      if let call = call(block) { answer.calls.append(call) }
    default: break
    }
  }

  private static let hiddenThinking = "[redacted: the thinking of this step is not in the session file]"

  private static func call(_ block: JSONView) -> ToolCall? {
    guard let id = block.text("id"), let name = block.text("name") else { return nil }
    var call = ToolCall(toolCallID: id, toolName: name)
    call.input = block["arguments"]?.owned().object ?? [:]
    return call
  }

  private static func spending(_ view: JSONView) -> PiSpending {
    var spending = PiSpending()
    spending.usage.input = count(view["input"])
    spending.usage.output = count(view["output"])
    spending.usage.cacheRead = count(view["cacheRead"])
    spending.usage.cacheWrite5m = count(view["cacheWrite"])
    spending.cost = view["cost"]?["total"]?.double.flatMap { (0...1e9).contains($0) ? $0 : nil }
    return spending
  }

  /// A number of tokens; sums of such numbers do not overflow.
  private static func count(_ view: JSONView?) -> Int {
    view?.int.map { min(max($0, 0), 1 << 40) } ?? 0
  }

  private static func result(_ message: JSONView, line: Int, time: Timestamp?) -> PiEntry.Kind {
    guard let id = message.text("toolCallId") else { return .link }
    var answer = ToolResult(line: line)
    answer.content = ToolResultReader.content(message["content"])
    answer.isError = message.flag("isError")
    answer.time = time
    var result = PiResult(callID: id, answer: answer)
    result.diff = message["details"]?.nonEmpty("diff")
    result.patch = message["details"]?.nonEmpty("patch")
    return .result(result)
  }

  private static func shell(_ message: JSONView) -> PiEntry.Kind {
    .shell(
      PiShellRun(
        command: message.text("command") ?? "", output: message.text("output"), exitCode: message["exitCode"]?.int,
        isCancelled: message.flag("cancelled")))
  }
}
