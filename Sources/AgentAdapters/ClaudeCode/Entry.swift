internal import Basics
internal import TraceModel

/// A line of a transcript that takes part in the tree of its conversation.
struct Entry {
  enum Kind {
    /// Carries nothing but its place between other lines.
    case link
    /// The start of a new conversation inside the file: its missing parent is the line before it.
    case boundary
    case user(UserLine)
    case assistant(AssistantLine)
  }

  var id: String
  var parent: String?
  /// The parent across a compaction.
  var logicalParent: String?
  var sessionID: String?
  /// 1-based.
  var line: Int
  var offset: Int
  var time: Timestamp?
  var directory: String?
  var kind: Kind
}

/// A prompt, or answers of tools.
struct UserLine {
  var text: String?
  var mediaTypes: [String] = []
  var isMeta = false
  var isCompactSummary = false
  /// Whether the content was a list of blocks.
  var hasBlocks = false
  var resultIDs: [String] = []
}

/// One fragment of an answer: a response is written as one line per block.
struct AssistantLine {
  enum Block {
    case text(String)
    /// Empty text with a signature stands for thinking that is not shown.
    case thinking(String)
    case hiddenThinking
    case call(ToolCall)
    /// The answer of a tool that ran on the server.
    case serverResult(callID: String, content: String?)
  }

  /// Equal for all fragments of one response; nil when the line stands alone.
  var responseKey: String?
  var model: String?
  var blocks: [Block] = []
  var usage: Usage?
  var stopReason: String?
  var isError = false
  var isMeta = false
}

/// Tokens of one response.
struct Usage: Equatable {
  var input = 0
  var output = 0
  var cacheRead = 0
  /// Cache writes that live five minutes, and those that live an hour.
  var cacheWrite5m = 0
  var cacheWrite1h = 0

  var cacheWrite: Int { cacheWrite5m + cacheWrite1h }

  /// Takes the greater count of each kind: early fragments of a response carry partial counts.
  mutating func raise(to other: Usage) {
    input = max(input, other.input)
    output = max(output, other.output)
    cacheRead = max(cacheRead, other.cacheRead)
    cacheWrite5m = max(cacheWrite5m, other.cacheWrite5m)
    cacheWrite1h = max(cacheWrite1h, other.cacheWrite1h)
  }

  mutating func add(_ other: Usage) {
    input += other.input
    output += other.output
    cacheRead += other.cacheRead
    cacheWrite5m += other.cacheWrite5m
    cacheWrite1h += other.cacheWrite1h
  }
}

/// What a tool answered.
struct ToolResult {
  /// At most 10,000 Unicode scalars.
  var content: String?
  var isError = false
  var exitCode: Int?
  var isInterrupted = false
  var durationMS: Int?
  /// The sub-agent that did the work.
  var agentID: String?
  /// Files a search found.
  var matchedFiles: [String] = []
  var change: RecordedChange?
  var time: Timestamp?
  var line: Int

  /// The error word of an observation: nil for success.
  var error: String? {
    if isError { return "tool_error" }
    if let exitCode, exitCode != 0 { return "exit_code:\(exitCode)" }
    return isInterrupted ? "interrupted" : nil
  }
}

/// The change of a file as the tool's result tells it.
struct RecordedChange {
  var path: String
  var before: FileContent
  var after = FileContent.unknown
  var hunks: [EditHunk]
  var userModified: Bool
  /// The text of a created file, or a notebook's new text.
  var newText: String?
  /// The notebook's text before.
  var oldText: String?
}
