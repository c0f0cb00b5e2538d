internal import Basics
internal import TraceModel

/// Puts a session together from its scanned file.
struct PiAssembler {
  private let sessionID: String
  private let options: PiAdapter.Options
  private let transcript: PiTranscript
  private let tree: PiTree
  private let results: PiResults
  private let drafts: [Draft]
  /// Without those that were copied from a session that has a file.
  private let entries: [PiEntry]

  init(_ transcript: PiTranscript, sessionID: String, options: PiAdapter.Options) {
    self.transcript = transcript
    self.sessionID = sessionID
    self.options = options
    entries = Self.own(transcript, options.knownSessions)
    tree = PiTree(entries, told: options.sidecar.leaf)
    results = PiResults(entries)
    drafts = PiStepBuilder.drafts(entries, tree, results, model: transcript.facts.model)
  }

  /// A fork begins with the entries of its parent, which are older than its file.
  private static func own(_ transcript: PiTranscript, _ known: Set<String>?) -> [PiEntry] {
    guard let parent = transcript.facts.parentID, let created = transcript.facts.created,
      known.map({ $0.contains(parent) }) ?? true
    else { return transcript.entries }
    return transcript.entries.filter { $0.time.map { $0 >= created } ?? true }
  }

  func assemble() -> ParsedSession {
    let recorder = PiRecordBuilder(
      sessionID: sessionID, options: options, facts: transcript.facts, drafts: drafts, cost: cost)
    var session = ParsedSession(record: recorder.record())
    session.problems = transcript.lines.problems
    session.lineCount = transcript.lines.lineCount
    session.directories = transcript.facts.directories
    session.forkedFrom = transcript.facts.parentID
    if entries.count < transcript.entries.count { session.leftOut = transcript.facts.parentID }
    let times = entries.filter(\.isMessage).compactMap(\.time)
    session.firstTimestamp = times.min()
    session.lastTimestamp = times.max()
    session.rejection = rejection(session.record)
    session.stepAnchors = anchors
    if options.listsEdits { session.edits = edits }
    let metadata = PiMetadata(
      facts: transcript.facts, copied: copiedCount, entries: entries, tree: tree, drafts: drafts,
      problems: session.problems,
      sidecar: options.sidecar)
    session.record.metadata = metadata.object()
    session.record.timestampStart = session.firstTimestamp?.iso8601
    session.record.timestampEnd = session.lastTimestamp?.iso8601
    return session
  }

  /// The entries that were copied from the parent session; nil without one.
  private var copiedCount: Int? {
    guard transcript.facts.parentSession != nil, let created = transcript.facts.created else { return nil }
    return transcript.entries.count { $0.time.map { $0 < created } ?? false }
  }

  /// What the answers of the active branch cost.
  private var cost: Double? {
    var sum = PiSpending()
    for (position, entry) in entries.enumerated() where tree.isActive[position] {
      if case .assistant(let answer) = entry.kind { sum.add(answer.spending) }
    }
    return sum.cost
  }

  private func rejection(_ record: TraceRecord) -> SessionRejection? {
    if transcript.lines.isCorrupt { return .corrupt }
    let hasCall = record.steps.contains { !$0.toolCalls.isEmpty }
    return record.steps.count < 2 || !hasCall ? .tooSmall : nil
  }

  private var anchors: [StepAnchor] {
    drafts.enumerated().map { position, draft in
      StepAnchor(
        stepIndex: position + 1, entryID: draft.entryID, parentID: draft.parentID, line: draft.line,
        offset: draft.offset, agentID: nil)
    }
  }

  /// The edits with their step numbers.
  private var edits: [FileEdit] {
    var stepOf: [String: Int] = [:]
    for (position, draft) in drafts.enumerated() { stepOf[draft.entryID] = position + 1 }
    let directory = transcript.facts.directories.first
    return PiEditExtractor(results: results, directory: directory).edits(of: entries, tree).map { entry, edit in
      var edit = edit
      edit.stepIndex = stepOf[entries[entry].id] ?? lastStep(before: edit)
      return edit
    }
  }

  private func lastStep(before edit: FileEdit) -> Int {
    (drafts.lastIndex { $0.time.map { $0 <= edit.time } ?? false } ?? 0) + 1
  }
}

extension PiEntry {
  fileprivate var isMessage: Bool {
    switch kind {
    case .user, .injected, .assistant, .result, .shell: true
    case .model, .link: false
    }
  }
}
