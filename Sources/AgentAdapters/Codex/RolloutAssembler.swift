internal import Basics
internal import TraceModel

/// Puts a session together from its scanned rollout.
struct RolloutAssembler {
  private let rollout: Rollout
  private let sessionID: String
  private let options: CodexAdapter.Options

  init(_ rollout: Rollout, sessionID: String, options: CodexAdapter.Options) {
    self.rollout = rollout
    self.sessionID = sessionID
    self.options = options
  }

  func assemble() -> ParsedSession {
    let history = CopiedHistory(rollout.entries, sessionID: sessionID, head: rollout.facts.head)
    let own = rollout.entries[history.ownStart...]
    var builder = RolloutStepBuilder(rollout, isForked: history.origin != nil)
    for entry in rollout.entries[..<history.ownStart] { builder.skip(entry) }
    for entry in PromptFinder.select(Array(own)) { builder.add(entry) }
    builder.finish()

    let times = own.filter(\.isConversation).compactMap(\.time)
    let extractor = CodexEditExtractor(
      results: rollout.results, details: rollout.details, beforeContent: options.beforeContent,
      sessionStart: times.min() ?? rollout.facts.head.start ?? Timestamp(microseconds: 0))
    let edits = numbered(extractor.edits(of: builder.sites), builder)
    let recorder = CodexRecordBuilder(
      sessionID: sessionID, options: options, facts: rollout.facts, builder: builder, edits: edits)
    var session = ParsedSession(record: recorder.record())
    session.edits = edits
    session.problems = rollout.problems
    session.lineCount = rollout.lineCount
    session.directories = builder.directories
    session.branches = rollout.facts.head.branch.map { [$0] } ?? []
    session.forkedFrom = history.origin
    session.leftOut = history.origin
    session.firstTimestamp = times.min()
    session.lastTimestamp = times.max()
    session.rejection = rejection(session.record)
    session.stepAnchors = anchors(builder.drafts)
    let metadata = CodexMetadataBuilder(
      sessionFile: options.sessionFile, facts: rollout.facts, builder: builder, problems: rollout.problems,
      forkedFrom: history.origin)
    session.record.metadata = metadata.object()
    session.record.timestampStart = session.firstTimestamp?.iso8601
    session.record.timestampEnd = session.lastTimestamp?.iso8601
    return session
  }

  private func rejection(_ record: TraceRecord) -> SessionRejection? {
    if rollout.isCorrupt { return .corrupt }
    let hasCall = record.steps.contains { !$0.toolCalls.isEmpty }
    return record.steps.count < 2 || !hasCall ? .tooSmall : nil
  }

  private func anchors(_ drafts: [Draft]) -> [StepAnchor] {
    drafts.enumerated().map { position, draft in
      StepAnchor(
        stepIndex: position + 1, entryID: draft.entryID, parentID: position > 0 ? drafts[position - 1].entryID : nil,
        line: draft.line, offset: draft.offset, agentID: nil)
    }
  }

  /// Fills in the step numbers of edits.
  private func numbered(_ edits: [FileEdit], _ builder: RolloutStepBuilder) -> [FileEdit] {
    edits.map { edit in
      var edit = edit
      edit.stepIndex = (builder.stepOfCall[edit.toolCallID] ?? 0) + 1
      return edit
    }
  }
}
