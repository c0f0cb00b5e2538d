public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Ties the commits of a history to the traces in the store.
public struct Backfill {
  public struct Options: Sendable {
    /// Commits to look at, newest first.
    public var maxCommits: Int
    /// A trace is considered for a commit when it ended at most this long before it.
    public var windowHours: Int
    /// All branches and remote-tracking branches instead of what HEAD reaches.
    public var allBranches: Bool

    /// Hours between the end of a session and a commit that it is considered for, where nothing else is said.
    public static let usualWindowHours = 24

    public init(maxCommits: Int = 500, windowHours: Int = usualWindowHours, allBranches: Bool = false) {
      self.maxCommits = maxCommits
      self.windowHours = windowHours
      self.allBranches = allBranches
    }
  }

  public struct Report: Sendable {
    public var commitsScanned = 0
    public var commitsCorrelated = 0
    /// Commits whose stored result still holds, and those older than every session.
    public var commitsSkipped = 0
    public var tracesLinked: Set<String> = []
    public var anchorsCreated = 0
    public var notesWritten = 0
    /// Pairs of commit and trace by the tier of their link.
    public var tiers: [String: Int] = [:]
    public var errors: [String] = []
  }

  private let repository: Repository
  private let time: Timestamp
  private let progress: any ProgressReporter

  public init(_ repository: Repository, time: Timestamp, progress: any ProgressReporter = SilentProgress()) {
    self.repository = repository
    self.time = time
    self.progress = progress
  }

  /// Computes and stores. Refs written: the event log, the private plane (ledgers), the notes. Cost: the diffs of the
  /// commits made since the first session began.
  ///
  /// - Returns: nil when another process held the store's lock for half a minute.
  public func run(_ options: Options) throws -> Report? {
    for _ in 0..<3 {
      let plan = try BackfillPlan(repository, options: options)
      let results = try plan.compute(progress: progress)
      let writer = PackWriter(repository)
      guard let transaction = try StoreTransaction.begin(repository, writer: writer, time: time) else { return nil }
      // Somebody imported in the meantime: what was computed is out of date.
      guard transaction.bucket.tip == plan.bucket.tip else {
        transaction.abandon()
        continue
      }
      var report = plan.report
      let store = try LandingStore(transaction, source: "git-backfill", time: time)
      for result in results { try store.add(result, to: &report) }
      try store.finish()
      try transaction.commit()
      let pending = PendingCommits(repository)
      try pending.remove(pending.list().filter { plan.covers($0) })
      return report
    }
    return nil
  }
}

/// The attribution of one commit with what it was computed from.
struct CommitResult {
  let change: CommitChange
  let ownership: CommitOwnership
  let evidence: String
}

/// What a back-fill is going to look at.
final class BackfillPlan {
  let bucket: Bucket
  var report = Backfill.Report()
  private let repository: Repository
  private let commits: [Commit]
  private let edits: EditIndex
  private let ends: [String: Timestamp]
  private let firstStart: Timestamp?
  private let window: Int

  init(_ repository: Repository, options: Backfill.Options) throws {
    self.repository = repository
    bucket = try Bucket.union(repository)
    edits = EditIndex(bucket)
    let rows = try bucket.rows()
    ends = Dictionary(rows.map { ($0.traceID, $0.end ?? Timestamp(microseconds: .max)) }) { first, _ in first }
    firstStart = rows.compactMap(\.start).min()
    window = options.windowHours * 3_600_000_000
    let tips = options.allBranches ? try repository.branchTips() : try repository.head().map { [$0] } ?? []
    if rows.isEmpty { report.errors.append("no_traces") }
    if tips.isEmpty { report.errors.append("no_commits") }
    let ids = try repository.walk(from: tips, order: .topological, limit: options.maxCommits).reversed()
    commits = try ids.compactMap { try repository.commit($0) }
    report.commitsScanned = commits.count
  }

  /// Whether the back-fill looks at a commit.
  func covers(_ id: ObjectID) -> Bool { commits.contains { $0.id == id } }

  /// Attributes every commit that is younger than the first session, parents first.
  func compute(progress: any ProgressReporter) throws -> [CommitResult] {
    guard let firstStart else {
      report.commitsSkipped = commits.count
      return []
    }
    let ends = ends
    let window = window
    let edits = edits
    let engine = OwnershipEngine(
      edits: { try edits.edits(of: $0) }, read: { [repository] in try repository.blob($0) },
      isInWindow: { trace, time in
        (ends[trace]?.microseconds ?? .max) >= time.microseconds - window
      })
    let known = try KnownPaths(bucket)
    let history = WalkedHistory(commits)
    var results: [CommitResult] = []
    let reader = try ParallelChangeReader(repository, known: known)
    let cache = HistoryCache(repository)
    let submodules = SubmoduleEvidence(repository, edits: edits)
    var done = 0
    for chunk in commits.chunks(of: 64) {
      let changes = try reader.read(
        chunk.map { max($0.authorTime, $0.committerTime) < firstStart ? nil : $0 })
      // The cache only saves time.
      try? cache.add(changes.compactMap { $0 })
      for (commit, change) in zip(chunk, changes) {
        let view = history.view(of: commit, isNoted: change.map { !$0.files.isEmpty } ?? false)
        done += 1
        guard let change else {
          report.commitsSkipped += 1
          continue
        }
        var ownership = try engine.attribute(change, history: view)
        history.record(change, ownership)
        let nested = try submodules.runs(for: change.gitlinks)
        guard !change.files.isEmpty || !nested.isEmpty else { continue }
        ownership.add(nested)
        let evidence = try EvidenceDigest.make(
          commit, paths: change.touchedPaths, edits: edits, submodules: nested)
        results.append(CommitResult(change: change, ownership: ownership, evidence: evidence))
      }
      progress.report(stage: "backfill", done: done, total: commits.count)
    }
    return results
  }
}

extension Array {
  /// Consecutive slices of at most `size` elements.
  func chunks(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
