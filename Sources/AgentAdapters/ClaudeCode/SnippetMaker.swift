internal import Basics
internal import TraceModel

/// The pieces of files that a successful call read or wrote.
enum SnippetMaker {
  private static let textLimit = 5000

  static func snippets(of call: ToolCall, result: ToolResult) -> [Snippet] {
    if call.toolName == "Grep" { return result.matchedFiles.map { snippet($0, nil, from: nil) } }
    guard let path = call.input["file_path"]?.string else { return [] }
    switch call.toolName {
    case "Read": return [snippet(path, result.content, from: readStart(call))]
    case "Edit": return [snippet(path, call.input["new_string"]?.string, from: nil)]
    case "Write": return [snippet(path, call.input["content"]?.string, from: 1)]
    default: return []
    }
  }

  private static func readStart(_ call: ToolCall) -> Int? {
    guard let offset = call.input["offset"] else { return 1 }
    return offset.int.flatMap { $0 > 0 ? $0 : nil }
  }

  private static func snippet(_ path: String, _ text: String?, from start: Int?) -> Snippet {
    var snippet = Snippet(filePath: path)
    snippet.language = Languages.name(forPath: path)
    snippet.text = text.map { TextLines.cut($0, to: textLimit) }
    if let start, let text {
      snippet.startLine = start
      snippet.endLine = start + max(1, lineCount(text)) - 1
    }
    return snippet
  }

  private static func lineCount(_ text: String) -> Int {
    TextLines.feedCount(text) + (text.utf8.last == 0x0A ? 0 : 1)
  }
}
