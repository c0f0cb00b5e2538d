internal import Basics
internal import TraceModel

/// Puts together what lines add to a session that was read before, without looking at the earlier lines again.
///
/// Only where they follow from the last of those: for everything else the answer is nil, and the whole file has to be
/// read.
struct TailAssembler {
  private let sessionID: String
  private let options: ClaudeCodeAdapter.Options
  private let before: ReadingPoint
  private let tail: Transcript

  init?(
    _ buffer: PaddedBuffer, sessionID: String, after point: ReadingPoint, options: ClaudeCodeAdapter.Options
  ) {
    self.sessionID = sessionID
    self.options = options
    before = point
    tail = TranscriptScanner.scan(buffer, linesBefore: point.lineCount, options: options)
    // Damaged lines, a new description of the session, and sub-agents that nobody knows the start of concern the whole.
    guard tail.streams.allSatisfy({ $0.callID != nil && !point.agents.contains($0.agentID) }), tail.problems.isEmpty,
      tail.facts.model == nil,
      tail.facts.duplicateLines == 0
    else { return nil }
  }

  /// What stands for all lines before.
  private static let rootID = "\u{0}before"

  func assemble() -> ParsedSession? {
    guard tail.entries.allSatisfy({ $0.sessionID == nil || $0.sessionID == sessionID }), isNew else { return nil }
    guard let entries = connected() else { return nil }
    let tree = ConversationTree(entries)
    let hasMessage = entries.contains(where: \.isMessage)
    guard !hasMessage || tree.isActive[0], !entries.indices.contains(where: { isAdopted(entries[$0], tree, $0) }) else {
      return nil
    }
    let active = entries.indices.filter { tree.isActive[$0] }.map { entries[$0] }
    let main = StepBuilder.drafts(active, results: tail.results)
    // The first prompt describes the session.
    guard before.hasPrompt || !main.contains(where: \.isPrompt) else { return nil }
    var weaver = SubagentWeaver(streams: tail.streams, results: tail.results)
    weaver.weave(main)
    // Of one that says nothing here there can be a file of its own; one that was started before goes on in the midst of earlier steps.
    guard weaver.unplaced.isEmpty,
      weaver.drafts.flatMap(\.step.toolCalls).filter(SubagentWeaver.startsAgent).allSatisfy({ call in
        tail.streams.contains { $0.callID == call.toolCallID }
      })
    else { return nil }
    var facts = tail.facts
    facts.adopt(directories: before.directories)
    return session(entries, tree, active, weaver, facts)
  }

  /// Whether a line beside the path is on it after all, because it answers a call that was read before, and says more than
  /// that.
  private func isAdopted(_ entry: Entry, _ tree: ConversationTree, _ position: Int) -> Bool {
    guard !tree.isActive[position], case .user(let line) = entry.kind, line.text != nil || !line.mediaTypes.isEmpty
    else {
      return false
    }
    return before.openCalls.contains { line.resultIDs.contains($0.call.toolCallID) }
  }

  /// Whether no line belongs to a response or a call that was read before, but for answers to open calls.
  private var isNew: Bool {
    var calls = Set(before.openCalls.map(\.call.toolCallID))
    for entry in tail.entries + tail.streams.flatMap(\.entries) {
      guard case .assistant(let line) = entry.kind else { continue }
      if let key = line.responseKey, before.responses.contains(key) { return false }
      calls.formUnion(line.calls.map(\.toolCallID))
    }
    return tail.results.keys.allSatisfy(calls.contains)
  }

  /// The lines behind one that stands for all before, responses joined; nil when a line follows from another place.
  private func connected() -> [Entry]? {
    let merged = ResponseMerger.merge(tail.entries)
    let own = Set(tail.entries.map(\.id))
    var entries = [Entry(id: Self.rootID, line: 0, offset: 0, kind: .link)]
    for var entry in merged {
      for parent in [\Entry.parent, \Entry.logicalParent] {
        guard let id = entry[keyPath: parent], !own.contains(id), !before.fragments.contains(id) else { continue }
        guard before.tips.contains(id) else { return nil }
        entry[keyPath: parent] = Self.rootID
      }
      entries.append(entry)
    }
    return entries
  }

  private func session(
    _ entries: [Entry], _ tree: ConversationTree, _ active: [Entry], _ weaver: SubagentWeaver, _ facts: SessionFacts
  ) -> ParsedSession {
    let drafts = weaver.drafts
    let recorder = RecordBuilder(sessionID: sessionID, options: options, facts: facts, drafts: drafts)
    let skills = SkillFinder.find(in: active)
    var session = ParsedSession(record: recorder.record(skills: skills))
    for index in session.record.steps.indices {
      session.record.steps[index].stepIndex += before.stepCount
      session.record.steps[index].parentStep? += before.stepCount
      for place in session.record.steps[index].snippets.indices {
        session.record.steps[index].snippets[place].sourceStep = session.record.steps[index].stepIndex
      }
    }
    session.record.metrics.estimatedCostUSD =
      MetricsCalculator.spending(drafts, reported: facts.cost, after: before.spending).total
    session.lineCount = tail.lineCount
    session.directories = facts.directories
    session.branches = facts.branches
    let times = entries.filter(\.isMessage).compactMap(\.time)
    session.firstTimestamp = times.min()
    session.lastTimestamp = times.max()
    if options.listsEdits { session.edits = edits(entries, tree, weaver) }
    session.lateAnswers = before.openCalls.compactMap { open in
      tail.results[open.call.toolCallID].map { Observation(open.call.toolCallID, $0) }
    }
    if options.continuesRecord { session.continuation = continuation(session, tree, active, drafts, facts, skills) }
    var end = ConversationEnd(raw: tail.entries, entries: entries, tree: tree, results: tail.results)
    end.before = before
    end.agents = tail.streams.map(\.agentID)
    session.readingPoint = end.point(drafts: drafts, facts: facts, lineCount: tail.lineCount)
    return session
  }

  /// Nil where the record as a whole has to be looked at: after a line that tells how a run ended, with titles of which
  /// another one may count, with a branch that was given up at a place before.
  private func continuation(
    _ session: ParsedSession, _ tree: ConversationTree, _ active: [Entry], _ drafts: [Draft], _ facts: SessionFacts,
    _ skills: SkillFinder
  ) -> RecordContinuation? {
    guard !before.hasResult, !facts.hasResult, facts.summaries.isEmpty, facts.suggestedTitle == nil,
      !skills.hasStrayBody, tree.abandoned.allSatisfy({ $0.forkID != Self.rootID && $0.forkID != nil })
    else { return nil }
    var record = session.record
    let metadata = MetadataBuilder(
      project: options.project, title: facts.title, facts: facts, problems: [], skills: skills,
      abandoned: tree.abandoned, forkedFrom: nil, drafts: drafts, unplaced: [],
      media: active.flatMap(\.mediaTypes))
    record.metadata = metadata.object()
    // It is the first prompt that describes a session.
    if before.hasPrompt { record.task = SessionTask() }
    record.timestampStart = session.firstTimestamp?.iso8601
    record.timestampEnd = session.lastTimestamp?.iso8601
    let amendments = amendments(drafts)
    if !record.outcome.committed, let commit = CommitDetector.lastCommit(in: amendments) {
      record.outcome.committed = true
      record.outcome.commitSHA = commit
      record.outcome.success = true
    }
    if options.listsDependencies { addImports(of: amendments, to: &record) }
    return RecordContinuation(record: record, amendments: amendments.map(\.withoutInputs))
  }

  /// What came of calls that were read before.
  private func amendments(_ drafts: [Draft]) -> [Step] {
    before.openCalls.compactMap { open in
      guard let number = open.step else { return nil }
      var step = Step(stepIndex: number, role: .agent)
      var call = open.call
      if let result = tail.results[call.toolCallID] {
        call.durationMS = result.durationMS
        step.observations = [Observation(call.toolCallID, result)]
        if result.error == nil { step.snippets = SnippetMaker.snippets(of: call, result: result) }
        for place in step.snippets.indices { step.snippets[place].sourceStep = number }
      } else if number == before.lastMainStep, drafts.first?.isInterruption ?? false {
        var answer = Observation(call.toolCallID, nil)
        answer.error = "interrupted"
        step.observations = [answer]
      } else {
        return nil
      }
      step.toolCalls = [call]
      return step
    }
  }

  private func addImports(of amendments: [Step], to record: inout TraceRecord) {
    let snippets = amendments.flatMap(\.snippets)
    guard !snippets.isEmpty else { return }
    let calls = amendments.flatMap(\.toolCalls) + record.steps.flatMap(\.toolCalls)
    var imports = ImportFinder(paths: calls.compactMap { $0.input["file_path"]?.string })
    for snippet in snippets { if let text = snippet.text { imports.read(text, of: snippet.filePath) } }
    record.dependencies = imports.found.union(record.dependencies).sorted()
  }

  private func edits(_ entries: [Entry], _ tree: ConversationTree, _ weaver: SubagentWeaver) -> [FileEdit] {
    let drafts = weaver.drafts
    var stepOf: [String: Int] = [:]
    for (position, draft) in drafts.enumerated() {
      for call in draft.step.toolCalls where stepOf[call.toolCallID] == nil {
        stepOf[call.toolCallID] = before.stepCount + position + 1
      }
    }
    var sites = before.openCalls.map { open in
      if let step = open.step { stepOf[open.call.toolCallID] = step }
      return CallSite(
        call: open.call, line: open.line, time: open.time, directory: open.directory, isActive: open.isActive)
    }
    for (position, entry) in entries.enumerated() {
      sites += entry.callSites(isActive: tree.isActive[position], stream: nil, role: nil)
    }
    for stream in tail.streams {
      for entry in stream.entries {
        sites += entry.callSites(isActive: true, stream: stream, role: weaver.roles[stream.agentID])
      }
    }
    return EditExtractor(results: tail.results).edits(of: sites).map { edit in
      var edit = edit
      let last = drafts.lastIndex { $0.agentID == nil && ($0.time.map { $0 <= edit.time } ?? false) }
      edit.stepIndex = stepOf[edit.toolCallID] ?? max(1, before.stepCount + (last.map { $0 + 1 } ?? 0))
      return edit
    }
  }
}

extension Step {
  /// What a call was given is there already; its command tells what the answer is about.
  fileprivate var withoutInputs: Step {
    var step = self
    for place in step.toolCalls.indices {
      step.toolCalls[place].input = step.toolCalls[place].input["command"].map { ["command": $0] } ?? [:]
    }
    return step
  }
}
