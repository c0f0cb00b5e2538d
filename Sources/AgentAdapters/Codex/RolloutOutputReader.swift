internal import Basics
internal import TraceModel

/// Reads what tools answered.
enum RolloutOutputReader {
  static func result(_ item: JSONView, _ place: RolloutPlace) -> ToolResult {
    var result = ToolResult(line: place.line)
    result.time = place.time
    read(item["output"] ?? item["tools"], into: &result)
    if item["success"]?.bool == false || item["status"]?.equals("failed") ?? false { result.isError = true }
    return result
  }

  private static func read(_ output: JSONView?, into result: inout ToolResult) {
    guard let output else { return }
    switch output.kind {
    case .string: if let text = output.string { read(text, into: &result) }
    case .array: setText(items(output), in: &result)
    case .object: read(output.owned(), into: &result)
    case .null: break
    default: setText(output.string, in: &result)
    }
  }

  /// The texts of a list of content items, one per line.
  private static func items(_ list: JSONView) -> String? {
    let texts = list.elements.compactMap { $0.string ?? $0.text("text") ?? $0.text("name") }
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }

  /// A text: a JSON object with the output inside, or the output with or without a header.
  private static func read(_ text: String, into result: inout ToolResult) {
    if text.utf8.starts(with: "{\"".utf8), let value = try? JSONValue(parsing: text), isWrapper(value) {
      return read(value, into: &result)
    }
    setText(text, in: &result)
    readHeader(text, into: &result)
    if failures.contains(where: { text.utf8.starts(with: $0.utf8) }) { result.isError = true }
    if text == "aborted" || text.utf8.starts(with: "aborted by user".utf8) { result.isInterrupted = true }
  }

  private static func isWrapper(_ value: JSONValue) -> Bool {
    value["output"]?.string != nil && value["metadata"]?.object != nil
      || value["content"] != nil && value["success"]?.bool != nil
  }

  private static func read(_ value: JSONValue, into result: inout ToolResult) {
    let metadata = value["metadata"]
    let inner = value["output"] ?? value["content"]
    if let text = inner?.string {
      setText(text, in: &result)
      readHeader(text, into: &result)
    } else if let parts = inner?.array {
      setText(parts.compactMap { $0.string ?? $0["text"]?.string }.joined(separator: "\n"), in: &result)
    } else {
      setText(String(decoding: CanonicalJSON.encode(value), as: UTF8.self), in: &result)
    }
    if let code = metadata?["exit_code"]?.int { result.exitCode = code }
    if let seconds = metadata?["duration_seconds"]?.double { result.durationMS = milliseconds(seconds) }
    if value["success"]?.bool == false { result.isError = true }
  }

  private static func setText(_ text: String?, in result: inout ToolResult) {
    result.content = text.map { TextLines.cut($0, to: ToolResultReader.contentLimit) }
  }

  /// Milliseconds; nil for what is no duration.
  static func milliseconds(_ seconds: Double) -> Int? {
    seconds >= 0 && seconds < 1e12 ? Int((seconds * 1000).rounded()) : nil
  }

  /// Openings of the answers to calls that were not carried out.
  private static let failures = [
    "apply_patch verification failed", "failed to parse function arguments", "unsupported call", "exec_command failed",
    "write_stdin failed", "execution error", "exec command rejected", "patch rejected", "rejected by user",
    "failed in sandbox", "Script failed",
  ]

  /// The lines before the output itself: at most these many.
  private static let headerLimit = 8

  private static func readHeader(_ text: String, into result: inout ToolResult) {
    for line in text.utf8.prefix(2000).split(separator: 0x0A, maxSplits: headerLimit).prefix(headerLimit) {
      let line = Substring(line)
      if line == "Output:" { return }
      if let code = number(line, after: "Process exited with code ") ?? number(line, after: "Exit code: ") {
        result.exitCode = Int(code)
      } else if let seconds = number(line, after: "Wall time: ").flatMap({ Double($0) }) {
        result.durationMS = milliseconds(seconds)
      }
    }
  }

  private static func number(_ line: Substring, after label: String) -> Substring? {
    guard line.utf8.starts(with: label.utf8) else { return nil }
    return line.dropFirst(label.count).prefix { "-.0123456789".contains($0) }
  }
}
