public import Basics
public import GitKit
internal import TraceStore

/// Attributes a few new commits from what the store knows of their ancestors, without looking at other traces than
/// those that touched the commits' paths.
public struct IncrementalAttribution {
  public struct Report: Sendable {
    public var commits: [ObjectID] = []
    /// Traces that had edited one of the paths.
    public var candidates = 0
    public var landing = Backfill.Report()
    /// Why nothing was written: `no_traces`, `no_candidates`, `store_busy`.
    public var reason: String?
  }

  private let repository: Repository
  private let source: String
  private let time: Timestamp

  public init(_ repository: Repository, source: String, time: Timestamp) {
    self.repository = repository
    self.source = source
    self.time = time
  }

  /// Seconds to wait for the store: a hook has two in all.
  private static let patience = 1.0
  /// Commits left over from earlier hooks that one run takes along.
  private static let leftoverLimit = 20

  /// Refs written: the event log, the private plane (ledgers), the notes. Commits that cannot be written because the
  /// store stays locked are remembered, and the next run or back-fill sees to them.
  ///
  /// - Parameter commits: in any order; each is attributed on its own.
  public func run(_ commits: [ObjectID]) throws -> Report {
    let pending = PendingCommits(repository)
    let leftover = pending.list().filter { !commits.contains($0) }.prefix(Self.leftoverLimit)
    let commits = Array(leftover) + commits
    var report = Report()
    report.commits = commits
    let bucket = try Bucket(repository)
    guard bucket.tip != nil else {
      report.reason = "no_traces"
      return report
    }
    let cache = HistoryCache(repository)
    let results = try attribute(commits, bucket: bucket, cache: cache, report: &report)
    guard !results.isEmpty else {
      try pending.remove(commits)
      report.reason = "no_candidates"
      return report
    }
    guard
      let transaction = try StoreTransaction.begin(
        repository, writer: AdaptiveWriter(repository), time: time, timeout: Self.patience)
    else {
      try pending.add(results.map(\.change.commit.id))
      report.reason = "store_busy"
      return report
    }
    let store = try LandingStore(transaction, source: source, time: time)
    for result in results { try store.add(result, to: &report.landing) }
    try store.finish()
    try transaction.commit()
    try pending.remove(commits)
    return report
  }

  private func attribute(
    _ commits: [ObjectID], bucket: Bucket, cache: HistoryCache, report: inout Report
  ) throws -> [CommitResult] {
    let edits = EditIndex(bucket)
    let reader = CommitChangeReader(repository: repository)
    var results: [CommitResult] = []
    for id in commits {
      guard let commit = try repository.commit(id) else { continue }
      let change = try reader.read(commit) { try edits.isKnown($0) }
      if !change.files.isEmpty {
        results.append(try attribute(change, edits: edits, bucket: bucket, cache: cache, report: &report))
      }
      // The cache only saves time.
      try? cache.add([change])
    }
    return results
  }

  private func attribute(
    _ change: CommitChange, edits: EditIndex, bucket: Bucket, cache: HistoryCache, report: inout Report
  ) throws -> CommitResult {
    var filters: [BytePath: EditFilter] = [:]
    for path in Set(change.files.flatMap(\.paths)) {
      filters[path] = EditFilter(change.files.filter { $0.paths.contains(path) })
    }
    let history = try LedgerHistory(
      repository, bucket: bucket, cache: cache, change: change, edits: edits, filters: filters)
    let engine = OwnershipEngine(edits: { path in
      guard let filter = filters[path] else { return [] }
      return try edits.edits(of: path, for: filter)
    })
    let ownership = try engine.attribute(change, history: history)
    report.candidates +=
      Set(try change.files.flatMap(\.paths).flatMap { try edits.entries(of: $0).map(\.traceID) }).count
    let evidence = try EvidenceDigest.make(change.commit, paths: change.touchedPaths, edits: edits)
    return CommitResult(change: change, ownership: ownership, evidence: evidence)
  }
}
