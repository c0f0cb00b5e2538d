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

  /// Seconds to wait for another hook, and for the store.
  private static let patience = 5.0
  /// Commits left over from earlier hooks that one run takes along.
  private static let leftoverLimit = 20

  /// Puts commits on the list of pending ones.
  ///
  /// - Parameter hasLiveSessions: a session is running that the store does not know yet.
  /// - Returns: false when there is no session that could have written anything.
  public func enlist(_ commits: [ObjectID], hasLiveSessions: Bool = false) throws -> Bool {
    guard try hasLiveSessions || !Bucket.union(repository).isEmpty else { return false }
    try PendingCommits(repository).add(commits)
    return true
  }

  /// Those of the commits that no hook and no back-fill has looked at. Cost: a look-up each.
  public func unseen(_ commits: [ObjectID]) throws -> [ObjectID] {
    let log = try EventLog(repository)
    let cache = HistoryCache(repository)
    return try commits.filter { try cache.number(of: $0) == nil && !log.hasEvents(ofCommit: $0) }
  }

  /// Enlists commits and works on the list.
  public func run(_ commits: [ObjectID]) throws -> Report {
    guard try enlist(commits) else {
      var report = Report()
      report.commits = commits
      report.reason = "no_traces"
      return report
    }
    return try work(on: commits)
  }

  /// Attributes these commits and some that earlier hooks left, as far as they are on the list still.
  ///
  /// Refs written: the event log, the private plane (ledgers), the notes. One hook at a time works; parents come before
  /// their children. What is not seen to, because the store stays locked or the process ends, stays on the list, and
  /// the next run or back-fill sees to it; a commit that fails three times is given up.
  ///
  /// - Throws: the first failure, when all commits had their turn.
  public func work(on commits: [ObjectID]) throws -> Report {
    var report = Report()
    report.commits = commits
    let pending = PendingCommits(repository)
    guard let turn = try FileLock.acquire(repository.stateDirectory + "/hook.lock", timeout: Self.patience) else {
      report.reason = "store_busy"
      return report
    }
    defer { turn.release() }
    let waiting = pending.list()
    try pending.remove(waiting.filter { !repository.contains($0) })
    var failure: (any Error)?
    for commit in try parentsFirst(waiting).prefix(Self.leftoverLimit + commits.count) {
      do {
        try pending.attempt(commit.id)
        guard try attribute(commit, report: &report) else {
          // Waiting was no attempt.
          try pending.remove([commit.id])
          try pending.add([commit.id])
          report.reason = "store_busy"
          return report
        }
        try pending.remove([commit.id])
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return report
  }

  private func parentsFirst(_ ids: [ObjectID]) throws -> [Commit] {
    var waiting = Dictionary(try ids.compactMap { try repository.commit($0) }.map { ($0.id, $0) }) { first, _ in first }
    var order: [Commit] = []
    func visit(_ id: ObjectID) {
      guard let commit = waiting.removeValue(forKey: id) else { return }
      for parent in commit.parents { visit(parent) }
      order.append(commit)
    }
    for id in ids { visit(id) }
    return order
  }

  /// Ancestors that no hook looked at, taken along with a commit at most; what is left is a back-fill's.
  private static let ancestorLimit = 50

  private enum Outcome {
    case done
    case locked
    /// The store was changed in the meantime, so that the result is out of date.
    case outdated
    /// Nobody knows yet what landed in these ancestors.
    case missing([Commit])
  }

  /// - Returns: false when the store stayed locked, or changed each time.
  private func attribute(_ commit: Commit, report: inout Report) throws -> Bool {
    var attempts = 0
    var isFirst = true
    while attempts < 3 {
      switch try attributeOnce(commit, asksForAncestors: isFirst, report: &report) {
      case .done: return true
      case .locked: return false
      case .outdated: attempts += 1
      case .missing(let ancestors):
        for ancestor in ancestors {
          // Each of them is looked at once, whatever it lacks itself: they come parents first.
          guard case .done = try attributeOnce(ancestor, asksForAncestors: false, report: &report) else { break }
        }
        isFirst = false
      }
    }
    return false
  }

  private func attributeOnce(_ commit: Commit, asksForAncestors: Bool, report: inout Report) throws -> Outcome {
    let bucket = try Bucket.union(repository)
    let edits = EditIndex(bucket)
    let change = try CommitChangeReader(repository: repository).read(commit) { try edits.isKnown($0) }
    let cache = HistoryCache(repository)
    // The cache only saves time.
    defer { try? cache.add([change]) }
    let submodules = SubmoduleEvidence(repository, edits: edits)
    try settle(change.gitlinks, submodules)
    let nested = try submodules.runs(for: change.gitlinks)
    guard !change.files.isEmpty || !nested.isEmpty else {
      if report.landing.anchorsCreated == 0 { report.reason = "no_candidates" }
      return .done
    }
    let past = try past(of: change, edits: edits, bucket: bucket, cache: cache)
    if asksForAncestors {
      let missing = try unknown(past.history.touching)
      if !missing.isEmpty { return .missing(missing) }
    }
    let result = try attribute(change, past, nested, edits: edits, report: &report)
    guard
      let transaction = try StoreTransaction.begin(
        repository, writer: AdaptiveWriter(repository), time: time, timeout: Self.patience)
    else { return .locked }
    guard transaction.bucket.tip == bucket.tip else {
      transaction.abandon()
      return .outdated
    }
    let store = try LandingStore(transaction, source: source, time: time)
    try store.add(result, to: &report.landing)
    try store.finish()
    try transaction.commit()
    report.reason = nil
    return .done
  }

  /// Sees to the submodules' commits that their own hooks have not come to yet: who commits in a submodule mostly
  /// commits around it right after.
  private func settle(_ gitlinks: [FileDelta], _ submodules: SubmoduleEvidence) throws {
    for delta in gitlinks {
      guard let (submodule, commits) = try submodules.commits(delta), try Bucket(submodule).tip != nil else { continue }
      let inside = IncrementalAttribution(submodule, source: source, time: time)
      let unseen = try inside.unseen(commits)
      guard !unseen.isEmpty, unseen.count <= Self.leftoverLimit else { continue }
      _ = try inside.run(unseen.reversed())
      submodule.refreshObjects()
    }
  }

  /// Those of the commits that nobody has searched, parents first.
  private func unknown(_ commits: Set<ObjectID>) throws -> [Commit] {
    let log = try EventLog(repository)
    let unknown = try commits.filter { try !log.hasEvents(ofCommit: $0) }
    guard !unknown.isEmpty, unknown.count <= Self.ancestorLimit else { return [] }
    return try parentsFirst(try unknown.compactMap { try repository.commit($0) }.sorted(by: Self.isOlder).map(\.id))
  }

  private static func isOlder(_ a: Commit, _ b: Commit) -> Bool {
    (a.committerTime, a.id) < (b.committerTime, b.id)
  }

  /// What attribution of a commit depends on.
  private struct Past {
    let history: LedgerHistory
    let candidates: [BytePath: [CandidateEdit]]
  }

  private func past(
    of change: CommitChange, edits: EditIndex, bucket: Bucket, cache: HistoryCache
  ) throws -> Past {
    var filters: [BytePath: EditFilter] = [:]
    for path in Set(change.files.flatMap(\.paths)) {
      filters[path] = try EditFilter(change, path: path) { try repository.blob($0) }
    }
    var candidates: [BytePath: [CandidateEdit]] = [:]
    for (path, filter) in filters { candidates[path] = try edits.edits(of: path, for: filter) }
    let history = try LedgerHistory(
      repository, bucket: bucket, cache: cache, change: change, edits: edits, filters: filters,
      candidates: { candidates[$0] ?? [] })
    return Past(history: history, candidates: candidates)
  }

  private func attribute(
    _ change: CommitChange, _ past: Past, _ nested: [OwnedRun], edits: EditIndex, report: inout Report
  ) throws -> CommitResult {
    let engine = OwnershipEngine(edits: { past.candidates[$0] ?? [] }, read: { try repository.blob($0) })
    var ownership = try engine.attribute(change, history: past.history)
    ownership.add(nested)
    report.candidates +=
      Set(try change.files.flatMap(\.paths).flatMap { try edits.entries(of: $0).map(\.traceID) }).count
    let evidence = try EvidenceDigest.make(
      change.commit, paths: change.touchedPaths, edits: edits, submodules: nested)
    return CommitResult(change: change, ownership: ownership, evidence: evidence)
  }
}
