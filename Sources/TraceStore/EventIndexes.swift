internal import Basics
public import GitKit
internal import TraceModel

/// What the indexes of the event log have to list, as its events say it.
struct EventIndexes {
  struct Entry: Hashable {
    let file: String
    let blob: ObjectID
  }

  /// A directory of an index, or an index as a whole, that lists something else.
  struct Difference {
    let path: String
    /// What is to be below it, by directory.
    let entries: [String: [Entry]]
  }

  private var byTrace: [String: [Entry]] = [:]
  /// What is in force.
  private var byCommit: [String: CommitEvents] = [:]
  /// All events about a commit, by directory.
  private var aboutCommit: [String: Set<Entry>] = [:]

  /// - Parameter event: the one after those before.
  mutating func add(_ event: TrailEvent, _ file: TreeEntry) {
    let entry = Entry(file: file.name.description, blob: file.id)
    if let purged = event.draft.payload["purged_trace_id"]?.string { remove(purged) }
    if let trace = event.draft.traceID { byTrace[EventLog.traceDirectory(trace), default: []].append(entry) }
    for commit in StoreTransaction.commits(of: event.draft.payload) {
      byCommit[EventLog.commitDirectory(commit), default: CommitEvents()].add(event, entry.file, entry.blob)
      aboutCommit[EventLog.commitDirectory(commit), default: []].insert(entry)
    }
  }

  private mutating func remove(_ trace: String) {
    guard let gone = byTrace.removeValue(forKey: EventLog.traceDirectory(trace)) else { return }
    let files = Set(gone.map(\.file))
    for directory in byCommit.keys { byCommit[directory]?.remove(files) }
    for directory in aboutCommit.keys { aboutCommit[directory]?.subtract(gone) }
  }

  /// What the indexes below a root have that is not as it should be, sorted.
  ///
  /// The index of a trace lists all its events. That of a commit lists some of its events: a later search replaces an
  /// earlier one; none is wrong where there are some. Cost: the trees of the indexes.
  func differences(_ repository: Repository, _ root: ObjectID) throws -> [Difference] {
    let commits = byCommit.mapValues { $0.entries.map { Entry(file: $0.file, blob: $0.blob) } }
    return try differences("by-trace", byTrace, repository, root) { _, stored, wanted in stored == wanted }
      + differences("by-commit", commits, repository, root) { directory, stored, wanted in
        stored.isEmpty ? wanted.isEmpty : aboutCommit[directory]?.isSuperset(of: stored) ?? false
      }
  }

  private func differences(
    _ name: String, _ wanted: [String: [Entry]], _ repository: Repository, _ root: ObjectID,
    isRight: (String, [Entry], [Entry]) -> Bool
  ) throws -> [Difference] {
    // An index that can't be read is wrong as a whole.
    guard let stored = try? Self.stored(name, repository, root) else {
      return [Difference(path: name, entries: wanted)]
    }
    return Set(stored.keys).union(wanted.keys).sorted().compactMap { directory in
      let now = wanted[directory] ?? []
      return isRight(directory, stored[directory] ?? [], now)
        ? nil : Difference(path: directory, entries: [directory: now])
    }
  }

  /// The entries of an index by directory. Throws when a tree is missing.
  private static func stored(_ name: String, _ repository: Repository, _ root: ObjectID) throws -> [String: [Entry]] {
    func children(_ id: ObjectID) throws -> [TreeEntry] {
      guard let entries = try repository.tree(id) else {
        throw StoreError(.corrupt, "read the index", name, "the tree \(id.hex) is missing")
      }
      return entries
    }
    guard let index = try repository.entry(at: BytePath(name), in: root) else { return [:] }
    var found: [String: [Entry]] = [:]
    for shard in try children(index.id) {
      for directory in try children(shard.id) {
        found["\(name)/\(shard.name)/\(directory.name)"] = try children(directory.id).map {
          Entry(file: $0.name.description, blob: $0.id)
        }
      }
    }
    return found
  }
}

/// Makes the indexes of the event log again from its events, where they do not say what the events say.
///
/// The newest commit of the log is written anew with the same parents: events and batches stay as they are.
public struct EventIndexRepair {
  public struct Report: Sendable {
    /// Directories of the indexes that were made again.
    public var directories = 0
    public var events = 0
    public var lastSequence = 0
    public var lastBatch: String?
  }

  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  /// Refs written: ``StoreRefs/events``, when something was wrong. Twice is the same as once. Cost: the whole log.
  ///
  /// - Returns: nil when another process held the store's lock all the time.
  /// - Throws: ``StoreError`` when an event can't be read: it can't be made again from anything here.
  public func run() throws -> Report? {
    guard let lock = try FileLock.acquire(StoreTransaction.lockPath(repository), timeout: 30) else { return nil }
    defer { lock.release() }
    let log = try EventLog(repository)
    var report = Report()
    guard let tip = log.tip, let root = log.root, let commit = try repository.commit(tip) else { return report }
    var indexes = EventIndexes()
    for batch in try log.batches() {
      for file in try log.files(ofBatch: batch) {
        let event = try log.event(blob: file.id)
        indexes.add(event, file)
        (report.events, report.lastSequence) = (report.events + 1, event.sequence)
      }
    }
    report.lastBatch = try log.lastBatchID()
    let editor = TreeEditor(repository, base: root)
    for difference in try indexes.differences(repository, root) {
      report.directories += max(1, difference.entries.count)
      editor.remove(difference.path)
      for (directory, entries) in difference.entries {
        for entry in entries { editor.set("\(directory)/\(entry.file)", entry.blob) }
      }
    }
    if report.directories == 0 { return report }
    let writer = AdaptiveWriter(repository)
    let tree = try editor.write(writer)
    let fresh = try writer.writeCommit(
      tree: tree, parents: commit.parents, message: commit.message, time: commit.committerTime)
    try writer.flush()
    var transaction = ReferenceTransaction(repository)
    transaction.set(StoreRefs.events, to: fresh, expecting: tip)
    try transaction.commit(reason: "opentraces: indexes of the event log")
    return report
  }
}
