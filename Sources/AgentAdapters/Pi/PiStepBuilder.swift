internal import Basics
internal import TraceModel

/// Turns the entries of one branch into steps.
struct PiStepBuilder {
  private let results: PiResults
  /// The model that was chosen last.
  private var model: String?
  private var drafts: [Draft] = []

  /// Steps in file order; answers of tools and the agent's own notes make none.
  static func drafts(_ entries: [PiEntry], _ tree: PiTree, _ results: PiResults, model: String?) -> [Draft] {
    var builder = PiStepBuilder(results: results, model: model)
    for (position, entry) in entries.enumerated() where tree.isActive[position] { builder.add(entry, at: position) }
    return builder.drafts
  }

  private mutating func add(_ entry: PiEntry, at position: Int) {
    switch entry.kind {
    case .user(let prompt): addUser(prompt, entry, isTyped: true)
    case .injected(let prompt): addUser(prompt, entry, isTyped: false)
    case .assistant(let answer): addAssistant(answer, entry, at: position)
    case .shell(let run): addShell(run, entry)
    case .model(let name): model = name
    case .result, .link: break
    }
  }

  private func draft(_ entry: PiEntry, _ role: Step.Role) -> Draft {
    var step = Step(stepIndex: 0, role: role)
    step.timestamp = entry.time?.iso8601
    step.callType = .main
    return Draft(
      step: step, entryID: entry.id, parentID: entry.parent.id, line: entry.line, offset: entry.offset,
      time: entry.time)
  }

  private mutating func addUser(_ prompt: PiPrompt, _ entry: PiEntry, isTyped: Bool) {
    guard prompt.text != nil || !prompt.mediaTypes.isEmpty else { return }
    var draft = draft(entry, .user)
    draft.step.content = prompt.text
    draft.isPrompt = isTyped && prompt.text != nil
    drafts.append(draft)
  }

  private mutating func addShell(_ run: PiShellRun, _ entry: PiEntry) {
    var draft = draft(entry, .user)
    draft.step.content = "! " + run.command
    var answer = ToolResult(line: entry.line)
    answer.content = run.output.map { TextLines.cut($0, to: ToolResultReader.contentLimit) }
    var observation = Observation("pi-user-bash:\(entry.id)", answer)
    if let code = run.exitCode, code != 0 { observation.error = "exit \(code)" }
    if run.isCancelled { observation.error = "interrupted" }
    draft.step.observations = [observation]
    drafts.append(draft)
  }

  private mutating func addAssistant(_ answer: PiAnswer, _ entry: PiEntry, at position: Int) {
    var draft = draft(entry, .agent)
    draft.isError = answer.stopReason == "error"
    draft.isInterruption = answer.stopReason == "aborted"
    draft.usage = answer.spending.usage
    draft.step.tokenUsage = TokenUsage(draft.usage)
    draft.step.model = answer.model ?? model
    draft.step.agentRole = "main"
    draft.step.content = answer.texts.isEmpty ? nil : answer.texts.joined(separator: "\n")
    draft.step.reasoningContent = answer.thoughts.isEmpty ? nil : answer.thoughts.joined(separator: "\n")
    for call in answer.calls { add(call, to: &draft.step, results[position, call.toolCallID]) }
    drafts.append(draft)
  }

  private func add(_ call: ToolCall, to step: inout Step, _ result: PiResult?) {
    guard !step.toolCalls.contains(where: { $0.toolCallID == call.toolCallID }) else { return }
    step.toolCalls.append(call)
    step.toolsAvailable.append(call.toolName)
    step.observations.append(Observation(call.toolCallID, result?.answer))
  }
}
