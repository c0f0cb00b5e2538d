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
  private let membership: SessionMembership
  private let writer: any ObjectWriter
  private let time: Timestamp
  private let knownSessions: Set<String>
  private let environment: CaptureEnvironment
  private let parser = JSONParser()

  /// - Parameter knownSessions: ids of all sessions that have a file: history copied from one of them is left out.
  init(
    _ repository: Repository, writer: any ObjectWriter, time: Timestamp, knownSessions: Set<String>,
    environment: CaptureEnvironment
  ) throws {
    self.knownSessions = knownSessions
    self.environment = environment
    bucket = try Bucket(repository)
    membership = SessionMembership(repository)
    self.writer = writer
    self.time = time
  }

  func prepare(_ session: SessionFile) -> SessionOutcome {
    do {
      return try read(session)
    } catch {
      return .failed("\(error)")
    }
  }

  private func read(_ session: SessionFile) throws -> SessionOutcome {
    let buffer = try PaddedBuffer(readingFile: session.path)
    guard buffer.count > 0 else { return .rejected("the file is empty") }
    let trace = TraceID.make(agent: session.agent.rawValue, session: session.sessionID, generation: 1)
    let old = try bucket.row(trace)
    let source = SourceUpdate(buffer.bytes, stored: old?.source)
    let agents = try session.loadSubagents()
    let journal = try JournalUpdate(
      bucket, trace: trace, agent: session.agent.rawValue, session: session.sessionID)
    if source.isUnchanged, !journal.isNew, try storedAgents(trace) == agents.map(\.stem).count, agents.isEmpty {
      return .unchanged
    }
    var options = SessionAgent.Options()
    options.project = session.project
    options.knownSessions = knownSessions
    options.listsDependencies = false
    if session.agent == .pi { options.sidecar = PiSidecar(journal: journal.bytes) }
    var parsed = session.agent.parse(buffer, sessionID: session.sessionID, subagents: agents, options: options)
    let snapshots = SnapshotEdits(bucket.repository, journal: journal.bytes)
    if !snapshots.isEmpty { parsed.edits = try snapshots.replace(parsed.edits, steps: parsed.record.steps) }
    if let rejection = parsed.rejection {
      return .rejected(Self.sentence(rejection, problems: parsed.problems))
    }
    var result = PreparedSession(row: row(parsed, trace: trace, source: source, session: session))
    result.isNew = old == nil
    result.replacesSource = old != nil && source.start == 0
    result.row.writtenAt = time
    result.row.baseCommit = old?.baseCommit ?? baseCommit(parsed)
    if try bucket.environment(trace) == nil {
      result.blobs.append(
        (Bucket.environmentName, try writer.writeBlob(CanonicalJSON.line(environment.json) + [0x0A])))
    }
    if journal.isNew { result.blobs.append((Bucket.journalName, try writer.writeBlob(journal.bytes))) }
    try writeSource(source, buffer, agents, into: &result)
    try writeEdits(parsed, trace: trace, known: old != nil, into: &result)
    return .prepared(result, problems: parsed.problems)
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

  private func row(_ parsed: ParsedSession, trace: String, source: SourceUpdate, session: SessionFile) -> TraceRow {
    let record = parsed.record
    var row = TraceRow(
      traceID: trace, sessionID: session.sessionID, agentName: record.agent.name, generationIndex: 1,
      source: source.state(basename: Paths.name(session.path)), writtenAt: time)
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
    row.forkedFrom = parsed.forkedFrom
    return row
  }

  private func writeSource(
    _ source: SourceUpdate, _ buffer: PaddedBuffer, _ agents: [ClaudeCodeAdapter.SubagentFile],
    into result: inout PreparedSession
  ) throws {
    for (offset, range) in source.ranges.enumerated() {
      let piece = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer.bytes[range]))
      let name = SourceSegments.name(source.firstSegment + offset)
      result.blobs.append((name, try writer.write(.blob, piece)))
    }
    for agent in agents {
      let blob = try writer.write(.blob, UnsafeRawBufferPointer(agent.buffer.bytes))
      result.blobs.append(("subagents/\(agent.stem).jsonl", blob))
    }
  }

  private func writeEdits(
    _ parsed: ParsedSession, trace: String, known: Bool, into result: inout PreparedSession
  ) throws {
    let directory = parsed.directories.first
    for directory in parsed.directories { _ = membership.root(of: directory) }
    var byPath: [BytePath: [StoredEdit]] = [:]
    for (order, edit) in parsed.edits.enumerated() {
      guard let path = membership.repositoryPath(of: edit.path, directory: directory) else { continue }
      var stored = StoredEdit(
        traceID: trace, sessionID: parsed.record.sessionID, generation: 1,
        sessionStart: parsed.firstTimestamp ?? edit.time, order: order, path: path, edit: edit)
      if case .rename(let from) = edit.kind {
        stored.previousPath = membership.repositoryPath(of: from, directory: directory)
      }
      byPath[path, default: []].append(stored)
    }
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
