public import Basics
public import TraceModel

/// What a session file says.
public struct ParsedSession: Sendable {
  /// Also filled for a rejected session.
  public var record: TraceRecord
  /// Every change of a file, sub-agents and abandoned branches included, in the order of time.
  public var edits: [FileEdit] = []
  /// Lines that could not be read.
  public var problems: [LineProblem] = []
  /// Physical lines, blank ones included, without an unfinished last one.
  public var lineCount = 0
  /// Working directories named in the lines, in order of appearance.
  public var directories: [String] = []
  public var branches: [String] = []
  /// Earliest and latest time of a conversation line.
  public var firstTimestamp: Timestamp?
  public var lastTimestamp: Timestamp?
  /// The session whose history was copied into this one.
  public var forkedFrom: String?
  /// The same, when that history was left out because it has a file of its own.
  public var leftOut: String?
  /// Why the session is not worth a record, or nil.
  public var rejection: SessionRejection?
  /// Where each step stands in its file, by step index.
  public var stepAnchors: [StepAnchor] = []
  /// What to go on from when the file has grown; nil when only the whole file tells.
  public var readingPoint: ReadingPoint?
  /// Answers to calls of steps that were read earlier; only of a part of a file.
  public var lateAnswers: [Observation] = []
  /// What a part of a file adds to the record, where that was asked for; nil when the record has to be made of the whole file.
  public var continuation: RecordContinuation?
}

/// Why a session gets no record.
public enum SessionRejection: String, Sendable, Hashable {
  /// Fewer than two steps, or no tool call.
  case tooSmall = "below parse quality gate"
  /// More than 5 % of the lines can't be read.
  case corrupt = "too many damaged lines"
}

/// A line that could not be read.
public struct LineProblem: Sendable, Hashable {
  /// The sub-agent's file; nil for the session's own.
  public var file: String?
  /// 1-based.
  public var line: Int
  /// Bytes from the start of the file.
  public var offset: Int
  public var message: String

  public init(file: String? = nil, line: Int, offset: Int, message: String) {
    self.file = file
    self.line = line
    self.offset = offset
    self.message = message
  }
}

/// Where a step begins in its transcript.
public struct StepAnchor: Sendable, Hashable {
  public var stepIndex: Int
  public var entryID: String
  public var parentID: String?
  /// 1-based physical line.
  public var line: Int
  /// Bytes from the start of the file.
  public var offset: Int
  /// The sub-agent, nil for the main conversation.
  public var agentID: String?

  public init(
    stepIndex: Int, entryID: String, parentID: String?, line: Int, offset: Int, agentID: String?
  ) {
    self.stepIndex = stepIndex
    self.entryID = entryID
    self.parentID = parentID
    self.line = line
    self.offset = offset
    self.agentID = agentID
  }
}
