internal import AgentAdapters
internal import TraceModel

/// The tool calls of a session and the steps that made them.
struct SessionCalls {
  private var steps: [String: (step: Int, tool: String)] = [:]
  /// Calls that the user did not let the agent make: what changed until somebody noticed was not theirs.
  private(set) var refused: Set<String> = []
  /// At least 1.
  let lastStep: Int

  private static let refusals = ["The user doesn't want to proceed with this tool use", "[Request interrupted by user"]

  /// - Parameters:
  ///   - open: calls of earlier steps that had no answer.
  ///   - answers: the answers to some of them.
  init(_ steps: [Step], open: [ReadingPoint.OpenCall] = [], answers: [Observation] = []) {
    for call in open { self.steps[call.call.toolCallID] = (call.step ?? 1, call.call.toolName) }
    for step in steps { for call in step.toolCalls { self.steps[call.toolCallID] = (step.stepIndex, call.toolName) } }
    lastStep = max(steps.last?.stepIndex ?? 1, 1)
    for answer in steps.flatMap(\.observations) + answers
    where Self.refusals.contains(where: { answer.content?.hasPrefix($0) ?? false }) {
      refused.insert(answer.sourceCallID)
    }
  }

  subscript(call: String) -> (step: Int, tool: String)? { steps[call] }
}
