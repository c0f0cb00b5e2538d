public import Basics

/// What happens in one place of a session.
public enum ActionType: String, Sendable, CaseIterable {
  case userInstruction = "user_instruction"
  case agentMessage = "agent_message"
  case agentPlan = "agent_plan"
  case finalResponse = "final_response"
  case fileEdit = "file_edit"
  case fileRead = "file_read"
  case testRun = "test_run"
  case subagentCall = "subagent_call"
  case skillInvocation = "skill_invocation"
  case toolCall = "tool_call"
  case toolResult = "tool_result"
  case errorSignal = "error_signal"
  case patchCreated = "patch_created"
  case gitAnchor = "git_anchor"
  case changeBurst = "change_burst"

  /// Whether a walk stops to look at it.
  var isMeaningful: Bool { self != .toolCall && self != .toolResult }
}

/// One node of a session's map.
public struct MapNode: Sendable {
  public let id: String
  public let unitID: String
  public let type: ActionType
  public let startStep: Int
  public let endStep: Int
  public var toolName: String?
  /// Inside the repository where they lie in it.
  public var filesRead: [String] = []
  public var filesModified: [String] = []
  public var anchorRefs: [String] = []
  public var signalRefs: [String] = []
  /// Whole; shown cut and without secrets.
  public var text: String
  public var metadata: JSONObject = [:]
  /// The step of the latest prompt at or before the node.
  public var activeUserStep: Int?

  public var step: Int { startStep }

  /// A change burst as one node.
  public init(burst number: Int, traceID: String, steps: ClosedRange<Int>, text: String, metadata: JSONObject) {
    self.init(
      id: "tmn:\(traceID):burst:\(number)", unitID: "tu:\(traceID):burst:\(number)", type: .changeBurst,
      step: steps.lowerBound, endStep: steps.upperBound, text: text)
    self.metadata = metadata
  }

  init(id: String, unitID: String, type: ActionType, step: Int, endStep: Int? = nil, text: String) {
    self.id = id
    self.unitID = unitID
    self.type = type
    startStep = step
    self.endStep = endStep ?? step
    self.text = text
  }
}
