public import Basics
public import GitKit
internal import Ingest
internal import TraceModel
internal import TraceStore
internal import Trails

/// Purges traces: from what this clone keeps and shares, and, by a tombstone in its plane, from what others do.
public struct TracePurge {
  public struct Report: Sendable {
    public var wasCaptured = false
    public var wasShared = false
    public var notes = 0

    public init() {}
  }

  private let repository: Repository
  private let writer: String
  private let time: Timestamp

  public init(_ repository: Repository, writer: String, time: Timestamp) {
    self.repository = repository
    self.writer = writer
    self.time = time
  }

  /// Purges one trace. The plane that is shared begins anew without it, so that the next push takes what it was away
  /// from the remote as well.
  ///
  /// Refs written: the private plane, the event log, the notes, ``StoreRefs/shareable(_:)``, ``StoreRefs/team``.
  /// - Throws: ``RemoteProblem`` when another process was at it all the time.
  public func purge(_ trace: String, reason: String) throws -> Report {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    let row = try Bucket.union(repository).row(trace)
    let key = Digest.sha256Hex((row?.agentName ?? "") + "\0" + (row?.sessionID ?? ""))
    let stone = Tombstones.text(trace, writer: writer, reason: reason, sessionKey: key, time: time)
    return try bury([(trace, stone)], reason: reason)
  }

  /// Purges here what others purged: their tombstones are kept in the own plane as well, so that they last.
  ///
  /// - Returns: the traces that were here.
  func applyTombstones() throws -> [String] {
    let plane = try SharePlane(repository, writer: writer)
    let bucket = try Bucket(repository)
    let log = try EventLog(repository)
    var stones: [(String, [UInt8])] = []
    for stone in try Tombstones(repository).all {
      let told = EventLog.traceDirectory(stone.trace)
      let isHere =
        try bucket.traceTree(stone.trace) != nil || plane.mark(stone.trace) != nil
        || [log.root, plane.root].contains { try $0.flatMap { try repository.entry(at: told, in: $0) } != nil }
      guard isHere, let bytes = try repository.blob(stone.blob) else { continue }
      stones.append((stone.trace, bytes))
    }
    if stones.isEmpty { return [] }
    _ = try bury(stones, reason: "purged by another clone")
    return stones.map(\.0)
  }

  /// First what is shared, then what is kept: a crash in between leaves a trace that is purged here again the next time.
  private func bury(_ stones: [(trace: String, text: [UInt8])], reason: String) throws -> Report {
    var report = Report()
    let plane = try SharePlane(repository, writer: writer)
    report.wasShared = try stones.contains { try plane.mark($0.trace) != nil }
    try writePlane(plane, stones)
    for stone in stones {
      let row = try Bucket(repository).row(stone.trace)
      guard let removed = try TraceRemoval(repository, time: time).remove(stone.trace, reason: reason) else {
        throw RemoteProblem(.locked, "another process is writing to the store")
      }
      try SharePoint.remove(stone.trace, repository)
      if let row { try SessionRemains.remove(of: row.sessionID, agent: row.agentName, in: repository) }
      report.wasCaptured = report.wasCaptured || removed.wasCaptured
      report.notes += removed.notes
    }
    guard try TeamPlane(repository).refresh(time: time) != nil else {
      throw RemoteProblem(.locked, "another process is writing to the store")
    }
    return report
  }

  private func writePlane(_ plane: SharePlane, _ stones: [(trace: String, text: [UInt8])]) throws {
    let objects = AdaptiveWriter(repository)
    let editor = TreeEditor(repository, base: plane.root)
    if plane.root == nil {
      editor.set("format.json", try objects.writeBlob("{\"schema\":\"opentraces.bucket.git.v1\"}\n"))
    }
    let index = PathIndex(plane)
    for stone in stones {
      try index.remove(stone.trace, editor)
      editor.set(Tombstones.file(stone.trace), try objects.writeBlob(stone.text))
    }
    for (shard, traces) in Dictionary(grouping: stones.map(\.trace), by: StoreRefs.shard) {
      guard let bytes = try plane.root.flatMap({ try repository.blob(at: "clear/" + shard, in: $0) }) else { continue }
      var marks = Dictionary(SharePlane.parse(bytes)) { first, _ in first }
      for trace in traces { marks[trace] = nil }
      editor.set("clear/" + shard, try objects.writeBlob(SharePlane.encode(marks)))
    }
    let tree = try editor.write(objects)
    try objects.flush()
    let purged = Set(stones.map(\.trace))
    let second = TreeEditor(repository, base: tree)
    let events = PublishedEvents(
      repository, log: try EventLog(repository), firstNumber: WriterID.firstNumber(writer), filter: { $0 })
    try events.forget(purged, in: tree, editor: second)
    let root = try second.write(objects)
    let commit = try objects.writeCommit(tree: root, parents: [], message: "bucket: purge", time: time)
    try objects.flush()
    var transaction = ReferenceTransaction(repository)
    transaction.set(StoreRefs.shareable(writer), to: commit, expecting: plane.tip)
    try transaction.commit(reason: "opentraces")
  }
}
