public import Basics
public import GitKit
public import TraceStore

/// Mends what can be made again from what is there, and says what can't.
///
/// Made again: the index of edited paths from the edits of the traces; the union of what others share; sums kept beside
/// the refs. References that lead nowhere go, when what they led to can be fetched or filtered again. What was captured
/// and is damaged can't be made again from anything here.
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

  /// Refs written: the private plane, ``StoreRefs/team``; deleted: those that lead nowhere. Twice is the same as once.
  /// Cost: as `bucket verify --full`, twice.
  ///
  /// - Returns: nil when another process held the store's lock all the time.
  public func run() throws -> Report? {
    var report = Report()
    try dropDeadReferences(&report)
    guard try mendPaths(&report) else { return nil }
    guard let isChanged = try TeamPlane(repository).refresh(time: time) else { return nil }
    if isChanged { report.mended.append("the union of what others share was made anew") }
    for name in ["summary.json", "clearance.json"] {
      // They are made again by whoever needs them.
      try Files.remove(repository.stateDirectory + "/" + name)
    }
    let fresh = try repository.reopened()
    let bucket = try BucketVerifier(Bucket(fresh)).faults(sample: nil)
    report.traces = bucket.checked
    report.left = try bucket.faults + EventLogVerifier(EventLog(fresh)).faults() + PlaneVerifier(fresh).faults()
    return report
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

  /// Puts edits that the index of their path does not lead to into it.
  ///
  /// - Returns: false when the store stayed locked.
  private func mendPaths(_ report: inout Report) throws -> Bool {
    let faults = try BucketVerifier(Bucket(repository)).faults(sample: nil).faults.filter { $0.kind == "edit_index" }
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
    report.mended.append("\(faults.count) entries of the index of edited paths were made anew")
    return true
  }
}
