public import Basics
internal import Dispatch
public import GitKit
internal import Ingest
internal import SecurityTools
internal import Synchronization
internal import TraceModel
internal import TraceStore
internal import Trails

#if canImport(Glibc)
  internal import Glibc
#endif

/// Filters captured traces into the plane that this clone shares.
///
/// Refs read: the private plane, the event log, what others shared. Refs written: ``StoreRefs/shareable(_:)``.
public struct SecurityRun {
  public struct Report: Sendable {
    public var total = 0
    /// Newly cleared.
    public var filtered: [String] = []
    public var alreadyFiltered = 0
    /// Traces that stay here, and why.
    public var failed: [(trace: String, reason: String)] = []
    public var events = 0
    /// Where the plane is now.
    public var tip: ObjectID?
    /// What is cleared now.
    public var state = ClearanceState.nothing
  }

  /// What to filter.
  public enum Scope: Sendable, Equatable {
    /// All that is not cleared.
    case all
    /// What was filtered before and is out of date.
    case stale
    case trace(String)
  }

  private let repository: Repository
  private let policy: ClearancePolicy
  private let writer: String
  private let time: Timestamp
  private let progress: any ProgressReporter

  public init(
    _ repository: Repository, policy: ClearancePolicy, writer: String, time: Timestamp,
    progress: any ProgressReporter = SilentProgress()
  ) {
    self.repository = repository
    self.policy = policy
    self.writer = writer
    self.time = time
    self.progress = progress
  }

  /// Traces whose filtered form is written before the reference moves: what a crash can cost.
  private static let batch = 500

  /// - Throws: ``RemoteProblem`` when no tool is enabled, or another process was at it all the time.
  public func run(_ scope: Scope) throws -> Report {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    return try run(scope, turn)
  }

  func run(_ scope: Scope, _ turn: ShareTurn) throws -> Report {
    guard policy.isConfigured else { throw RemoteProblem(.notConfigured, "no security tool is enabled") }
    var plane = try SharePlane(repository, writer: writer)
    let state = try ClearanceState(repository, plane: plane, policy: policy)
    var report = Report()
    report.total = state.total
    let wanted: [String] =
      switch scope {
      case .all: (state.stale + state.unfiltered).sorted()
      case .stale: state.stale.sorted()
      case .trace(let trace): (state.stale + state.unfiltered).filter { $0 == trace }
      }
    report.alreadyFiltered = scope == .all ? state.cleared : 0
    if case .trace = scope, wanted.isEmpty { report.alreadyFiltered = 1 }
    for start in stride(from: 0, to: max(1, wanted.count), by: Self.batch) {
      let part = Array(wanted[start..<min(wanted.count, start + Self.batch)])
      try advance(part, from: plane, done: start, of: wanted.count, &report)
      plane = try SharePlane(repository, writer: writer)
    }
    report.tip = plane.tip
    report.state =
      report.filtered.isEmpty ? state : try ClearanceState(repository, plane: plane, policy: policy)
    // Only a later look is slower without them.
    try? report.state.save(repository)
    try? BucketSummary(Bucket(repository)).save()
    return report
  }

  private func advance(
    _ traces: [String], from plane: SharePlane, done: Int, of total: Int, _ report: inout Report
  ) throws {
    let writer = PackWriter(repository)
    let editor = TreeEditor(repository, base: plane.root)
    if plane.root == nil {
      editor.set("format.json", try writer.writeBlob("{\"schema\":\"opentraces.bucket.git.v1\"}\n"))
    }
    let bucket = try Bucket(repository)
    var changes = Changes()
    let index = PathIndex(plane)
    let trees = try traces.reduce(into: [String: ObjectID]()) { $0[$1] = try bucket.traceTree($1) }
    try filter(traces, plane.tip) { number, trace, result in
      progress.report(stage: "filtering", done: done + number, total: total)
      switch result {
      case .success(let files):
        if !files.isAddition { try index.remove(trace, editor) }
        try place(files, trace, in: editor, writer)
        changes.filtered[trace] = (files.point, files.tally, files.edits)
        if let tree = trees[trace] {
          changes.marks[trace] = SharePlane.Mark(source: SharePlane.source(of: tree), policy: policy.digest)
        }
        changes.literals[trace] = files.literals
        report.filtered.append(trace)
      case .failure(let refusal as TraceFilter.Refusal):
        report.failed.append((trace, refusal.description))
        try withdraw(trace, from: plane, index, editor, &changes)
      case .failure(let error as StoreError):
        report.failed.append((trace, error.description))
        try withdraw(trace, from: plane, index, editor, &changes)
      case .failure(let error):
        throw error
      }
    }
    report.filtered.sort()
    changes.isOtherPolicy = try traces.contains { trace in
      try plane.mark(trace).map { $0.policy != policy.digest } ?? false
    }
    try placeMarks(changes, in: editor, plane, writer)
    try publish(changes, editor, plane, writer, &report)
  }

  /// What a batch makes of a plane.
  private struct Changes {
    var marks: [String: SharePlane.Mark] = [:]
    /// Traces that were shared and may not be any more.
    var withdrawn: Set<String> = []
    /// Where to go on with the traces that were filtered.
    var filtered: [String: (record: RecordPoint?, tally: ClassifierTally?, edits: ObjectID?)] = [:]
    /// What programs found in the traces that were filtered.
    var literals: [String: EventFilter.Literals] = [:]
    /// Something in the plane was filtered by other rules: what it was before must not leave as history either.
    var isOtherPolicy = false
  }

  /// A trace that is not cleared under the present policy leaves the plane.
  private func withdraw(
    _ trace: String, from plane: SharePlane, _ index: PathIndex, _ editor: TreeEditor, _ changes: inout Changes
  ) throws {
    guard let mark = try plane.mark(trace), mark.policy != policy.digest else { return }
    try index.remove(trace, editor)
    changes.withdrawn.insert(trace)
  }

  private static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Filters on all processors; `take` gets the results one at a time.
  private func filter(
    _ traces: [String], _ plane: ObjectID?, _ take: (Int, String, Result<TraceFilter.Result, any Error>) throws -> Void
  ) throws {
    let directory = repository.gitDirectory
    let (policy, time) = (policy, time)
    let next = Mutex(0)
    let failure = Mutex<(any Error)?>(nil)
    let turn = Mutex(0)
    let workers = max(1, min(4, Self.processors, traces.count))
    withoutActuallyEscaping(take) { take in
      let shared = Unshared(take)
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        do {
          guard let repository = try Repository.open(containing: directory) else { return }
          let filter = try TraceFilter(repository, policy: policy, time: time)
          let growth = try plane.map { try TraceGrowth(repository, policy: policy, filter: filter, plane: $0) }
          while failure.withLock({ $0 == nil }) {
            let number = next.withLock { number in
              defer { number += 1 }
              return number
            }
            guard number < traces.count else { return }
            let trace = traces[number]
            let result = Result { try growth?.added(trace) ?? filter.filtered(trace) }
            try turn.withLock { done in
              done += 1
              try shared.value(done, trace, result)
            }
          }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func place(
    _ result: TraceFilter.Result, _ trace: String, in editor: TreeEditor, _ writer: any ObjectWriter
  ) throws {
    let directory = StoreRefs.traceDirectory(trace)
    for file in result.files {
      editor.set("\(directory)/\(file.name)", try writer.writeBlob(file.bytes, family: file.name))
    }
    for file in result.paths { editor.set(file.name, try writer.writeBlob(file.bytes)) }
  }

  private func placeMarks(
    _ changes: Changes, in editor: TreeEditor, _ plane: SharePlane, _ writer: any ObjectWriter
  ) throws {
    for (shard, names) in Dictionary(grouping: changes.withdrawn.union(changes.marks.keys), by: StoreRefs.shard) {
      let file = "clear/" + shard
      let old = try plane.root.flatMap { try repository.blob(at: file, in: $0) } ?? []
      var all = Dictionary(SharePlane.parse(old)) { first, _ in first }
      for name in names { all[name] = changes.marks[name] }
      editor.set(file, try writer.writeBlob(SharePlane.encode(all)))
    }
  }

  // MARK: Events

  private func publish(
    _ changes: Changes, _ editor: TreeEditor, _ plane: SharePlane, _ writer: PackWriter,
    _ report: inout Report
  ) throws {
    let log = try EventLog(repository)
    let told = PublishedState(repository)
    let union = try Bucket.union(repository)
    // Of traces that others share it is told where they landed.
    func isShared(_ trace: String) -> Bool {
      if changes.marks[trace] != nil { return true }
      if changes.withdrawn.contains(trace) { return false }
      if (try? plane.mark(trace)) ?? nil != nil { return true }
      return (try? Bucket(repository, plane: union.team).traceTree(trace)) ?? nil != nil
    }
    let since = try told.root(of: plane, policy: policy.digest)
    var changed = try LogChanges(log).traces(since: since).filter { isShared($0) }
      .union(changes.marks.keys).union(changes.withdrawn)
    var literals = changes.literals
    let isComplete = try !policy.asksPrograms || ask(about: &changed, plane, changes, isShared, &literals, &report)
    let filter = EventFilter(policy, literals: literals)
    let events = PublishedEvents(
      repository, log: log, firstNumber: WriterID.firstNumber(self.writer), filter: filter.filtered)
    let tree = try editor.write(writer)
    try writer.flush()
    let second = TreeEditor(repository, base: tree)
    let known = try since.map { (root: $0, known: try knownTraces(changed, plane, changes, in: tree)) }
    let news = try events.update(changed, in: tree, since: known, editor: second, writer, isShared: isShared)
    report.events += news.count
    let root = try second.write(writer)
    // A clone that has nothing to share makes no plane.
    if plane.root == nil, changes.marks.isEmpty, report.events == 0 { return }
    guard root != plane.root else {
      return isComplete ? try told.set(log.root, plane: plane.tip, policy: policy.digest) : ()
    }
    let count = changes.marks.count
    let commit = try writer.writeCommit(
      tree: root, parents: changes.isOtherPolicy ? [] : plane.tip.map { [$0] } ?? [],
      message: count == 0 ? "bucket: events" : "bucket: +\(count) trace\(count == 1 ? "" : "s")", time: time)
    try writer.flush()
    var transaction = ReferenceTransaction(repository)
    transaction.set(StoreRefs.shareable(self.writer), to: commit, expecting: plane.tip)
    try transaction.commit(reason: "opentraces")
    try savePoints(changes, news.commits, plane, in: root)
    if isComplete { try told.set(log.root, plane: commit, policy: policy.digest) }
  }

  /// Of which traces the plane tells all that was known at some time: new events alone are to be told.
  ///
  /// - Parameter tree: the plane as it becomes.
  private func knownTraces(
    _ traces: Set<String>, _ plane: SharePlane, _ changes: Changes, in tree: ObjectID
  ) throws -> [String: PublishedEvents.Known] {
    guard !policy.asksPrograms, !changes.isOtherPolicy, let old = plane.root else { return [:] }
    func edits(_ trace: String, _ root: ObjectID) throws -> Set<TreeEntry> {
      let directory = StoreRefs.traceDirectory(trace) + "/edits"
      return Set(try repository.entry(at: directory, in: root).flatMap { try repository.tree($0.id) } ?? [])
    }
    var known: [String: PublishedEvents.Known] = [:]
    for trace in traces where try plane.mark(trace)?.policy == policy.digest {
      let shared = try repository.entry(at: StoreRefs.traceDirectory(trace), in: old)?.id
      guard let point = SharePoint.read(trace, repository), point.policy == policy.digest, point.tree == shared else {
        continue
      }
      let changed = try edits(trace, old).symmetricDifference(edits(trace, tree))
      known[trace] = PublishedEvents.Known(
        commits: point.commits, changedPaths: Set(changed.map(\.name.description)))
    }
    return known
  }

  /// A point that can't be kept costs the next run more time. Of a trace that was not filtered now the point stays one of the
  /// policy that it was filtered under: only of the present one it goes on.
  private func savePoints(
    _ changes: Changes, _ commits: [String: Set<ObjectID>], _ plane: SharePlane, in root: ObjectID
  ) throws {
    for trace in changes.withdrawn { try? SharePoint.remove(trace, repository) }
    for trace in Set(commits.keys).union(changes.filtered.keys) {
      guard let tree = try repository.entry(at: StoreRefs.traceDirectory(trace), in: root)?.id else { continue }
      let old = SharePoint.read(trace, repository)
      let filtered = changes.filtered[trace]
      let isCurrent =
        try old?.tree == tree && old?.policy == policy.digest && plane.mark(trace)?.policy == policy.digest
      guard let landed = commits[trace] ?? old?.commits, filtered != nil || isCurrent else { continue }
      let point = SharePoint(
        tree: tree, policy: policy.digest, edits: filtered.map(\.edits) ?? old?.edits, commits: landed,
        record: filtered.map(\.record) ?? old?.record, tally: filtered.map(\.tally) ?? old?.tally)
      try? point.save(trace, repository)
    }
  }

  /// Lets programs look at what is told about traces that were not filtered just now. Of one that a program could not look
  /// at, and of one that was filtered under another policy, nothing new is told.
  ///
  /// - Returns: whether what is left out is to be told the next time.
  private func ask(
    about changed: inout Set<String>, _ plane: SharePlane, _ changes: Changes, _ isShared: (String) -> Bool,
    _ literals: inout [String: EventFilter.Literals], _ report: inout Report
  ) throws -> Bool {
    var isComplete = true
    let traces = try TraceFilter(repository, policy: policy, time: time)
    for trace in changed.subtracting(literals.keys).sorted() where isShared(trace) {
      if let mark = try plane.mark(trace), mark.policy != policy.digest {
        changed.remove(trace)
        continue
      }
      do {
        literals[trace] = try traces.literals(trace)
      } catch let refusal as TraceFilter.Refusal {
        report.failed.append((trace, refusal.description))
        changed.remove(trace)
        isComplete = false
      }
    }
    return isComplete
  }
}
