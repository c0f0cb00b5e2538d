public import Basics
public import GitKit

/// A commit of a graph with the sessions that wrote it.
public struct GraphCommit: Sendable {
  /// A trace's part in the commit.
  public struct Share: Sendable {
    public let traceID: String
    public let sessionID: String
    /// Added lines that are not blank.
    public let lineCount: Int
    public let files: [BytePath]
  }

  /// How much of a commit sessions wrote.
  public struct Coverage: Hashable, Sendable {
    /// Added lines, not blank, that have an owner.
    public let attributed: Int
    /// Added lines that are not blank.
    public let total: Int
    /// Files that the commit changes.
    public let files: Int
    /// Those of them whose content is not in this clone.
    public let unreadable: Int

    public var isMostlyUnreadable: Bool { unreadable * 2 > files }
  }

  public let commit: Commit
  /// Its place among the lanes; nil where commits stand for themselves.
  public let row: LaneLayout.Row?
  public let source: CommitBlame.Source
  public let anchors: [Anchor]
  /// By lines, most first.
  public let shares: [Share]
  let knownCoverage: Coverage?

  init(commit: Commit, row: LaneLayout.Row?, source: CommitBlame.Source, anchors: [Anchor]) {
    self.commit = commit
    self.row = row
    self.source = source
    self.anchors = anchors
    knownCoverage = anchors.isEmpty ? Coverage(attributed: 0, total: 0, files: 0, unreadable: 0) : nil
    shares = Dictionary(grouping: anchors, by: \.traceID).map { trace, anchors in
      Share(
        traceID: trace, sessionID: anchors[0].sessionID, lineCount: anchors.reduce(0) { $0 + $1.lineCount },
        files: Set(anchors.map(\.path)).sorted())
    }.sorted { ($1.lineCount, $0.traceID) < ($0.lineCount, $1.traceID) }
  }

  /// What a clone that has the notes alone knows.
  init(fromNote blame: CommitBlame, row: LaneLayout.Row?) {
    commit = blame.commit
    self.row = row
    source = blame.source
    anchors = []
    let coverage = blame.coverage
    knownCoverage = Coverage(
      attributed: coverage.attributed, total: coverage.total, files: blame.files.count, unreadable: 0)
    shares = blame.shares.map { share in
      Share(
        traceID: share.traceID, sessionID: share.sessionID, lineCount: share.lineCount,
        files: share.files.map { BytePath($0) })
    }
  }
}
