internal import Basics
internal import TraceModel

/// Turns the lines of one conversation into steps.
struct StepBuilder {
  let results: [String: ToolResult]
  /// The sub-agent the lines belong to; nil for the main conversation.
  var agentID: String?
  var agentRole: String?
  private(set) var drafts: [Draft] = []

  init(results: [String: ToolResult], agentID: String? = nil, agentRole: String? = nil) {
    self.results = results
    self.agentID = agentID
    self.agentRole = agentRole
  }

  /// Steps in file order; tool answers and the agent's own notes make none.
  static func drafts(
    _ entries: [Entry], results: [String: ToolResult], agentID: String? = nil,
    agentRole: String? = nil
  ) -> [Draft] {
    var builder = StepBuilder(results: results, agentID: agentID, agentRole: agentRole)
    for entry in entries { builder.add(entry) }
    return builder.drafts
  }

  private mutating func add(_ entry: Entry) {
    switch entry.kind {
    case .link, .boundary: break
    case .user(let line): addUser(line, entry)
    case .assistant(let line): addAssistant(line, entry)
    }
  }

  private func draft(_ entry: Entry, _ role: Step.Role) -> Draft {
    var step = Step(stepIndex: 0, role: role)
    step.timestamp = entry.time?.iso8601
    step.callType = agentID == nil ? .main : .subagent
    return Draft(
      step: step, entryID: entry.id, parentID: entry.parent, line: entry.line,
      offset: entry.offset, time: entry.time, agentID: agentID)
  }

  private mutating func addUser(_ line: UserLine, _ entry: Entry) {
    guard !line.isMeta, !line.isCompactSummary else { return }
    if let text = line.text {
      guard !SyntheticText.matches(text) else { return }
    } else if line.mediaTypes.isEmpty {
      return
    }
    var draft = draft(entry, .user)
    draft.step.content = line.text
    draft.isInterruption = line.text.map(SyntheticText.isInterruption) ?? false
    draft.isPrompt = line.text != nil && !draft.isInterruption
    if agentID != nil { draft.step.agentRole = agentRole }
    if draft.isInterruption { interruptOpenCalls() }
    drafts.append(draft)
  }

  /// The calls of the last answer that have no result were stopped by the user.
  private mutating func interruptOpenCalls() {
    guard let last = drafts.indices.last else { return }
    for index in drafts[last].step.observations.indices
    where drafts[last].step.observations[index].error == "no_result" {
      drafts[last].step.observations[index].error = "interrupted"
    }
  }

  private mutating func addAssistant(_ line: AssistantLine, _ entry: Entry) {
    var draft = draft(entry, .agent)
    draft.isError = line.isError
    draft.usage = line.usage ?? Usage()
    draft.step.model = line.model
    draft.step.agentRole = agentID == nil ? "main" : agentRole
    draft.step.tokenUsage = TokenUsage(draft.usage)
    fill(&draft.step, with: line)
    if isWarmup(draft.step, line) { draft.step.callType = .warmup }
    drafts.append(draft)
  }

  private func isWarmup(_ step: Step, _ line: AssistantLine) -> Bool {
    guard agentID == nil else { return false }
    let isEmpty = step.content == nil && step.toolCalls.isEmpty
    return line.isMeta || isEmpty && !line.isError && (line.usage?.output ?? 0) <= 10
  }

  private func fill(_ step: inout Step, with line: AssistantLine) {
    var texts: [String] = []
    var thoughts: [String] = []
    var serverAnswers: [String: String?] = [:]
    for block in line.blocks {
      switch block {
      case .text(let text): texts.append(text)
      case .thinking(let text): thoughts.append(text)
      case .hiddenThinking: thoughts.append(Self.hiddenThinking)
      case .call(let call): add(call, to: &step)
      case .serverResult(let id, let content): serverAnswers[id] = content
      }
    }
    step.content = texts.isEmpty ? nil : texts.joined()
    step.reasoningContent = thoughts.isEmpty ? nil : thoughts.joined(separator: "\n")
    for (id, content) in serverAnswers { answer(id, content, in: &step) }
  }

  private static let hiddenThinking = "[redacted: the thinking of this step is not in the transcript]"

  private func add(_ call: ToolCall, to step: inout Step) {
    guard !step.toolCalls.contains(where: { $0.toolCallID == call.toolCallID }) else { return }
    var call = call
    let result = results[call.toolCallID]
    call.durationMS = result?.durationMS
    step.toolCalls.append(call)
    step.toolsAvailable.append(call.toolName)
    step.observations.append(Observation(call.toolCallID, result))
    if let result, result.error == nil {
      step.snippets += SnippetMaker.snippets(of: call, result: result)
    }
  }

  private func answer(_ id: String, _ content: String?, in step: inout Step) {
    guard let index = step.observations.firstIndex(where: { $0.sourceCallID == id }) else { return }
    step.observations[index] = Observation(id, ToolResult(content: content, line: 0))
  }
}

extension Observation {
  /// What a call answered; without a result the error is `no_result`.
  init(_ callID: String, _ result: ToolResult?) {
    self.init(sourceCallID: callID)
    content = result?.content
    outputSummary = result?.content.map { text in
      let head = TextLines.cut(text, to: 200)
      return head.utf8.count < text.utf8.count ? head + "..." : head
    }
    error = result.map(\.error) ?? "no_result"
  }
}

extension TokenUsage {
  init(_ usage: Usage) {
    self.init()
    inputTokens = usage.input
    outputTokens = usage.output
    cacheReadTokens = usage.cacheRead
    cacheWriteTokens = usage.cacheWrite
  }
}
