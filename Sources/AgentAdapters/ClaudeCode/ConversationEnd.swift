internal import Basics
internal import TraceModel

/// What a transcript may go on from: its last lines.
struct ConversationEnd {
  /// The lines as they stand in the file.
  let raw: [Entry]
  /// The same with the fragments of responses joined.
  let entries: [Entry]
  let tree: ConversationTree
  let results: [String: ToolResult]
  /// Sub-agents that the lines are about.
  var agents: [String] = []
  /// What was known before the lines.
  var before = ReadingPoint()

  /// Where to read on; nil when a line that follows could belong anywhere.
  func point(drafts: [Draft], facts: SessionFacts, lineCount: Int) -> ReadingPoint? {
    guard let tips else { return nil }
    var point = before
    point.lineCount += lineCount
    point.stepCount += drafts.count
    if let main = drafts.lastIndex(where: { $0.agentID == nil }) { point.lastMainStep = before.stepCount + main + 1 }
    point.agents.formUnion(agents)
    point.spending = MetricsCalculator.spending(drafts, reported: facts.cost, after: before.spending)
    point.directories = facts.directories
    point.hasResult = before.hasResult || facts.hasResult
    point.hasPrompt = before.hasPrompt || drafts.contains { $0.agentID == nil && $0.isPrompt }
    point.tips = tips
    let responses = raw.compactMap(\.response)
    let keys = Set(responses.suffix(ReadingPoint.memory).map(\.key))
    point.responses = keys.isEmpty ? before.responses : keys
    let ids = Set(entries.lazy.map(\.id))
    let fragments = responses.filter { keys.contains($0.key) && !ids.contains($0.id) }.map(\.id)
    point.fragments = keys.isEmpty ? before.fragments : Set(fragments)
    point.openCalls = (before.openCalls + openCalls(drafts)).filter { results[$0.call.toolCallID] == nil }
      .suffix(ReadingPoint.memory)
    return point
  }

  /// The last message and the lines behind it that follow from it. Nil when the last line of all is none of them: a line
  /// whose parent is not in the file would follow it.
  private var tips: Set<String>? {
    guard let last = entries.lastIndex(where: \.isMessage) else {
      // Nothing but links, each of which may follow from the lines before.
      guard !before.tips.isEmpty, tree.isReachedFromStart(entries.indices) else { return nil }
      return before.tips.union(entries.map(\.id))
    }
    var places: Set<Int> = [last]
    for position in entries.indices.dropFirst(last + 1) {
      if tree.parent(of: position).map(places.contains) ?? false { places.insert(position) }
    }
    guard places.contains(entries.count - 1) else { return nil }
    return Set(places.map { entries[$0].id })
  }

  private func openCalls(_ drafts: [Draft]) -> [ReadingPoint.OpenCall] {
    var stepOf: [String: Int] = [:]
    for (position, draft) in drafts.enumerated() {
      for call in draft.step.toolCalls where stepOf[call.toolCallID] == nil {
        stepOf[call.toolCallID] = before.stepCount + position + 1
      }
    }
    return entries.indices.suffix(10 * ReadingPoint.memory).flatMap { position -> [ReadingPoint.OpenCall] in
      guard case .assistant(let line) = entries[position].kind else { return [] }
      return line.calls.filter { results[$0.toolCallID] == nil }.map { call in
        ReadingPoint.OpenCall(
          call: call, line: entries[position].line, time: entries[position].time,
          directory: entries[position].directory, isActive: tree.isActive[position], step: stepOf[call.toolCallID])
      }
    }
  }
}

extension Entry {
  /// The response that a line is a fragment of.
  fileprivate var response: (id: String, key: String)? {
    guard case .assistant(let line) = kind, let key = line.responseKey else { return nil }
    return (id, key)
  }
}
