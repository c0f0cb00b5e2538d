internal import GitKit
internal import TraceStore
internal import Trails

extension BucketSync {
  public struct PullReport: Sendable {
    /// Whether what others share is another than before.
    public var isChanged = false
    public var planes = 0
    public var notes = 0
    public var traces = 0
    public var newTraces = 0
    /// Traces that were here and that another clone purged.
    public var purged: [String] = []
    public var digest = ""
  }

  /// Fetches what others share, joins their notes with ours, and brings the union up to date.
  ///
  /// Refs written: ``StoreRefs/tracking(_:)``, the tracked notes, ``StoreRefs/notes``, ``StoreRefs/team``.
  public func pull() throws -> PullReport {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    let before = Set(try Bucket.union(repository).traceTrees().map(\.name))
    try fetch()
    var report = PullReport()
    let team = TeamPlane(repository)
    if let writer = try WriterID.read(repository, environment: environment) {
      report.purged = try TracePurge(repository, writer: writer, time: time).applyTombstones()
    }
    guard let isChanged = try team.refresh(time: time) else {
      throw RemoteProblem(.locked, "another process is writing to the store")
    }
    report.isChanged = isChanged
    report.planes = try team.planes().count
    report.notes = try receiveNotes()
    let bucket = try Bucket.union(repository)
    let names = try bucket.traceTrees().map(\.name)
    report.traces = names.count
    report.newTraces = names.count { !before.contains($0) }
    report.digest = try digest(try team.planes().map(\.tip) + [ownPlane()?.tip].compactMap { $0 })
    return report
  }

  func fetch() throws {
    // Patterns fit a remote that has none of it yet.
    try transport.fetch(
      remote.name,
      [
        "+\(StoreRefs.shareablePrefix)*:\(StoreRefs.tracking(remote.name))*",
        "+\(StoreRefs.notes)*:\(StoreRefs.trackedNotes(remote.name))*",
      ])
  }

  func receiveNotes() throws -> Int {
    let tombstones = try Tombstones(repository)
    let notes = NotesExchange(repository, remote: remote.name, time: time)
    guard let count = try notes.receive(isDead: tombstones.contains) else {
      throw RemoteProblem(.locked, "another process is writing to the store")
    }
    return count
  }
}
