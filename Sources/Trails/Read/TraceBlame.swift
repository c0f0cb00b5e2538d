public import Basics
public import GitKit
internal import TraceModel
public import TraceStore

/// Where the lines of one trace landed.
public struct TraceBlame: Sendable {
  public struct CommitShare: Sendable {
    public let commit: Commit
    /// Lines of the trace in the commit that are not blank.
    public let lines: Int
    public let files: [BytePath]
    /// The strongest tier among the anchors.
    public let tier: String
    public let tierLabel: String
    public let linkTier: String
  }

  public let row: TraceRow
  /// Newest first.
  public let commits: [CommitShare]
  /// Lines by file, most first.
  public let files: [(path: BytePath, lines: Int)]
}

/// Answers what became of a trace. Reads only.
public struct TraceBlamer {
  private let repository: Repository
  private let bucket: Bucket
  private let log: EventLog

  public init(_ repository: Repository) throws {
    self.repository = repository
    bucket = try Bucket.union(repository)
    log = try EventLog.union(repository)
  }

  /// Cost: the events about the trace.
  ///
  /// - Parameter includeOverlapping: list commits without a tie as well that were the first to change a file after the
  ///   session had edited it (`time_file_overlap`). Costs the diffs of HEAD's history since the first edit.
  public func blame(_ trace: String, includeOverlapping: Bool) throws -> TraceBlame {
    guard let row = try bucket.row(trace) else {
      throw StoreError(.notFound, "read the trace", trace, "there is no such trace")
    }
    let anchors = try TraceAnchors(log).current(of: trace)
    var commits = try Dictionary(grouping: anchors, by: \.commit).compactMap { id, anchors in
      try share(id, anchors)
    }
    if includeOverlapping { commits += try overlapping(trace, except: Set(anchors.map(\.commit))) }
    var files: [BytePath: Int] = [:]
    for anchor in anchors { files[anchor.path, default: 0] += anchor.lineCount }
    return TraceBlame(
      row: row,
      commits: commits.sorted {
        if $0.commit.committerTime != $1.commit.committerTime {
          return $0.commit.committerTime > $1.commit.committerTime
        }
        return $0.commit.id < $1.commit.id
      },
      files: files.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (path: $0.key, lines: $0.value) })
  }

  private func share(_ id: ObjectID, _ anchors: [Anchor]) throws -> TraceBlame.CommitShare? {
    guard let commit = try repository.commit(id) else { return nil }
    let tier = anchors.map(\.tier).min { $0.rank < $1.rank } ?? .unknown
    return share(
      commit, tier, lines: anchors.reduce(0) { $0 + $1.lineCount }, files: Set(anchors.map(\.path)).sorted())
  }

  private func share(
    _ commit: Commit, _ tier: EvidenceTier, lines: Int, files: [BytePath]
  ) -> TraceBlame.CommitShare {
    TraceBlame.CommitShare(
      commit: commit, lines: lines, files: files, tier: tier.rawValue, tierLabel: tier.label,
      linkTier: tier.linkTier.rawValue)
  }

  /// For each edit of the trace the first later commit of HEAD's history that changes its path.
  private func overlapping(_ trace: String, except tied: Set<ObjectID>) throws -> [TraceBlame.CommitShare] {
    let edits = try PatchCatalog(repository).edits(ofTrace: trace)
    guard let head = try repository.head(), let first = edits.map(\.time).min() else { return [] }
    var waiting = Dictionary(grouping: edits, by: \.path).mapValues { $0.map(\.time) }
    var ids: [ObjectID] = []
    try repository.walk(from: [head]) { id in
      guard let commit = try repository.commit(id), commit.committerTime.seconds >= first.seconds else { return false }
      ids.append(id)
      return true
    }
    var shares: [TraceBlame.CommitShare] = []
    let reader = CommitChangeReader(repository: repository)
    for commit in try ids.reversed().compactMap({ try repository.commit($0) }) where !commit.isMerge {
      let changed = try reader.read(commit, only: Set(waiting.keys)) { _ in false }.touchedPaths
      let files = changed.filter { waiting[$0]?.contains { $0.seconds <= commit.committerTime.seconds } ?? false }
      // What was edited later waits for a later commit.
      for path in changed { waiting[path]?.removeAll { $0.seconds <= commit.committerTime.seconds } }
      waiting = waiting.filter { !$0.value.isEmpty }
      if !files.isEmpty, !tied.contains(commit.id) {
        shares.append(share(commit, .timeFileOverlap, lines: 0, files: files.sorted()))
      }
      if waiting.isEmpty { break }
    }
    return shares
  }
}

/// The anchors of a trace that are in force.
struct TraceAnchors {
  private let log: EventLog

  init(_ log: EventLog) { self.log = log }

  /// The same, where it is known which events about commits are in force.
  func current(of trace: String, among sequences: Set<Int>) throws -> [Anchor] {
    Anchor.agreed(try log.events(ofTrace: trace, among: sequences))
  }

  /// Anchors that a later search of their commit did not replace, in log order.
  func current(of trace: String) throws -> [Anchor] {
    var inForce: [ObjectID: Set<Int>] = [:]
    return Anchor.agreed(
      try log.events(ofTrace: trace).filter { event in
        guard let anchor = Anchor(event) else { return false }
        let sequences = try inForce[anchor.commit] ?? log.sequences(ofCommit: anchor.commit)
        inForce[anchor.commit] = sequences
        return sequences.contains(event.sequence)
      })
  }
}
