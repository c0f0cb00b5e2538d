internal import Basics
public import GitKit
public import TraceModel

/// The event log as it was when this value was made: a read-only view of ``StoreRefs/events``; with the events that
/// others shared, when asked for, of ``StoreRefs/team``.
///
/// The newest commit's tree indexes all events: `by-trace/<hh>/<trace>/` and `by-commit/<hh>/<sha>/` name the blobs of
/// the events about a trace or a commit, so no read walks the chain.
public struct EventLog {
  public let repository: Repository
  public let tip: ObjectID?
  public let root: ObjectID?
  public let team: ObjectID?

  public init(_ repository: Repository) throws { try self.init(repository, team: nil) }

  private init(_ repository: Repository, team: ObjectID?) throws {
    self.repository = repository
    self.team = team
    tip = try repository.resolve(reference: StoreRefs.events)
    root = try tip.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// The events of this clone and those that others shared. These have numbers of 18 digits, of which the first six stand
  /// for the writer; all that goes by the order of a chain is about this clone's events alone.
  public static func union(_ repository: Repository) throws -> EventLog {
    try EventLog(
      repository, team: repository.resolve(reference: StoreRefs.team).flatMap { try repository.tree(ofCommit: $0) })
  }

  /// Whether there is no event at all.
  public var isEmpty: Bool { tip == nil && team == nil }

  var roots: [ObjectID] { [root, team].compactMap { $0 } }

  /// What is in a directory of the index, own entries first.
  private func entries(_ directory: String) throws -> [TreeEntry] {
    try roots.flatMap { root in
      try repository.entry(at: directory, in: root).flatMap { try repository.tree($0.id) } ?? []
    }
  }

  public static func eventFile(_ sequence: Int) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ".json"
  }

  public static func traceDirectory(_ id: String) -> String {
    "by-trace/\(StoreRefs.shard(id))/\(StoreRefs.fileName(id))"
  }

  public static func commitDirectory(_ hex: String) -> String { "by-commit/\(hex.prefix(2))/\(hex)" }

  /// The events about a trace in sequence order. Cost: their number.
  public func events(ofTrace id: String) throws -> [TrailEvent] { try events(in: Self.traceDirectory(id)) }

  /// The events about a trace that are about commits, by commit. Cost: one tree.
  ///
  /// - Parameter commits: the commits by the sequence numbers of their events, see ``commitsBySequence()``.
  public func eventsOfCommits(
    ofTrace id: String, among commits: [Int: ObjectID]
  ) throws -> [ObjectID: [ObjectID]] {
    var found: [ObjectID: [ObjectID]] = [:]
    for file in try entries(Self.traceDirectory(id)) {
      if let commit = Self.sequence(file).flatMap({ commits[$0] }) { found[commit, default: []].append(file.id) }
    }
    return found
  }

  /// The commits that some search or anchor is about. Cost: 256 trees.
  public func searchedCommits() throws -> [ObjectID] {
    let found = try entries("by-commit").flatMap { shard in
      try (repository.tree(shard.id) ?? []).compactMap { ObjectID(hex: $0.name.description) }
    }
    return team == nil ? found : Set(found).sorted()
  }

  /// The commits that events in force are about, by sequence number; without commits that share all of their events with
  /// another one: in these nothing was found. Cost: 256 trees, and one for each commit
  /// that something was found in.
  public func commitsBySequence() throws -> [Int: ObjectID] {
    var trees: [ObjectID: ObjectID?] = [:]
    for shard in try entries("by-commit") {
      for commit in try repository.tree(shard.id) ?? [] {
        let isShared = trees[commit.id] != nil
        trees[commit.id] = .some(isShared ? nil : ObjectID(hex: commit.name.description))
      }
    }
    var commits: [Int: ObjectID] = [:]
    for (tree, commit) in trees {
      guard let commit else { continue }
      for file in try repository.tree(tree) ?? [] {
        if let sequence = Self.sequence(file) { commits[sequence] = commit }
      }
    }
    return commits
  }

  /// Those events about a trace that have one of some sequence numbers. Cost: their number, and a tree.
  public func events(ofTrace id: String, among sequences: Set<Int>) throws -> [TrailEvent] {
    try entries(Self.traceDirectory(id)).compactMap { file in
      Self.sequence(file).map(sequences.contains) ?? false ? try event(file) : nil
    }
  }

  private static func sequence(_ file: TreeEntry) -> Int? { Int(file.name.description.prefix { $0 != "." }) }

  /// The traces that events are about, each with the tree of its events. Cost: the trees above.
  public func traceTrees() throws -> [(trace: String, tree: ObjectID)] {
    try entries("by-trace").flatMap { shard in
      try (repository.tree(shard.id) ?? []).map { (StoreRefs.traceID(ofFile: $0.name.description), $0.id) }
    }
  }

  /// The events about a commit in sequence order. Cost: their number.
  public func events(ofCommit id: ObjectID) throws -> [TrailEvent] { try events(in: Self.commitDirectory(id.hex)) }

  /// The sequence numbers of the events about a commit that are in force. Cost: four trees.
  public func sequences(ofCommit id: ObjectID) throws -> Set<Int> {
    Set(try entries(Self.commitDirectory(id.hex)).compactMap(Self.sequence))
  }

  /// Whether something was found out about a commit, be it that nobody is tied to it. Cost: four trees.
  public func hasEvents(ofCommit id: ObjectID) throws -> Bool {
    try roots.contains { try repository.entry(at: Self.commitDirectory(id.hex), in: $0) != nil }
  }

  /// The newest event about a commit; nil when there is none. Cost: four trees and one event.
  public func lastEvent(ofCommit id: ObjectID) throws -> TrailEvent? {
    guard let root, let entry = try repository.entry(at: Self.commitDirectory(id.hex), in: root),
      let last = try repository.tree(entry.id)?.last
    else { return nil }
    return try event(blob: last.id)
  }

  private func events(in directory: String) throws -> [TrailEvent] {
    try entries(directory).compactMap { try event($0) }
  }

  /// The event in a file; nil for one of somebody else's that can't be read.
  func event(_ file: TreeEntry) throws -> TrailEvent? {
    let isShared = WriterID.share(ofNumber: Self.sequence(file) ?? 0) > 0
    return isShared ? try? event(blob: file.id) : try event(blob: file.id)
  }

  /// One event. Cost: one blob.
  ///
  /// - Throws: ``StoreError`` when it is missing or damaged.
  public func event(blob id: ObjectID) throws -> TrailEvent {
    guard let bytes = try repository.blob(id) else {
      throw StoreError(.corrupt, "read the event", id.hex, "the object is missing")
    }
    guard let json = try? JSONValue(parsing: bytes), let event = TrailEvent(json: json) else {
      throw StoreError(.corrupt, "read the event", id.hex, "it is not an event")
    }
    return event
  }

  /// The last event's sequence and id; nil while the log is empty. Cost: one tree and one event.
  public func tail() throws -> (sequence: Int, eventID: String)? {
    guard let root, let events = try repository.entry(at: "events", in: root),
      let last = try repository.tree(events.id)?.last
    else { return nil }
    let event = try event(blob: last.id)
    return (event.sequence, event.eventID)
  }

  /// The id of the newest batch; nil while the log is empty. Cost: one tree and one blob.
  public func lastBatchID() throws -> String? {
    guard let root, let bytes = try repository.blob(at: "batch.json", in: root) else { return nil }
    return try? JSONValue(parsing: bytes)["batch_id"]?.string
  }

  /// The batches, oldest first. Cost: one commit each.
  public func batches() throws -> [ObjectID] {
    guard let tip else { return [] }
    var chain: [ObjectID] = []
    var next: ObjectID? = tip
    while let id = next, let commit = try repository.commit(id) {
      chain.append(id)
      next = commit.parents.first
    }
    return chain.reversed()
  }

  /// How many batches there are. Cost: one commit each.
  public func batchCount() throws -> Int {
    guard let tip else { return 0 }
    return try repository.walk(from: [tip]).count
  }

  /// The events of one batch in sequence order.
  public func events(ofBatch id: ObjectID) throws -> [TrailEvent] {
    try files(ofBatch: id).map { try event(blob: $0.id) }
  }

  /// The files in which the events of one batch lie.
  func files(ofBatch id: ObjectID) throws -> [TreeEntry] {
    guard let tree = try repository.tree(ofCommit: id), let events = try repository.entry(at: "events", in: tree)
    else { return [] }
    return try repository.tree(events.id) ?? []
  }

  /// What a batch says of itself; nil when it can't be read.
  func header(ofBatch id: ObjectID) throws -> JSONValue? {
    guard let tree = try repository.tree(ofCommit: id), let bytes = try repository.blob(at: "batch.json", in: tree)
    else { return nil }
    return try? JSONValue(parsing: bytes)
  }

  /// Every event of the log in sequence order. Cost: the whole log.
  public func all() throws -> [TrailEvent] { try batches().flatMap { try events(ofBatch: $0) } }
}
