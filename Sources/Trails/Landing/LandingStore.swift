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
    let anchors = result.ownership.runs.map { Anchor($0, commit: commit.id, blob: nil) }
    count(anchors, in: &report)
    if try isStored(result) {
      report.commitsSkipped += 1
      return
    }
    if try isSettled(result) {
      report.commitsSkipped += 1
      return try updateLedgers(result)
    }
    transaction.replaceIndex(ofCommit: commit.id)
    if anchors.isEmpty {
      empty.append((commit.id, result.evidence))
    } else {
      try transaction.append(
        events.drafts(for: result.ownership, change: result.change, evidence: result.evidence))
    }
    report.anchorsCreated += anchors.count
    try updateNote(anchors, on: commit.id, report: &report)
    try updateLedgers(result)
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

  private func isStored(_ result: CommitResult) throws -> Bool {
    let id = result.change.commit.id
    guard let last = try transaction.log.lastEvent(ofCommit: id), let search = SearchRecord(last, commit: id) else {
      return false
    }
    return search.result == AnchorEvents.resultDigest(of: result.ownership) && search.evidence == result.evidence
  }

  /// Whether somebody else who shares these edits has searched the commit, by the edits as they are here: what was filtered out
  /// of them was there to be compared.
  private func isSettled(_ result: CommitResult) throws -> Bool {
    let id = result.change.commit.id
    if try shared.team == nil || transaction.log.lastEvent(ofCommit: id) != nil { return false }
    return try shared.events(ofCommit: id).contains { SearchRecord($0, commit: id)?.evidence == result.evidence }
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
