internal import Basics
internal import TraceModel

/// A step before it has its number.
struct Draft {
  var step: Step
  var entryID: String
  var parentID: String?
  var line: Int
  var offset: Int
  var time: Timestamp?
  var agentID: String?
  var usage = Usage()
  /// Priced by the model that answered; false for messages the agent made up after an error.
  var isError = false
  var isInterruption = false
  /// Text a user typed.
  var isPrompt = false
  /// The step that started the sub-agent this one belongs to, as an index into the same list.
  var dispatcher: Int?
}

/// A tool call with its place.
struct CallSite {
  var call: ToolCall
  var line: Int
  var time: Timestamp?
  var directory: String?
  var agentID: String?
  var agentRole: String?
  var isActive: Bool
}
