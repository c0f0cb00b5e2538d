internal import Basics
internal import GitKit
internal import Ingest
internal import SearchIndex
internal import TraceStore

/// Keeps the search index of a repository: a file beside the refs that says what they were when it was made.
///
/// Refs read: the private plane, the event log and what others shared. Writes only `<state directory>/index`.
struct SearchIndexer {
  private let repository: Repository
  let projectSlug: String
  private let clock: () -> Timestamp

  init(_ repository: Repository, projectSlug: String, patience: Double = 60, clock: @escaping () -> Timestamp) {
    self.patience = patience
    self.repository = repository
    self.projectSlug = projectSlug
    self.clock = clock
  }

  var path: String { repository.stateDirectory + "/index/search.sqlite" }
  private var lockPath: String { repository.stateDirectory + "/index/search.lock" }

  /// What the refs are now. Equal to the one in the index exactly when that is up to date. Cost: three refs.
  func corpusToken() throws -> String {
    let tips = try [StoreRefs.bucket, StoreRefs.events, StoreRefs.team].map { try repository.resolve(reference: $0) }
    return tips.map { $0?.hex ?? "-" }.joined(separator: ":")
  }

  /// Whether there is any session.
  func isCorpusEmpty() throws -> Bool { try Bucket.union(repository).traceTrees().isEmpty }

  struct Report {
    var changed: [String] = []
    var deleted: [String] = []
    var total = 0
    var sourceHash = ""
    var wasRebuilt = false
    /// Traces that can't be read: they are as they were in the index, or not in it.
    var unreadable: [String] = []
  }

  /// Seconds to wait for another process that writes the index.
  private let patience: Double

  /// Makes the index anew, beside the one that is there, and puts it in its place.
  ///
  /// - Returns: nil when another process was writing it all the time.
  func rebuild(_ progress: any ProgressReporter) throws -> Report? { try locked { try replaced(progress) } }

  private func replaced(_ progress: any ProgressReporter) throws -> Report {
    let fresh = path + ".new"
    try removeFiles(fresh)
    defer { try? removeFiles(fresh) }
    var report = try fill(fresh, progress)
    report.wasRebuilt = true
    // A journal of the old file must not be played back into the new one.
    try removeFiles(path, sidecarsOnly: true)
    try Files.rename(fresh, to: path)
    return report
  }

  /// Brings the index up to date; makes it when there is none that can be used.
  ///
  /// Cost: two trees per trace, and what is kept for searching of the traces that changed.
  func refresh(_ progress: any ProgressReporter) throws -> Report? {
    try locked {
      do {
        _ = try SearchDatabase(reading: path)
      } catch SearchDatabase.Problem.busy {
        return nil
      } catch {
        return try replaced(progress)
      }
      return try fill(path, progress)
    }
  }

  private func locked(_ body: () throws -> Report?) throws -> Report? {
    try Files.createDirectory(Paths.parent(path))
    guard let lock = try FileLock.acquire(lockPath, timeout: patience) else { return nil }
    defer { lock.release() }
    return try body()
  }

  private func fill(_ file: String, _ progress: any ProgressReporter) throws -> Report {
    let token = try corpusToken()
    let wanted = try wanted()
    let database = try SearchDatabase(writing: file)
    let known = try database.hashes()
    var report = Report()
    report.total = wanted.count
    report.deleted = known.keys.filter { wanted[$0] == nil }.sorted()
    report.changed = wanted.filter { known[$0.key] != $0.value.hash }.keys.sorted()
    try? BucketSummary(Bucket(repository)).save()
    let pipeline = DocumentPipeline(report.changed.compactMap { wanted[$0] })
    let source = try SearchSource(try repository.reopened(), projectSlug: projectSlug)
    let lines = wanted.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.hash)\n" }.joined()
    report.sourceHash = Digest.sha256Hex(lines)
    try database.change { change in
      try pipeline.run(source) { documents, done in
        try change.replace(documents)
        progress.report(stage: "building_snapshot", done: done, total: report.changed.count)
      }
      report.unreadable = pipeline.unreadable
      try change.remove(report.deleted)
      try change.finish(builtAt: clock().iso8601, sourceHash: report.sourceHash, corpusToken: token)
    }
    return report
  }

  /// What each trace's document is made of: its tree and that of its events.
  private func wanted() throws -> [String: DocumentPipeline.Wanted] {
    let events = Dictionary(try EventLog.union(repository).traceTrees().map { ($0.trace, $0.tree.hex) }) { $0 + $1 }
    var wanted: [String: DocumentPipeline.Wanted] = [:]
    for (name, tree) in try Bucket.union(repository).traceTrees() {
      let trace = StoreRefs.traceID(ofFile: name)
      wanted[trace] = DocumentPipeline.Wanted(
        trace: trace, tree: tree, hash: tree.hex + ":" + (events[trace] ?? "-"))
    }
    return wanted
  }

  private func removeFiles(_ file: String, sidecarsOnly: Bool = false) throws {
    for suffix in (sidecarsOnly ? [] : [""]) + ["-journal", "-wal", "-shm"] { try Files.remove(file + suffix) }
  }

  // MARK: Reading

  /// How the index stands.
  enum State {
    /// Nothing to search, and no index.
    case empty
    case unusable(SearchDatabase.Problem)
    /// - Parameter isStale: the refs moved since.
    case usable(SearchDatabase, SearchDatabase.Meta, isStale: Bool)
  }

  func state() throws -> State {
    guard Files.exists(path) else { return try isCorpusEmpty() ? .empty : .unusable(.missing) }
    do {
      let database = try SearchDatabase(reading: path)
      let meta = try database.meta()
      return .usable(database, meta, isStale: try meta.corpusToken != corpusToken())
    } catch let problem as SearchDatabase.Problem {
      return .unusable(problem)
    } catch {
      return .unusable(.unreadable)
    }
  }
}
