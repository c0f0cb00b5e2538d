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
    let results = try commits.compactMap { try attribute($0, bucket: bucket, report: &report) }
    guard !results.isEmpty else {
      try pending.remove(commits)
      report.reason = "no_candidates"
      return report
    }
    guard
      let transaction = try StoreTransaction.begin(
        repository, writer: LooseWriter(repository), time: time, timeout: Self.patience)
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

  private func attribute(_ id: ObjectID, bucket: Bucket, report: inout Report) throws -> CommitResult? {
    guard let commit = try repository.commit(id) else { return nil }
    let edits = EditIndex(bucket)
    let change = try CommitChangeReader(repository: repository).read(commit) { try edits.isKnown($0) }
    guard !change.files.isEmpty else { return nil }
    let history = try LedgerHistory(repository, bucket: bucket, change: change, edits: edits)
    let engine = OwnershipEngine(edits: { try edits.edits(of: $0) })
    let ownership = try engine.attribute(change, history: history)
    report.candidates +=
      Set(try change.files.flatMap(\.paths).flatMap { try edits.entries(of: $0).map(\.traceID) }).count
    let evidence = try EvidenceDigest.make(commit, paths: change.touchedPaths, edits: edits)
    return CommitResult(change: change, ownership: ownership, evidence: evidence)
  }
}

/// The past of one commit as the ledgers and the repository tell it.
struct LedgerHistory: LandingHistory {
  /// Commits walked at most to find the last change of a path.
  static let walkLimit = 2000

  private let landed: [EditLineID: [Landing]]
  private let ancestors: Set<ObjectID>
  private let lastChanges: [BytePath: Timestamp]
  let isRebased: Bool

  init(_ repository: Repository, bucket: Bucket, change: CommitChange, edits: EditIndex) throws {
    let paths = change.files.flatMap(\.paths)
    var landed: [EditLineID: [Landing]] = [:]
    for path in Set(paths) {
      guard let root = bucket.root, let bytes = try repository.blob(at: LandingLedger.file(path), in: root) else {
        continue
      }
      landed.merge(LandingLedger(bytes).index) { $0 + $1 }
    }
    self.landed = landed
    let oldest = try paths.compactMap { try edits.edits(of: $0).first?.edit.time }.min()
    let walk = try PathWalk(
      repository, below: change.commit, paths: Set(paths), notBefore: oldest ?? change.time, limit: Self.walkLimit)
    ancestors = walk.commits
    lastChanges = walk.lastChanges
    let parents = try change.commit.parents.compactMap { try repository.commit($0) }
    isRebased = WalkedHistory.rebased(among: parents + [change.commit]).contains(change.commit.id)
  }

  func landings(of line: EditLineID) -> [Landing] { landed[line] ?? [] }
  func isAncestor(_ commit: ObjectID) -> Bool { ancestors.contains(commit) }
  func lastChange(of paths: [BytePath]) -> Timestamp? { paths.compactMap { lastChanges[$0] }.max() }
}

/// A walk back from a commit that finds the last change of some paths.
struct PathWalk {
  private(set) var commits: Set<ObjectID> = []
  /// Latest author time of a commit that changes the path.
  private(set) var lastChanges: [BytePath: Timestamp] = [:]

  /// - Parameters:
  ///   - notBefore: commits older than this are of no interest.
  ///   - limit: commits to walk at most.
  init(
    _ repository: Repository, below commit: Commit, paths: Set<BytePath>, notBefore: Timestamp, limit: Int
  ) throws {
    guard !commit.parents.isEmpty else { return }
    var walked = 0
    var found: Set<ObjectID> = []
    var changes: [BytePath: Timestamp] = [:]
    var cache: [ObjectID: [BytePath: ObjectID]] = [:]
    func blobs(_ tree: ObjectID) throws -> [BytePath: ObjectID] {
      if let known = cache[tree] { return known }
      var blobs: [BytePath: ObjectID] = [:]
      for path in paths { blobs[path] = try repository.entry(at: path, in: tree)?.id }
      cache[tree] = blobs
      return blobs
    }
    try repository.walk(from: commit.parents) { id in
      guard walked < limit, let ancestor = try repository.commit(id),
        ancestor.committerTime.microseconds >= notBefore.microseconds - OwnershipRules.clockSlack
      else { return false }
      walked += 1
      found.insert(id)
      let here = try blobs(ancestor.tree)
      let parent = try ancestor.parents.first.flatMap { try repository.tree(ofCommit: $0) }
      let before = try parent.map(blobs) ?? [:]
      for path in paths where here[path] != before[path] {
        changes[path] = max(changes[path] ?? ancestor.authorTime, ancestor.authorTime)
      }
      return true
    }
    commits = found
    lastChanges = changes
  }
}
