internal import Basics
internal import GitKit
internal import Ingest
internal import SearchIndex
internal import TraceStore

/// Keeps the search index of a repository: a file beside the refs that says what they were when it was made.
///
/// Refs read: the private plane and the event log. Writes only `<state directory>/index`.
struct SearchIndexer {
  private let repository: Repository
  private let projectSlug: String
  private let clock: () -> Timestamp

  init(_ repository: Repository, projectSlug: String, patience: Double = 60, clock: @escaping () -> Timestamp) {
    self.patience = patience
    self.repository = repository
    self.projectSlug = projectSlug
    self.clock = clock
  }

  var path: String { repository.stateDirectory + "/index/search.sqlite" }
  private var lockPath: String { repository.stateDirectory + "/index/search.lock" }

  /// What the refs are now. Equal to the one in the index exactly when that is up to date. Cost: two refs.
  func corpusToken() throws -> String {
    let tips = [try Bucket(repository).tip, try EventLog(repository).tip]
    return tips.map { $0?.hex ?? "-" }.joined(separator: ":")
  }

  /// Whether there is any session.
  func isCorpusEmpty() throws -> Bool { try Bucket(repository).traceTrees().isEmpty }

  struct Report {
    var changed: [String] = []
    var deleted: [String] = []
    var total = 0
    var sourceHash = ""
    var wasRebuilt = false
  }

  /// Seconds to wait for another process that writes the index.
  private let patience: Double
  private static let batch = 16

  /// Makes the index anew, beside the one that is there, and puts it in its place.
  ///
  /// - Returns: nil when another process was writing it all the time.
  func rebuild(_ progress: any ProgressReporter) throws -> Report? {
    try locked {
      let fresh = path + ".new"
      try removeFiles(fresh)
      defer { try? removeFiles(fresh) }
      var report = try fill(fresh, progress)
      report.wasRebuilt = true
      try Files.rename(fresh, to: path)
      try? removeFiles(path, sidecarsOnly: true)
      return report
    }
  }

  /// Brings the index up to date; makes it when there is none that can be used.
  ///
  /// Cost: two trees per trace, and the transcripts of the traces that changed.
  func refresh(_ progress: any ProgressReporter) throws -> Report? {
    do { _ = try SearchDatabase(reading: path) } catch { return try rebuild(progress) }
    return try locked { try fill(path, progress) }
  }

  private func locked(_ body: () throws -> Report) throws -> Report? {
    try Files.createDirectory(Paths.parent(path))
    guard let lock = try FileLock.acquire(lockPath, timeout: patience) else { return nil }
    defer { lock.release() }
    return try body()
  }

  private func fill(_ file: String, _ progress: any ProgressReporter) throws -> Report {
    let token = try corpusToken()
    let wanted = try hashes()
    let database = try SearchDatabase(writing: file)
    let known = try database.hashes()
    var report = Report()
    report.total = wanted.count
    report.deleted = known.keys.filter { wanted[$0] == nil }.sorted()
    report.changed = wanted.filter { known[$0.key] != $0.value }.keys.sorted()
    let records = try StoredRecord(repository)
    var documents: [SearchDocument] = []
    for (number, trace) in report.changed.enumerated() {
      if let record = try records.read(trace) {
        documents.append(DocumentBuilder(record).document(hash: wanted[trace] ?? "", projectSlug: projectSlug))
      }
      if documents.count == Self.batch {
        try database.replace(documents)
        documents = []
      }
      progress.report(stage: "building_snapshot", done: number + 1, total: report.changed.count)
    }
    try database.replace(documents)
    let lines = wanted.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)\n" }.joined()
    report.sourceHash = Digest.sha256Hex(lines)
    try database.finish(
      removing: report.deleted, builtAt: clock().iso8601, sourceHash: report.sourceHash, corpusToken: token)
    if known.isEmpty { try database.optimize() }
    return report
  }

  /// What each trace's document is made of: its tree and that of its events.
  private func hashes() throws -> [String: String] {
    let events = Dictionary(try EventLog(repository).traceTrees().map { ($0.trace, $0.tree.hex) }) { first, _ in first }
    var hashes: [String: String] = [:]
    for (name, tree) in try Bucket(repository).traceTrees() {
      let trace = StoreRefs.traceID(ofFile: name)
      hashes[trace] = tree.hex + ":" + (events[trace] ?? "-")
    }
    return hashes
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
