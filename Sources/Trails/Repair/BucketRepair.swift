public import Basics
public import GitKit
public import TraceStore

/// Mends what can be made again from what is there, and says what can't.
///
/// Made again: the indexes of the event log from its events; the index of edited paths from the edits of the traces; the
/// union of what others share; sums kept beside the refs. References that lead nowhere go, when what they led to can be
/// fetched or filtered again. What was captured and is damaged can't be made again from anything here.
public struct BucketRepair {
  public struct Report: Sendable {
    /// What was done, a sentence each.
    public var mended: [String] = []
    /// What is wrong still.
    public var left: [StoreFault] = []
    public var traces = 0
  }

  private let repository: Repository
  private let time: Timestamp

  public init(_ repository: Repository, time: Timestamp) {
    self.repository = repository
    self.time = time
  }

  /// Refs written: the private plane, ``StoreRefs/events``, ``StoreRefs/team``; deleted: those that lead nowhere. Twice is
  /// the same as once. Cost: as `bucket verify --full`, twice.
  ///
  /// - Returns: nil when another process held the store's lock all the time.
  public func run() throws -> Report? {
    var report = Report()
    try dropDeadReferences(&report)
    guard try mendEvents(&report), let traces = try rebuildTraces() else { return nil }
    if traces.entries > 0 {
      report.mended.append("\(traces.entries) entries of the index of edited paths were made anew")
    }
    if traces.isUnionChanged { report.mended.append("the union of what others share was made anew") }
    let fresh = try repository.reopened()
    let bucket = try BucketVerifier(Bucket(fresh)).faults(sample: nil)
    report.traces = bucket.checked
    report.left = try bucket.faults + EventLogVerifier(EventLog(fresh)).faults() + PlaneVerifier(fresh).faults()
    return report
  }

  /// What ``rebuildTraces()`` did.
  public struct Rebuilt: Sendable {
    /// Entries of the index of edited paths that were missing.
    public var entries = 0
    public var isUnionChanged = false
    public var traces = 0
  }

  /// Makes the index of edited paths, the union of what others share and the sums again, where they are not right. Refs
  /// written: the private plane, ``StoreRefs/team``. Cost: as `bucket verify --full`.
  ///
  /// - Returns: nil when another process held the store's lock all the time.
  public func rebuildTraces() throws -> Rebuilt? {
    let bucket = try BucketVerifier(Bucket(repository)).faults(sample: nil)
    var rebuilt = Rebuilt(traces: bucket.checked)
    let missing = bucket.faults.filter { $0.kind == "edit_index" }
    guard try mendPaths(missing) else { return nil }
    rebuilt.entries = missing.count
    guard let isChanged = try TeamPlane(repository).refresh(time: time) else { return nil }
    rebuilt.isUnionChanged = isChanged
    for name in ["summary.json", "clearance.json"] {
      // They are made again by whoever needs them.
      try Files.remove(repository.stateDirectory + "/" + name)
    }
    return rebuilt
  }

  private func dropDeadReferences(_ report: inout Report) throws {
    let dead = try PlaneVerifier(repository).faults().filter { $0.kind == "dangling_ref" }
    // Where what was captured is damaged as well, what is shared may be all that somebody can bring back.
    let isCaptured = !dead.contains { $0.path == StoreRefs.bucket || $0.path == StoreRefs.events }
    for fault in dead {
      let name = fault.path
      let canBeMadeAgain =
        name == StoreRefs.team || name.hasPrefix(StoreRefs.trackingPrefix)
        || name.hasPrefix(StoreRefs.shareablePrefix) && isCaptured || name.hasPrefix("refs/notes/remotes/")
      guard canBeMadeAgain, let id = try repository.resolve(reference: name) else { continue }
      var transaction = ReferenceTransaction(repository)
      transaction.delete(name, expecting: id)
      try transaction.commit(reason: "opentraces: repair")
      report.mended.append("\(name), which led to \(id.hex) and so nowhere, is gone")
    }
  }

  /// - Returns: false when the store stayed locked.
  private func mendEvents(_ report: inout Report) throws -> Bool {
    do {
      guard let mended = try EventIndexRepair(repository).run() else { return false }
      if mended.directories > 0 {
        report.mended.append("\(mended.directories) directories of the event log's indexes were made anew")
      }
    } catch is StoreError {
      // An event is damaged: it is told with what is left.
    }
    return true
  }

  /// Puts edits that the index of their path does not lead to into it.
  ///
  /// - Returns: false when the store stayed locked.
  private func mendPaths(_ faults: [StoreFault]) throws -> Bool {
    if faults.isEmpty { return true }
    guard let transaction = try StoreTransaction.begin(repository, writer: AdaptiveWriter(repository), time: time)
    else { return false }
    do {
      let parser = JSONParser()
      for fault in faults {
        // traces/<name>/edits/<key>
        let parts = fault.path.split(separator: "/").map(String.init)
        guard parts.count == 4 else { continue }
        let trace = StoreRefs.traceID(ofFile: parts[1])
        guard let tree = try transaction.bucket.traceTree(trace),
          let blob = try repository.entry(at: "edits/" + parts[3], in: tree)?.id,
          let first = StoredEdit.decode(try repository.blob(blob) ?? [], with: parser).map(\.time).min()
        else { continue }
        let name = EditIndexEntry.name(firstEdit: first, traceID: trace)
        transaction.set("by-path/\(parts[3].prefix(2))/\(parts[3])/\(name)", blob)
      }
      try transaction.commit()
    } catch {
      transaction.abandon()
      throw error
    }
    return true
  }
}
