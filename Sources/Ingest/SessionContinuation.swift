internal import AgentAdapters
internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// Takes up what was added to a session since the last fold, without reading what was read before.
///
/// Cost: the new bytes of the transcript and the journal, the stored edits of the files they change, and a look at
/// the names of the stored pieces.
struct SessionContinuation {
  let bucket: Bucket
  let membership: SessionMembership
  let writer: any ObjectWriter
  let time: Timestamp
  private let parser = JSONParser()

  init(bucket: Bucket, membership: SessionMembership, writer: any ObjectWriter, time: Timestamp) {
    self.bucket = bucket
    self.membership = membership
    self.writer = writer
    self.time = time
  }

  /// Nil where the whole file has to be read.
  func prepare(_ session: SessionFile, trace: String, old: TraceRow) throws -> SessionOutcome? {
    let stored = (source: try bucket.pieces(trace, of: .source), journal: try bucket.pieces(trace, of: .journal))
    let added = try FoldPoint.addition(
      to: session, state: bucket.repository.stateDirectory, source: stored.source, journal: stored.journal)
    guard let start = old.start, let added else { return nil }
    if added.lines.count == 0, added.journal.isEmpty { return .unchanged }
    let point = added.point
    var options = SessionAgent.Options()
    options.project = session.project
    let parsed = session.agent.parse(
      added: added.lines, sessionID: session.sessionID, after: point.reading, options: options)
    guard var parsed, parsed.firstTimestamp.map({ $0 >= start }) ?? true else { return nil }
    let snapshots = SnapshotEdits(bucket.repository, journal: added.journal)
    let calls = SessionCalls(parsed.record.steps, open: point.reading.openCalls, answers: parsed.lateAnswers)
    // What a look found out late belongs to a step that was read before; what a call goes on to change belongs to what it
    // changed before, and when it was refused after all, neither is its doing.
    guard snapshots.calls.allSatisfy({ calls[$0] != nil }), snapshots.calls.isDisjoint(with: point.busyCalls),
      calls.refused.isDisjoint(with: point.busyCalls)
    else { return nil }
    if !snapshots.isEmpty { parsed.edits = try snapshots.replace(parsed.edits, calls) }
    if let first = parsed.edits.first, let last = point.lastEdit, first.time < last { return nil }

    let (text, pieces) = try stored.source.adding(added.lines.bytes, kind: .source, writer)
    var result = PreparedSession(row: row(old, parsed, text))
    result.isNew = false
    result.isContinued = true
    result.blobs = pieces
    let (journal, journalPieces) = try added.journal.withUnsafeBufferPointer {
      try stored.journal.adding($0, kind: .journal, writer)
    }
    result.blobs += journalPieces
    guard try addEdits(parsed, trace: trace, start: start, after: point, to: &result) else { return nil }
    result.search = try SearchUpdate(
      added: parsed, earlier: point.reading.openCalls.map(\.call), trace: trace, in: bucket, membership, writer)
    if let reading = parsed.readingPoint {
      let open = Set(reading.openCalls.map(\.call.toolCallID))
      result.point = FoldPoint(
        added.seen, reading: reading, source: text, end: added.end, journal: journal, journalFile: added.journalFile,
        busyCalls: point.busyCalls.union(snapshots.calls).intersection(open),
        editCount: point.editCount + parsed.edits.count, lastEdit: parsed.edits.last?.time ?? point.lastEdit)
    }
    return .prepared(result, problems: [])
  }

  private func row(_ old: TraceRow, _ parsed: ParsedSession, _ text: StoredText) -> TraceRow {
    let record = parsed.record
    var row = old
    row.source = SourceState(text, basename: old.source.basename)
    row.writtenAt = time
    row.agentVersion = record.agent.version ?? old.agentVersion
    row.agentModel = old.agentModel ?? record.agent.model
    row.end = [old.end, parsed.lastTimestamp].compactMap { $0 }.max()
    row.stepCount += record.steps.count
    row.toolCallCount += record.steps.reduce(0) { $0 + $1.toolCalls.count }
    row.inputTokens += record.metrics.totalInputTokens
    row.outputTokens += record.metrics.totalOutputTokens
    row.cacheReadTokens += record.metrics.totalCacheReadTokens
    row.cacheWriteTokens += record.metrics.totalCacheCreationTokens
    row.estimatedCostUSD = record.metrics.estimatedCostUSD
    return row
  }

  /// Adds the new edits to those that are stored. Returns false when one belongs to a call that has some already.
  private func addEdits(
    _ parsed: ParsedSession, trace: String, start: Timestamp, after point: FoldPoint, to result: inout PreparedSession
  ) throws -> Bool {
    let byPath = membership.storedEdits(parsed, trace: trace, start: start, from: point.editCount)
    let tree = try bucket.traceTree(trace)
    for (path, edits) in byPath.sorted(by: { $0.key < $1.key }) {
      let name = "edits/" + StoreRefs.pathKey(path)
      let bytes = try tree.flatMap { try bucket.repository.blob(at: name, in: $0) } ?? []
      let old = StoredEdit.decode(bytes, with: parser)
      guard Set(old.map(\.toolCallID)).isDisjoint(with: edits.map(\.toolCallID)) else { return false }
      let all = old + edits
      let first = all.map(\.time).min() ?? time
      result.edits.append((path, first, try writer.writeBlob(bytes + StoredEdit.encode(edits))))
      result.events += edits.flatMap { edit in edit.patches.map { PatchEvent.draft($0, of: edit) } }
      result.row.patchCount += edits.reduce(0) { $0 + $1.patches.count }
    }
    let files = Set(result.row.filesTouched.map { BytePath($0) }).union(byPath.keys)
    result.row.filesTouched = files.sorted().map(\.description)
    result.events.sort { ($0.stepIndex ?? 0, $0.eventTime) < ($1.stepIndex ?? 0, $1.eventTime) }
    return true
  }
}

extension SessionMembership {
  /// The edits of files of the repository, by path.
  ///
  /// - Parameters:
  ///   - start: when the session began.
  ///   - from: the number of edits that come before them.
  func storedEdits(
    _ parsed: ParsedSession, trace: String, start: Timestamp?, from: Int = 0
  ) -> [BytePath: [StoredEdit]] {
    let directory = parsed.directories.first
    for directory in parsed.directories { _ = root(of: directory) }
    var byPath: [BytePath: [StoredEdit]] = [:]
    for (order, edit) in parsed.edits.enumerated() {
      guard let path = repositoryPath(of: edit.path, directory: directory) else { continue }
      var stored = StoredEdit(
        traceID: trace, sessionID: parsed.record.sessionID, generation: 1, sessionStart: start ?? edit.time,
        order: from + order, path: path, edit: edit)
      if case .rename(let from) = edit.kind {
        stored.previousPath = repositoryPath(of: from, directory: directory)
      }
      byPath[path, default: []].append(stored)
    }
    return byPath
  }
}
