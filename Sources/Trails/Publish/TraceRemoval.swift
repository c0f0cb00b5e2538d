public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Takes a trace out of what this clone keeps: the private plane with its indexes and ledgers, the indexes of the event
/// log, the lines of the notes.
///
/// The private plane has no history, so that what was captured is gone but for objects that git prunes later. The log is
/// a chain: events about the trace stay in it, with paths and digests, without text; no index leads to them.
public struct TraceRemoval {
  public static let eventType = "trace_purged"

  private let repository: Repository
  private let time: Timestamp

  public init(_ repository: Repository, time: Timestamp) {
    self.repository = repository
    self.time = time
  }

  public struct Report: Sendable {
    /// Whether the trace was captured here.
    public var wasCaptured = false
    public var notes = 0
  }

  /// Refs written: the private plane, the event log, the notes. Cost: the trace's paths and events.
  ///
  /// - Returns: nil when another process held the store's lock all the time.
  public func remove(_ trace: String, reason: String) throws -> Report? {
    guard let transaction = try StoreTransaction.begin(repository, writer: AdaptiveWriter(repository), time: time)
    else { return nil }
    do {
      var report = Report()
      let events = try EventLog.union(repository).events(ofTrace: trace)
      report.notes = try removeNotes(of: trace, events, in: transaction)
      if let tree = try transaction.bucket.traceTree(trace) {
        report.wasCaptured = true
        try removePaths(of: trace, tree, in: transaction)
        transaction.remove(StoreRefs.traceDirectory(trace))
      } else if let tree = try Bucket.union(repository).traceTree(trace) {
        // What its lines landed in was found here as well.
        try removePaths(of: trace, tree, in: transaction)
      }
      let isKnown = try !transaction.log.events(ofTrace: trace).isEmpty
      if report.wasCaptured || isKnown {
        transaction.forget(trace)
        try transaction.append([
          TrailEventDraft(
            eventType: Self.eventType, eventTime: time, writer: "bucket-purge", captureMethod: ["bucket_purge"],
            payload: ["purged_trace_id": .string(trace), "reason": .string(reason)])
        ])
      }
      if transaction.isEmpty { transaction.abandon() } else { try transaction.commit() }
      let answers = repository.stateDirectory + "/fates/" + StoreRefs.fileName(trace)
      for ending in [".json", ".lines"] { try Files.remove(answers + ending) }
      return report
    } catch {
      transaction.abandon()
      throw error
    }
  }

  private func removeNotes(
    of trace: String, _ events: [TrailEvent], in transaction: StoreTransaction
  ) throws -> Int {
    let notes = try NotesTree(repository, reference: StoreRefs.notes)
    var count = 0
    for commit in Set(events.compactMap { Anchor($0)?.commit }) {
      guard let note = try notes.note(on: commit) else { continue }
      let left = NoteText.note(note, without: trace)
      if left == note { continue }
      transaction.setNote(left, on: commit)
      count += 1
    }
    return count
  }

  /// The trace's entries of the index of edited paths, and what its lines landed in.
  private func removePaths(of trace: String, _ tree: ObjectID, in transaction: StoreTransaction) throws {
    guard let root = transaction.bucket.root, let edits = try repository.entry(at: "edits", in: tree) else { return }
    let suffix = "-" + StoreRefs.fileName(trace)
    for edit in try repository.tree(edits.id) ?? [] {
      let key = edit.name.description
      let index = "by-path/\(key.prefix(2))/\(key)"
      for entry in try repository.entry(at: index, in: root).flatMap({ try repository.tree($0.id) }) ?? []
      where entry.name.description.hasSuffix(suffix) {
        transaction.remove("\(index)/\(entry.name)")
      }
      let file = "landed/\(key.prefix(2))/\(key)"
      guard let bytes = try repository.blob(at: file, in: root) else { continue }
      let ledger = LandingLedger(bytes).without(trace)
      if ledger.rows.isEmpty {
        transaction.remove(file)
      } else {
        transaction.set(file, try transaction.writer.writeBlob(ledger.bytes))
      }
    }
  }
}
