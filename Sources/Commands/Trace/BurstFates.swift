internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// What became of the patches of a trace at HEAD.
struct BurstFates: Sendable {
  struct Patch: Sendable {
    /// A row of `patches_with_survival`.
    let json: JSONValue

    var step: Int? { json["step_index"]?.int }
    /// Whether some commit took it in.
    var isLanded: Bool { json["commit_sha"]?.string != nil }
    var isAlive: Bool { json["survival_state"]?.string.flatMap { SurvivalState(rawValue: $0) }?.isAlive ?? false }
  }

  private let patches: [Patch]

  /// Nothing is asked.
  static let unknown = BurstFates(patches: [])

  private init(patches: [Patch]) { self.patches = patches }

  func patches(in burst: ClosedRange<Int>) -> [Patch] { patches.filter { $0.step.map(burst.contains) ?? false } }

  /// The answer is kept below `<common dir>/opentraces/fates` for as long as HEAD, the branches and tags, the trace and
  /// the event log are what they were: following patches means comparing each version of a file with the next one. What
  /// these comparisons found is kept as well, for the time after.
  ///
  /// Cost: listing the references; when one of them has changed, a walk over the commits since the oldest anchor, and
  /// comparing the versions of files that were not compared before.
  ///
  /// - Parameter deadline: when to give up, by throwing ``Deadline/Passed``.
  init(_ repository: Repository, trace: String, deadline: Deadline? = nil) throws {
    let base = repository.stateDirectory + "/fates/" + StoreRefs.fileName(trace)
    let file = base + ".json"
    let key = try Self.key(repository, trace)
    // What can't be read is made anew.
    if let bytes = (try? Files.readIfPresent(file)) ?? nil, let kept = try? JSONValue(parsing: bytes),
      kept["key"]?.string == key, let rows = kept["patches"]?.array
    {
      self.init(patches: rows.map(Patch.init))
      return
    }
    let catalog = try PatchCatalog(repository)
    let questions = try catalog.patches(ofTrace: trace).map {
      SurvivalReader.Question($0, anchors: try catalog.anchors(of: $0))
    }
    let comparisons = ComparisonCache(base + ".lines")
    let reader = try SurvivalReader(repository, comparisons: comparisons, deadline: deadline)
    let rows = try reader.survival(of: questions).map { Self.row($0, head: reader.head) }
    self.init(patches: rows.map(Patch.init))
    let kept: JSONValue = ["key": .string(key), "patches": .array(rows)]
    // Only a later look is slower for it.
    try? comparisons.save()
    try? Files.createDirectory(Paths.parent(file))
    try? Files.writeAtomically(CanonicalJSON.line(kept), to: file, mode: 0o600)
  }

  /// The first looks at the longest of some sessions, made beforehand by whoever has just tied them to commits: they
  /// compare every version of the files since. What fails is made when it is asked for. Cost: a quarter of a second at most.
  static func prepare(_ repository: Repository, of traces: Set<String>) {
    let deadline = Deadline(seconds: preparation)
    guard let bucket = try? Bucket(repository) else { return }
    var rows: [TraceRow] = []
    for trace in traces {
      if (try? deadline.check()) == nil { return }
      if let row = try? bucket.row(trace) { rows.append(row) }
    }
    for row in rows.sorted(by: { ($1.stepCount, $0.traceID) < ($0.stepCount, $1.traceID) }) {
      // One that takes longer is left to whoever asks.
      guard (try? BurstFates(repository, trace: row.traceID, deadline: deadline)) != nil else { break }
    }
  }

  /// Seconds.
  private static let preparation = 0.25

  /// Digest of all that an answer depends on.
  private static func key(_ repository: Repository, _ trace: String) throws -> String {
    let references = try ["refs/heads/", "refs/remotes/", "refs/tags/", "refs/replace/"].flatMap {
      try repository.references(prefix: $0).map { "\($0.name) \($0.id.hex)" }
    }
    let state = [
      ProductVersion.text,
      repository.isShallow ? try Files.readText(repository.commonDirectory + "/shallow") ?? "" : "",
      try repository.head()?.hex ?? "", try Bucket.union(repository).traceTree(trace)?.hex ?? "",
      try EventLog(repository).tip?.hex ?? "", try repository.resolve(reference: StoreRefs.team)?.hex ?? "",
    ]
    return Digest.sha256Hex((state + references).joined(separator: "\n"))
  }

  private static func row(_ survival: PatchSurvival, head: ObjectID?) -> JSONValue {
    let seen = SurvivalView.current(survival, head: head)
    var object: JSONObject = [
      "patch_id": .string(survival.patchID), "trace_patch_id": .string(survival.patchID),
      "file_path": .string(survival.path.description), "step_index": .int(survival.step),
    ]
    for key in [
      "survival_state", "retention_fraction", "retention_fraction_at_anchor", "retention_fraction_at_original_range",
      "evidence_firmness", "evidence_tier", "lost_kind", "lost_at_commit_sha",
    ] {
      object[key] = seen[key] ?? .null
    }
    object["commit_sha"] = seen["anchor_commit_id"] ?? .null
    object["current_path"] = seen["current_path"] ?? .null
    return .object(object)
  }
}
