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
    bucket = try Bucket(repository)
    log = try EventLog(repository)
  }

  /// Cost: the events about the trace.
  ///
  /// - Parameter includeOverlapping: list commits with weak evidence too.
  public func blame(_ trace: String, includeOverlapping: Bool) throws -> TraceBlame {
    guard let row = try bucket.row(trace) else {
      throw StoreError(.notFound, "read the trace", trace, "there is no such trace")
    }
    let anchors = try TraceAnchors(log).current(of: trace)
    let commits = try Dictionary(grouping: anchors, by: \.commit).compactMap { id, anchors in
      try share(id, anchors, includeOverlapping: includeOverlapping)
    }
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

  private func share(
    _ id: ObjectID, _ anchors: [Anchor], includeOverlapping: Bool
  ) throws -> TraceBlame.CommitShare? {
    guard let commit = try repository.commit(id) else { return nil }
    let tier = anchors.map(\.tier).min { $0.rank < $1.rank } ?? .unknown
    let link = tier.linkTier
    guard includeOverlapping || link == .toolEmitted || link == .toolEmittedWithDivergence else { return nil }
    return TraceBlame.CommitShare(
      commit: commit, lines: anchors.reduce(0) { $0 + $1.lineCount }, files: Set(anchors.map(\.path)).sorted(),
      tier: tier.rawValue, tierLabel: tier.label, linkTier: link.rawValue)
  }
}

/// The anchors of a trace that are in force.
struct TraceAnchors {
  private let log: EventLog

  init(_ log: EventLog) { self.log = log }

  /// Anchors that a later search of their commit did not replace, in log order.
  func current(of trace: String) throws -> [Anchor] {
    let anchors = try log.events(ofTrace: trace).compactMap { Anchor($0) }
    var inForce: [ObjectID: Set<String>] = [:]
    return try anchors.filter { anchor in
      if inForce[anchor.commit] == nil {
        inForce[anchor.commit] = Set(try log.events(ofCommit: anchor.commit).compactMap { Anchor($0)?.id })
      }
      return inForce[anchor.commit]?.contains(anchor.id) ?? false
    }
  }
}
