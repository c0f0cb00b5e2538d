internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// Reads one session file at a time, writes its objects and says what the store should hold. One per thread.
final class SessionPreparer {
  private let bucket: Bucket
  private let purged: Tombstones
  private let membership: SessionMembership
  private let writer: any ObjectWriter
  private let time: Timestamp
  private let knownSessions: Set<String>
  private let environment: CaptureEnvironment
  private let parser = JSONParser()
  private let continuation: SessionContinuation
  private let continues: Bool

  /// - Parameters:
  ///   - knownSessions: ids of all sessions that have a file: history copied from one of them is left out.
  ///   - continues: whether what was added to a file may be read alone.
  init(
    _ repository: Repository, writer: any ObjectWriter, time: Timestamp, knownSessions: Set<String>,
    environment: CaptureEnvironment, continues: Bool
  ) throws {
    self.continues = continues
    self.knownSessions = knownSessions
    self.environment = environment
    bucket = try Bucket(repository)
    purged = try Tombstones(repository)
    membership = SessionMembership(repository)
    self.writer = writer
    self.time = time
    continuation = SessionContinuation(bucket: bucket, membership: membership, writer: writer, time: time)
  }

  func prepare(_ session: SessionFile) -> SessionOutcome {
    do {
      return try read(session)
    } catch {
      return .failed("\(error)")
    }
  }

  private func read(_ session: SessionFile) throws -> SessionOutcome {
    let trace = TraceID.make(agent: session.agent.rawValue, session: session.sessionID, generation: 1)
    if purged.contains(trace) { return .rejected("it was purged") }
    let old = try bucket.row(trace)
    if continues, let old, let continued = try continuation.prepare(session, trace: trace, old: old) {
      return continued
    }
    return try readWhole(session, trace: trace, old: old)
  }

  private func readWhole(_ session: SessionFile, trace: String, old: TraceRow?) throws -> SessionOutcome {
    let buffer = try PaddedBuffer(readingFile: session.path)
    guard buffer.count > 0 else { return .rejected("the file is empty") }
    let source = TextUpdate(buffer.bytes, stored: try bucket.pieces(trace, of: .source), kind: .source)
    // What grows while it is read is read again.
    let seen = FoldPoint.Seen(session)
    let agents = try session.loadSubagents()
    let journal = try JournalUpdate(
      bucket, trace: trace, agent: session.agent.rawValue, session: session.sessionID)
    if source.isUnchanged, journal.isUnchanged, try storedAgents(trace) == agents.map(\.stem).count, agents.isEmpty {
      return .unchanged
    }
    var options = SessionAgent.Options()
    options.project = session.project
    options.knownSessions = knownSessions
    if session.agent == .pi { options.sidecar = PiSidecar(journal: journal.bytes) }
    var parsed = session.agent.parse(buffer, sessionID: session.sessionID, subagents: agents, options: options)
    let snapshots = SnapshotEdits(bucket.repository, journal: journal.bytes)
    let calls = SessionCalls(parsed.record.steps)
    if !snapshots.isEmpty { parsed.edits = try snapshots.replace(parsed.edits, calls) }
    if let rejection = parsed.rejection {
      return .rejected(Self.sentence(rejection, problems: parsed.problems))
    }
    if old == nil, changesNothing(parsed, trace: trace) {
      return .rejected("it worked in the repository around this submodule, and changed nothing here")
    }
    let (text, pieces) = try source.write(buffer.bytes, writer)
    var result = PreparedSession(row: row(parsed, trace: trace, source: text, session: session))
    result.blobs = pieces
    result.isNew = old == nil
    result.replacesSource = old != nil && source.start == 0
    result.row.writtenAt = time
    result.row.baseCommit = old?.baseCommit ?? baseCommit(parsed)
    if try bucket.environment(trace) == nil {
      result.blobs.append(
        (Bucket.environmentName, try writer.writeBlob(CanonicalJSON.line(environment.json) + [0x0A])))
    }
    let (storedJournal, journalPieces) = try journal.write(writer)
    result.blobs += journalPieces
    for agent in agents {
      let blob = try writer.write(.blob, UnsafeRawBufferPointer(agent.buffer.bytes))
      result.blobs.append(("subagents/\(agent.stem).jsonl", blob))
    }
    result.search = try SearchUpdate(parsed, trace: trace, membership, writer)
    try writeEdits(parsed, trace: trace, known: old != nil, into: &result)
    if buffer.bytes.last == 0x0A, journal.size > 0, snapshots.calls.allSatisfy({ calls[$0] != nil }) {
      result.point = try point(seen, parsed, text, buffer, (journal, storedJournal), snapshots)
    }
    return .prepared(result, problems: parsed.problems)
  }

  /// Whether a session that worked around this submodule left it alone.
  private func changesNothing(_ parsed: ParsedSession, trace: String) -> Bool {
    !parsed.directories.isEmpty && !parsed.directories.contains { membership.isInside($0) }
      && membership.storedEdits(parsed, trace: trace, start: parsed.firstTimestamp).isEmpty
  }

  private func point(
    _ seen: FoldPoint.Seen, _ parsed: ParsedSession, _ text: StoredText, _ buffer: PaddedBuffer,
    _ journal: (update: JournalUpdate, stored: StoredText), _ snapshots: SnapshotEdits
  ) throws -> FoldPoint? {
    guard let reading = parsed.readingPoint else { return nil }
    return FoldPoint(
      seen, reading: reading, source: text, end: Array(buffer.bytes.suffix(FoldPoint.markLength)),
      journal: journal.stored, journalFile: (journal.update.size, journal.update.end),
      busyCalls: snapshots.calls.intersection(reading.openCalls.map(\.call.toolCallID)),
      editCount: parsed.edits.count, lastEdit: parsed.edits.last?.time)
  }

  private func baseCommit(_ parsed: ParsedSession) -> String? {
    guard let directory = parsed.directories.first, let start = parsed.firstTimestamp else { return nil }
    return membership.head(of: directory, at: start)?.hex
  }

  private func storedAgents(_ trace: String) throws -> Int { try bucket.subagentSources(trace).count }

  private static func sentence(_ rejection: SessionRejection, problems: [LineProblem]) -> String {
    switch rejection {
    case .tooSmall: "fewer than two steps or no tool call, nothing to keep"
    case .corrupt:
      "\(problems.count) damaged lines, more than 5 % of the file"
        + (problems.first.map { " (first: line \($0.line), \($0.message))" } ?? "")
    }
  }

  private func row(_ parsed: ParsedSession, trace: String, source: StoredText, session: SessionFile) -> TraceRow {
    let record = parsed.record
    var row = TraceRow(
      traceID: trace, sessionID: session.sessionID, agentName: record.agent.name, generationIndex: 1,
      source: SourceState(source, basename: Paths.name(session.path)), writtenAt: time)
    row.agentVersion = record.agent.version
    row.agentModel = record.agent.model
    row.title = record.task.description
    row.start = parsed.firstTimestamp
    row.end = parsed.lastTimestamp
    row.stepCount = record.steps.count
    row.toolCallCount = record.steps.reduce(0) { $0 + $1.toolCalls.count }
    row.inputTokens = record.metrics.totalInputTokens
    row.outputTokens = record.metrics.totalOutputTokens
    row.cacheReadTokens = record.metrics.totalCacheReadTokens
    row.cacheWriteTokens = record.metrics.totalCacheCreationTokens
    row.estimatedCostUSD = record.metrics.estimatedCostUSD
    row.damagedLines = parsed.problems.count
    row.forkedFrom = parsed.leftOut
    return row
  }

  private func writeEdits(
    _ parsed: ParsedSession, trace: String, known: Bool, into result: inout PreparedSession
  ) throws {
    let byPath = membership.storedEdits(parsed, trace: trace, start: parsed.firstTimestamp)
    let keeper = try PatchKeeper(bucket, trace: trace, known: known, parser: parser)
    for (path, edits) in byPath.sorted(by: { $0.key < $1.key }) {
      let edits = try keeper.keepIDs(of: edits, path: path)
      let first = edits.map(\.time).min() ?? time
      result.edits.append((path, first, try writer.writeBlob(StoredEdit.encode(edits))))
      result.events += edits.flatMap { edit in keeper.newPatches(of: edit).map { PatchEvent.draft($0, of: edit) } }
    }
    result.row.patchCount = byPath.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.patches.count } }
    result.row.filesTouched = byPath.keys.sorted().map(\.description)
    result.events.sort { ($0.stepIndex ?? 0, $0.eventTime) < ($1.stepIndex ?? 0, $1.eventTime) }
  }
}
