internal import Basics
internal import TraceModel

/// Turns the lines of a rollout into steps.
///
/// Reasoning, texts and calls make one step until every call in it has its answer, or the user
/// speaks.
struct RolloutStepBuilder {
  private let results: [String: ToolResult]
  private let details: [String: CallDetails]
  private let provider: String?
  private var context = TurnContext()

  private(set) var drafts: [Draft] = []
  private(set) var sites: [CallSite] = []
  /// The step of each call: an index into ``drafts``, or for a call that was rolled back the last
  /// step that was left.
  private(set) var stepOfCall: [String: Int] = [:]
  /// Parts of the conversation that were rolled back.
  private(set) var abandoned: [ConversationTree.Branch] = []
  private(set) var mediaTypes: [String] = []
  private(set) var endsWithError = false
  /// The working directories of the turns, the last one at the end.
  private(set) var directories: [String] = []

  /// Whether the last draft takes more.
  private var isOpen = false
  /// Calls of the open step whose answer is still to come.
  private var waiting: Set<String> = []
  private var answered: Set<String> = []
  private var meter: TokenMeter
  private var tokens = StepTokens()

  /// - Parameter isForked: whether the counters go on from those of another session.
  init(_ rollout: Rollout, isForked: Bool) {
    meter = TokenMeter(isContinued: isForked)
    results = rollout.results
    details = rollout.details
    provider = rollout.facts.head.provider
    context.model = rollout.facts.head.model
    enter(rollout.facts.head.directory ?? rollout.facts.shownDirectory)
  }

  /// Tokens of a copied history are the other session's.
  mutating func skip(_ entry: RolloutEntry) {
    if case .usage(let count) = entry.kind { meter.skip(count) }
  }

  mutating func add(_ entry: RolloutEntry) {
    if entry.isConversation { endsWithError = false }
    switch entry.kind {
    case .context(let next):
      context.model = next.model ?? context.model
      enter(next.directory)
    case .prompt(let message): addPrompt(message, entry)
    case .answer(let text): extend(entry) { $0.content = Self.joined($0.content, text) }
    case .reasoning(let text):
      extend(entry) { $0.reasoningContent = Self.joined($0.reasoningContent, text ?? Self.hidden) }
    case .call(let call): addCall(call, entry)
    case .output(let id): close(id)
    case .usage(let count): if let usage = meter.read(count) { addUsage(usage) }
    case .aborted: interrupt()
    case .rollback(let turns): rollBack(turns)
    case .failure: endsWithError = true
    case .meta, .turnStarted, .turnEnded, .message: break
    }
  }

  mutating func finish() { giveLeftTokens() }

  private static let hidden = "[redacted: the reasoning of this step is not in the transcript]"

  private static func joined(_ text: String?, _ more: String) -> String {
    text.map { $0 + "\n" + more } ?? more
  }

  private mutating func enter(_ directory: String?) {
    guard let directory, directory != context.directory else { return }
    context.directory = directory
    directories.removeAll { $0 == directory }
    directories.append(directory)
  }

  // MARK: Steps

  private func draft(_ entry: RolloutEntry, _ role: Step.Role) -> Draft {
    var step = Step(stepIndex: 0, role: role)
    step.timestamp = entry.time?.iso8601
    step.callType = .main
    return Draft(step: step, entryID: entry.id, line: entry.line, offset: entry.offset, time: entry.time)
  }

  private mutating func addPrompt(_ message: UserMessage, _ entry: RolloutEntry) {
    closeStep()
    giveLeftTokens()
    var draft = draft(entry, .user)
    draft.step.content = message.text.map { TextLines.cut($0, to: ToolResultReader.contentLimit) }
    draft.isPrompt = message.text != nil
    mediaTypes += message.mediaTypes
    drafts.append(draft)
  }

  /// The step of the agent that is open, or a new one.
  private mutating func extend(_ entry: RolloutEntry, _ body: (inout Step) -> Void) {
    if !isOpen {
      var draft = draft(entry, .agent)
      draft.step.agentRole = "main"
      draft.step.model = context.model.map { RolloutModel.qualified($0, provider: provider) }
      drafts.append(draft)
      isOpen = true
      waiting = []
      if let early = tokens.begin() { give(early, to: drafts.count - 1) }
    }
    tokens.grow()
    body(&drafts[drafts.count - 1].step)
  }

  private mutating func closeStep() {
    isOpen = false
    waiting = []
  }

  private mutating func close(_ callID: String) {
    answered.insert(callID)
    if waiting.remove(callID) != nil, waiting.isEmpty { closeStep() }
  }

  // MARK: Calls

  private mutating func addCall(_ item: RolloutCall, _ entry: RolloutEntry) {
    var call = item.call
    guard stepOfCall[call.toolCallID] == nil else { return }
    let result = item.result ?? RolloutResult.result(results[call.toolCallID], details[call.toolCallID])
    call.durationMS = result?.durationMS
    let child = RolloutResult.childSession(call, result, details[call.toolCallID])
    extend(entry) { step in
      step.toolCalls.append(call)
      step.toolsAvailable.append(call.toolName)
      step.observations.append(RolloutResult.observation(call.toolCallID, result))
      step.subagentTrajectoryRef = step.subagentTrajectoryRef ?? child
    }
    if item.isAnswered, !answered.contains(call.toolCallID) { waiting.insert(call.toolCallID) }
    stepOfCall[call.toolCallID] = drafts.count - 1
    sites.append(
      CallSite(call: call, line: entry.line, time: entry.time, directory: context.directory, isActive: true))
  }

  // MARK: Tokens

  private mutating func addUsage(_ usage: Usage) {
    if let usage = tokens.take(usage), let last = lastAnswer { give(usage, to: last) }
  }

  private var lastAnswer: Int? { drafts.last.flatMap { $0.step.role == .agent ? drafts.count - 1 : nil } }

  private mutating func giveLeftTokens() {
    if let last = drafts.lastIndex(where: { $0.step.role == .agent }), let left = tokens.begin() {
      give(left, to: last)
    }
    tokens.reset()
  }

  private mutating func give(_ usage: Usage, to position: Int) {
    drafts[position].usage.add(usage)
    drafts[position].step.tokenUsage = TokenUsage(drafts[position].usage)
  }

  // MARK: Turns that did not end well

  /// The user stopped the agent: calls without answer were stopped with it.
  private mutating func interrupt() {
    closeStep()
    guard let last = drafts.indices.last else { return }
    drafts[last].isInterruption = true
    for index in drafts[last].step.observations.indices
    where drafts[last].step.observations[index].error == "no_result" {
      drafts[last].step.observations[index].error = "interrupted"
    }
  }

  private mutating func rollBack(_ turns: Int) {
    closeStep()
    giveLeftTokens()
    let prompts = drafts.indices.filter { drafts[$0].step.role == .user }
    guard turns > 0, let cut = prompts.suffix(turns).first else { return }
    let gone = drafts[cut...]
    abandoned.append(
      ConversationTree.Branch(
        forkID: cut > 0 ? drafts[cut - 1].entryID : nil, firstID: drafts[cut].entryID,
        lastID: gone.last?.entryID ?? drafts[cut].entryID, count: gone.count))
    for index in sites.indices where stepOfCall[sites[index].call.toolCallID].map({ $0 >= cut }) ?? false {
      sites[index].isActive = false
      stepOfCall[sites[index].call.toolCallID] = max(0, cut - 1)
    }
    drafts.removeSubrange(cut...)
  }
}
