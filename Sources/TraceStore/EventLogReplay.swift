public import Basics
public import GitKit
public import TraceModel

/// Puts a complete event log into a repository that has none: what a fresh clone needs to answer as the first one did.
public struct EventLogReplay {
  public enum State: String, Sendable {
    /// The log was written.
    case imported
    /// The repository has this very log.
    case current
    /// There is nothing to write.
    case empty
  }

  public struct Report: Sendable {
    public let state: State
    /// The tip of the log in the target afterwards; nil while it has none.
    public let head: ObjectID?
    public let eventCount: Int
    public let imported: Int
  }

  private let target: Repository
  private let time: Timestamp

  /// - Parameter target: the repository to write to.
  public init(into target: Repository, time: Timestamp) {
    self.target = target
    self.time = time
  }

  /// Refs written: ``StoreRefs/events`` of the target, as one commit without parent that holds all events and both
  /// indexes. Never replaces a log. Cost: the events.
  ///
  /// - Parameter events: a whole log, from sequence 1 on, in order.
  /// - Throws: ``StoreError`` `corrupt` for events that form no valid chain, `differs` when the target has another log,
  ///   `busy` when its store stays locked.
  public func run(_ events: [TrailEvent]) throws -> Report {
    try Self.check(events)
    guard let lock = try FileLock.acquire(StoreTransaction.lockPath(target), timeout: 30) else {
      throw StoreError(.busy, "replay the event log into", target.commonDirectory, "its store is locked")
    }
    defer { lock.release() }
    let log = try EventLog(target)
    if let head = log.tip {
      guard try log.all().map(\.eventID) == events.map(\.eventID) else {
        throw StoreError(
          .differs, "replay the event log into", target.commonDirectory, "it has an event log of its own")
      }
      return Report(state: .current, head: head, eventCount: events.count, imported: 0)
    }
    guard !events.isEmpty else { return Report(state: .empty, head: nil, eventCount: 0, imported: 0) }
    let writer = PackWriter(target)
    let head = try write(events, with: writer)
    try writer.flush()
    var transaction = ReferenceTransaction(target)
    transaction.set(StoreRefs.events, to: head, expecting: nil)
    try transaction.commit(reason: "opentraces: replay")
    return Report(state: .imported, head: head, eventCount: events.count, imported: events.count)
  }

  /// Sequence, chain and hashes.
  private static func check(_ events: [TrailEvent]) throws {
    var previous: String?
    for (number, event) in events.enumerated() {
      guard event.sequence == number + 1, event.previousEventID == previous,
        event.contentHash == TrailEvent.contentHash(of: event.draft.payload), event.eventID == event.recomputedEventID
      else {
        throw StoreError(.corrupt, "replay the event", "\(number + 1)", "it does not continue the chain before it")
      }
      previous = event.eventID
    }
  }

  private func write(_ events: [TrailEvent], with writer: PackWriter) throws -> ObjectID {
    let batch = "bucket-restore-" + Hex.encode(RandomBytes.make(16))
    let editor = TreeEditor(target, base: nil)
    var byCommit: [String: CommitEvents] = [:]
    // The batch is outside of an event's hash.
    let events = events.map { $0.inBatch(batch) }
    for (event, text) in zip(events, EventText.encode(events)) {
      let blob = try writer.writeBlob(text, family: event.draft.eventType)
      let file = EventLog.eventFile(event.sequence)
      editor.set("events/" + file, blob)
      if let trace = event.draft.traceID { editor.set(EventLog.traceDirectory(trace) + "/" + file, blob) }
      for commit in StoreTransaction.commits(of: event.draft.payload) {
        byCommit[commit, default: CommitEvents()].add(event, file, blob)
      }
    }
    for (commit, index) in byCommit {
      for (file, blob) in index.entries { editor.set(EventLog.commitDirectory(commit) + "/" + file, blob) }
    }
    let header: JSONObject = [
      "batch_id": .string(batch), "event_count": .int(events.count), "imported": true,
      "previous_event_log_head": .null, "writer": "bucket-replay",
    ]
    editor.set(
      "batch.json", try writer.writeBlob(CanonicalJSON.pretty(.object(header), sorted: true, asciiOnly: true)))
    return try writer.writeCommit(
      tree: try editor.write(writer), parents: [], message: "opentraces trail event batch \(batch)", time: time)
  }
}
