internal import Basics
internal import TraceModel

/// Puts a session together from its scanned files.
struct SessionAssembler {
  private let sessionID: String
  private let options: ClaudeCodeAdapter.Options
  private var main: Transcript
  private var results: [String: ToolResult]
  private var streams: [AgentStream]
  private var problems: [LineProblem]

  init(_ main: Transcript, sessionID: String, options: ClaudeCodeAdapter.Options) {
    self.main = main
    self.sessionID = sessionID
    self.options = options
    results = main.results
    streams = main.streams
    problems = main.problems
  }

  /// Adds the file of a sub-agent; it replaces what progress lines say about the same one.
  mutating func add(_ transcript: Transcript, of file: ClaudeCodeAdapter.SubagentFile) {
    let id = file.stem.hasPrefix("agent-") ? String(file.stem.dropFirst(6)) : file.stem
    let earlier = streams.firstIndex { $0.agentID == id }
    var stream = AgentStream(agentID: id)
    stream.callID = file.toolCallID ?? earlier.flatMap { streams[$0].callID }
    stream.agentType = file.agentType
    stream.description = file.description
    stream.fileStem = file.stem
    stream.entries = transcript.entries + transcript.streams.flatMap(\.entries)
    stream.entries.sort { $0.line < $1.line }
    if let earlier { streams[earlier] = stream } else { streams.append(stream) }
    results.merge(transcript.results) { first, _ in first }
    problems += transcript.problems
  }

  func assemble() -> ParsedSession {
    let origin = HistoryOrigin(
      main.entries, sessionID: sessionID, known: options.knownSessions)
    let entries = ResponseMerger.merge(origin.own)
    let tree = ConversationTree(entries)
    let active = entries.indices.filter { tree.isActive[$0] }.map { entries[$0] }
    var weaver = SubagentWeaver(streams: streams, results: results)
    weaver.weave(StepBuilder.drafts(active, results: results))

    let skills = SkillFinder.find(in: active)
    let recorder = RecordBuilder(
      sessionID: sessionID, options: options, facts: main.facts, drafts: weaver.drafts)
    var session = ParsedSession(record: recorder.record(skills: skills))
    session.problems = problems
    session.lineCount = main.lineCount
    session.directories = main.facts.directories
    session.branches = main.facts.branches
    session.forkedFrom = origin.foreignID
    if origin.own.count < main.entries.count { session.leftOut = origin.foreignID }
    let times = entries.filter(\.isMessage).compactMap(\.time)
    session.firstTimestamp = times.min()
    session.lastTimestamp = times.max()
    session.rejection = rejection(session.record)
    session.stepAnchors = anchors(weaver.drafts)
    if options.listsEdits {
      let sites = callSites(entries, tree, weaver)
      session.edits = numbered(EditExtractor(results: results).edits(of: sites), weaver.drafts)
    }
    let metadata = MetadataBuilder(
      project: options.project, title: main.facts.title(of: main.entries), facts: main.facts, problems: problems,
      skills: skills,
      abandoned: tree.abandoned, forkedFrom: origin.foreignID, drafts: weaver.drafts,
      unplaced: weaver.unplaced.map(\.agentID), media: active.flatMap(\.mediaTypes))
    session.record.metadata = metadata.object()
    session.record.timestampStart = session.firstTimestamp?.iso8601
    session.record.timestampEnd = session.lastTimestamp?.iso8601
    if weaver.unplaced.isEmpty, origin.own.contains(where: { $0.sessionID == sessionID }) {
      var end = ConversationEnd(raw: origin.own, entries: entries, tree: tree, results: results)
      end.agents = streams.map(\.agentID)
      session.readingPoint = end.point(drafts: weaver.drafts, facts: main.facts, lineCount: main.lineCount)
    }
    return session
  }

  private func rejection(_ record: TraceRecord) -> SessionRejection? {
    if main.damagedCount * 20 > main.lineCount { return .corrupt }
    let hasCall = record.steps.contains { !$0.toolCalls.isEmpty }
    return record.steps.count < 2 || !hasCall ? .tooSmall : nil
  }

  private func anchors(_ drafts: [Draft]) -> [StepAnchor] {
    drafts.enumerated().map { position, draft in
      StepAnchor(
        stepIndex: position + 1, entryID: draft.entryID, parentID: draft.parentID,
        line: draft.line, offset: draft.offset, agentID: draft.agentID)
    }
  }

  /// All calls: of the active path, of abandoned branches and of sub-agents.
  private func callSites(
    _ entries: [Entry], _ tree: ConversationTree, _ weaver: SubagentWeaver
  ) -> [CallSite] {
    var sites: [CallSite] = []
    for (position, entry) in entries.enumerated() {
      sites += entry.callSites(isActive: tree.isActive[position], stream: nil, role: nil)
    }
    for stream in streams {
      let role = weaver.roles[stream.agentID]
      // A sub-agent whose named call is no step was started on an abandoned branch.
      let isActive = role != nil || stream.callID == nil
      for entry in stream.entries {
        sites += entry.callSites(isActive: isActive, stream: stream, role: role)
      }
    }
    return sites
  }

  /// Fills in the step numbers of edits.
  private func numbered(_ edits: [FileEdit], _ drafts: [Draft]) -> [FileEdit] {
    var stepOf: [String: Int] = [:]
    for (position, draft) in drafts.enumerated() {
      for call in draft.step.toolCalls where stepOf[call.toolCallID] == nil {
        stepOf[call.toolCallID] = position + 1
      }
    }
    return edits.map { edit in
      var edit = edit
      edit.stepIndex = stepOf[edit.toolCallID] ?? lastStep(before: edit, in: drafts)
      return edit
    }
  }

  private func lastStep(before edit: FileEdit, in drafts: [Draft]) -> Int {
    let found = drafts.lastIndex { $0.agentID == nil && ($0.time.map { $0 <= edit.time } ?? false) }
    return (found ?? 0) + 1
  }
}

extension Entry {
  /// The calls of an answer.
  func callSites(isActive: Bool, stream: AgentStream?, role: String?) -> [CallSite] {
    guard case .assistant(let message) = kind else { return [] }
    return message.calls.map {
      CallSite(
        call: $0, line: line, time: time, directory: directory, agentID: stream?.agentID,
        agentRole: role ?? (stream == nil ? nil : "subagent"), isActive: isActive)
    }
  }

  /// Of images and documents in a prompt.
  var mediaTypes: [String] {
    if case .user(let line) = kind { line.mediaTypes } else { [] }
  }
}

/// Tells the lines of a session from history that was copied into its file by a fork.
struct HistoryOrigin {
  private(set) var own: [Entry]
  /// The session the copied lines come from.
  private(set) var foreignID: String?

  /// A file in which no line names the session keeps all its lines, and so does one whose copied
  /// history is found nowhere else.
  init(_ entries: [Entry], sessionID: String, known: Set<String>?) {
    own = entries
    let named = entries.contains { $0.sessionID == sessionID }
    guard named, let foreign = entries.first(where: { Self.isForeign($0, sessionID) }) else {
      return
    }
    foreignID = foreign.sessionID
    own = entries.filter { entry in
      guard Self.isForeign(entry, sessionID), let origin = entry.sessionID else { return true }
      return known.map { !$0.contains(origin) } ?? false
    }
  }

  private static func isForeign(_ entry: Entry, _ sessionID: String) -> Bool {
    entry.sessionID.map { $0 != sessionID } ?? false
  }
}
