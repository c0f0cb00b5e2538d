internal import Basics
internal import TraceModel

/// Puts the steps of sub-agents directly after the steps that started them.
struct SubagentWeaver {
  private let results: [String: ToolResult]
  private var streams: [AgentStream]
  private var isPlaced: [Bool]
  private(set) var drafts: [Draft] = []
  /// The role of each sub-agent that was placed, by its id.
  private(set) var roles: [String: String] = [:]

  private static let depthLimit = 10

  init(streams: [AgentStream], results: [String: ToolResult]) {
    self.streams = streams
    self.results = results
    isPlaced = Array(repeating: false, count: streams.count)
  }

  /// The sub-agents that no call of a placed step started.
  var unplaced: [AgentStream] { streams.indices.filter { !isPlaced[$0] }.map { streams[$0] } }

  mutating func weave(_ main: [Draft]) {
    append(main, dispatcher: nil, depth: 0)
  }

  private mutating func append(_ steps: [Draft], dispatcher: Int?, depth: Int) {
    for var draft in steps {
      draft.dispatcher = dispatcher
      let place = drafts.count
      drafts.append(draft)
      guard depth < Self.depthLimit else { continue }
      for call in draft.step.toolCalls where Self.startsAgent(call) {
        appendAgents(startedBy: call, at: place, depth: depth)
      }
    }
  }

  static func startsAgent(_ call: ToolCall) -> Bool {
    call.toolName == "Task" || call.toolName == "Agent"
  }

  private mutating func appendAgents(startedBy call: ToolCall, at place: Int, depth: Int) {
    for index in matches(call) {
      isPlaced[index] = true
      let stream = streams[index]
      let role = Self.role(stream.agentType ?? call.input["subagent_type"]?.string)
      roles[stream.agentID] = role
      drafts[place].step.subagentTrajectoryRef = stream.fileStem ?? "agent-\(stream.agentID)"
      let steps = StepBuilder.drafts(
        ResponseMerger.merge(stream.entries), results: results, agentID: stream.agentID,
        agentRole: role)
      append(steps, dispatcher: place, depth: depth + 1)
    }
  }

  /// Streams that a call certainly started: they name the call, its result names them, or the
  /// first prompt or the description is the same and only one stream has it.
  private func matches(_ call: ToolCall) -> [Int] {
    let open = streams.indices.filter { !isPlaced[$0] }
    let agent = results[call.toolCallID]?.agentID
    let certain = open.filter {
      streams[$0].callID == call.toolCallID || agent != nil && streams[$0].agentID == agent
    }
    if !certain.isEmpty { return certain }
    let similar = open.filter { streams[$0].callID == nil && isSameTask(streams[$0], call) }
    return similar.count == 1 ? similar : []
  }

  private func isSameTask(_ stream: AgentStream, _ call: ToolCall) -> Bool {
    if let description = stream.description {
      return description == call.input["description"]?.string
    }
    guard case .user(let first)? = stream.entries.first?.kind else { return false }
    return first.text != nil && first.text == call.input["prompt"]?.string
  }

  private static func role(_ type: String?) -> String {
    switch type {
    case "general-purpose", nil: "general"
    case let type?: type.lowercased()
    }
  }
}
