internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore

/// Queues the results of attribution in a transaction: events, notes and ledgers, where they differ from what is there.
final class LandingStore {
  private let transaction: StoreTransaction
  private let events: AnchorEvents
  private var ledgers: [BytePath: LandingLedger] = [:]
  private var changedLedgers: Set<BytePath> = []
  private let notes: NotesTree
  /// With what others share.
  private let shared: EventLog
  private var empty: [(commit: ObjectID, evidence: String)] = []

  init(_ transaction: StoreTransaction, source: String, time: Timestamp) throws {
    self.transaction = transaction
    events = AnchorEvents(source: source, time: time)
    notes = try NotesTree(transaction.repository, reference: StoreRefs.notes)
    shared = try EventLog.union(transaction.repository)
  }

  /// Takes the result of one commit.
  func add(_ result: CommitResult, to report: inout Backfill.Report) throws {
    let commit = result.change.commit
    let settled = try settled(result)
    let anchors = settled ?? result.ownership.runs.map { Anchor($0, commit: commit.id, blob: nil) }
    count(anchors, in: &report)
    if try isStored(anchors, result) {
      report.commitsSkipped += 1
      return
    }
    transaction.replaceIndex(ofCommit: commit.id)
    if anchors.isEmpty {
      empty.append((commit.id, result.evidence))
    } else if let settled {
      try transaction.append(events.drafts(for: settled, of: commit.id, evidence: result.evidence))
    } else {
      try transaction.append(
        events.drafts(for: result.ownership, change: result.change, evidence: result.evidence))
    }
    report.anchorsCreated += anchors.count
    try updateNote(anchors, on: commit.id, report: &report)
    try updateLedgers(result)
  }

  /// What somebody else who shares these edits found in the commit, by the edits as they are here, when that is as much or more
  /// for every trace: what was filtered out of the edits was there to be compared.
  private func settled(_ result: CommitResult) throws -> [Anchor]? {
    if shared.team == nil { return nil }
    let id = result.change.commit.id
    func lines(_ runs: [(trace: String, count: Int)]) -> [String: Int] {
      runs.reduce(into: [:]) { $0[$1.trace, default: 0] += $1.count }
    }
    let own = lines(result.ownership.runs.map { ($0.edit.traceID, $0.lineCount) })
    let others = Dictionary(grouping: try shared.events(ofCommit: id)) { WriterID.share(ofNumber: $0.sequence) }
      .filter { $0.key > 0 }.sorted { $0.key < $1.key }.map(\.value)
    return others.compactMap { events -> [Anchor]? in
      guard
        events.last(where: { SearchRecord($0, commit: id) != nil })
          .flatMap({ SearchRecord($0, commit: id) })?.evidence == result.evidence
      else { return nil }
      let anchors = events.compactMap { Anchor($0) }.filter { $0.commit == id }
      let found = lines(anchors.map { ($0.traceID, $0.lineCount) })
      return !found.isEmpty && own.allSatisfy { found[$0.key, default: 0] >= $0.value } ? anchors : nil
    }.max { $0.reduce(0) { $0 + $1.lineCount } < $1.reduce(0) { $0 + $1.lineCount } }
  }

  private func count(_ anchors: [Anchor], in report: inout Backfill.Report) {
    guard !anchors.isEmpty else { return }
    report.commitsCorrelated += 1
    for (trace, anchors) in Dictionary(grouping: anchors, by: \.traceID) {
      report.tracesLinked.insert(trace)
      let best = anchors.map(\.tier).min { $0.rank < $1.rank } ?? .unknown
      report.tiers[best.linkTier.rawValue, default: 0] += 1
    }
  }

  private func isStored(_ anchors: [Anchor], _ result: CommitResult) throws -> Bool {
    let id = result.change.commit.id
    guard let last = try transaction.log.lastEvent(ofCommit: id), let search = SearchRecord(last, commit: id) else {
      return false
    }
    return search.result == AnchorEvents.resultDigest(anchors.map(\.id)) && search.evidence == result.evidence
  }

  private func updateNote(_ anchors: [Anchor], on commit: ObjectID, report: inout Backfill.Report) throws {
    let old = try notes.note(on: commit)
    let new = NoteText.note(replacing: old, with: NoteText.lines(anchors))
    guard new != old else { return }
    transaction.setNote(new, on: commit)
    report.notesWritten += 1
  }

  private func updateLedgers(_ result: CommitResult) throws {
    let commit = result.change.commit
    let byPath = Dictionary(grouping: result.ownership.landings, by: \.path)
    for path in Set(result.change.files.flatMap(\.paths)).union(byPath.keys) {
      var ledger = try ledgers[path] ?? load(path)
      let before = ledger.rows
      ledger.replace(commit.id, with: byPath[path]?.map(\.line) ?? [], landing: Landing(commit))
      ledgers[path] = ledger
      if ledger.rows != before { changedLedgers.insert(path) }
    }
  }

  private func load(_ path: BytePath) throws -> LandingLedger {
    guard let root = transaction.bucket.root,
      let bytes = try transaction.repository.blob(at: LandingLedger.file(path), in: root)
    else { return LandingLedger() }
    return LandingLedger(bytes)
  }

  /// Queues what waits for others of its kind, and the ledgers. Call once, before the transaction commits.
  func finish() throws {
    try transaction.append(events.drafts(forEmpty: empty))
    for path in changedLedgers.sorted() {
      guard let ledger = ledgers[path] else { continue }
      transaction.set(LandingLedger.file(path), try transaction.writer.writeBlob(ledger.bytes))
    }
  }
}
