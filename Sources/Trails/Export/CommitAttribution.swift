internal import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Who wrote the lines of one commit, in the shape that other tools' formats take.
public struct CommitAttribution: Sendable {
  /// Lines that one step of one session wrote in one file.
  struct Entry: Sendable {
    let path: BytePath
    let traceID: String
    let sessionID: String
    let step: Int
    /// 1-based, sorted, apart from each other.
    let ranges: [ClosedRange<Int>]
  }

  public let commit: Commit
  /// In path order, then by the first line.
  let entries: [Entry]
  /// The tiers of the evidence of each trace, strongest first.
  let tiers: [String: [String]]
  /// What is known of the traces; a clone without the sessions knows nothing.
  let rows: [String: TraceRow]

  /// The name of the agent behind a trace; nil when its session is not here.
  func agent(of trace: String) -> String? { rows[trace]?.agentName }
}

/// Reads the attribution of commits for export. Reads only, and computes nothing that is not stored.
public struct AttributionReader {
  private let repository: Repository
  private let bucket: Bucket
  private let index: CommitEventIndex

  public init(_ repository: Repository) throws {
    self.repository = repository
    bucket = try Bucket.union(repository)
    index = try CommitEventIndex(EventLog.union(repository))
  }

  /// The commits of a history in which lines of sessions landed, oldest first. Cost: the headers of the history and the
  /// events about its commits.
  public func attributions(from tips: [ObjectID], hiding hidden: [ObjectID]) throws -> [CommitAttribution] {
    let walk = try HistoryWalk(repository, from: tips, hiding: hidden)
    var found: [CommitAttribution] = []
    while let step = try walk.next() {
      if let attribution = try attribution(of: step.id) { found.append(attribution) }
    }
    return found.reversed()
  }

  /// Nil when no line of the commit has an owner.
  public func attribution(of id: ObjectID) throws -> CommitAttribution? {
    let anchors = Anchor.agreed(try index.events(of: id))
    guard anchors.contains(where: { $0.range != nil }), let commit = try repository.commit(id) else { return nil }
    struct Key: Hashable {
      let path: BytePath
      let trace: String
      let step: Int
    }
    let groups = Dictionary(grouping: anchors.filter { $0.range != nil }) {
      Key(path: $0.path, trace: $0.traceID, step: $0.step)
    }
    let entries = groups.map { key, anchors in
      CommitAttribution.Entry(
        path: key.path, traceID: key.trace, sessionID: anchors[0].sessionID, step: key.step,
        ranges: LineRanges.merged(anchors.compactMap(\.range)))
    }.sorted {
      ($0.path, $0.ranges[0].lowerBound, $0.traceID, $0.step) < ($1.path, $1.ranges[0].lowerBound, $1.traceID, $1.step)
    }
    var rows: [String: TraceRow] = [:]
    for trace in Set(entries.map(\.traceID)) { rows[trace] = try bucket.row(trace) }
    let tiers = Dictionary(grouping: anchors, by: \.traceID).mapValues { anchors in
      Set(anchors.map(\.tier)).sorted().map(\.rawValue)
    }
    return CommitAttribution(commit: commit, entries: entries, tiers: tiers, rows: rows)
  }

  /// The lines of a file of a commit, for hashes of their content.
  func lines(_ path: BytePath, in commit: Commit) throws -> [Substring] {
    guard let entry = try repository.entry(at: path, in: commit.tree), let bytes = try repository.blob(entry.id) else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }
}
