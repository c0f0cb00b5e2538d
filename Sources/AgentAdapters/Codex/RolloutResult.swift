internal import Basics
internal import TraceModel

/// What a call answered, from its output and from the event beside it.
enum RolloutResult {
  private static let summaryLimit = 500

  /// Nil when neither tells that the call ended.
  static func result(_ output: ToolResult?, _ details: CallDetails?) -> ToolResult? {
    guard let details else { return output }
    var result = output ?? ToolResult(line: details.line)
    result.time = result.time ?? details.time
    result.exitCode = details.exitCode ?? result.exitCode
    result.durationMS = details.durationMS ?? result.durationMS
    result.isError = result.isError || details.isFailed || details.success == false
    return result
  }

  static func observation(_ callID: String, _ result: ToolResult?) -> Observation {
    var observation = Observation(callID, result)
    observation.outputSummary = result?.content.map(summary)
    return observation
  }

  /// The beginning of an output in one line.
  private static func summary(_ text: String) -> String {
    let head = TextLines.cut(text, to: summaryLimit * 2)
    let line = String(head.map { $0.isNewline ? " " : $0 })
    let start = line.drop(while: \.isWhitespace)
    let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
    return TextLines.cut(String(start[..<end]), to: summaryLimit)
  }

  /// The session of the sub-agent that a call started.
  static func childSession(_ call: ToolCall, _ result: ToolResult?, _ details: CallDetails?) -> String? {
    if let session = details?.childSession { return session }
    guard call.toolName.hasSuffix("spawn_agent"), let text = result?.content, let value = try? JSONValue(parsing: text)
    else { return nil }
    return value["agent_id"]?.string ?? value["thread_id"]?.string
  }
}

/// Names of models.
enum RolloutModel {
  /// `provider/model`. Sessions that name no provider used OpenAI's when the model is theirs.
  static func qualified(_ model: String, provider: String?) -> String {
    if model.contains("/") { return model }
    if let provider { return provider + "/" + model }
    let isOwn = ["gpt-", "o1", "o3", "o4", "codex-"].contains { model.hasPrefix($0) }
    return isOwn ? "openai/" + model : model
  }
}
