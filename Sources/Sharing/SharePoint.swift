internal import Basics
internal import GitKit
internal import Ingest
internal import SecurityTools
internal import TraceStore

/// What is known of a shared trace, so that what it grows by is filtered and told alone. Machine-local and disposable: where
/// there is none, or the plane is not the one it speaks of, all of the trace is looked at again.
///
/// It quotes calls that had no answer yet, unfiltered: it is for the user's eyes only, as the transcript is.
struct SharePoint {
  /// The trace as it is in the plane.
  var tree: ObjectID
  /// See ``ClearancePolicy/digest``.
  var policy: String
  /// The directory of edits of the captured trace that were shared; nil when it edited nothing.
  var edits: ObjectID?
  /// The commits that events about it are about.
  var commits: Set<ObjectID>
  /// Nil when the record is made of the whole transcript each time.
  var record: RecordPoint?
  /// What the classifier saw.
  var tally: ClassifierTally?

  private static func path(_ trace: String, _ repository: Repository) -> String {
    repository.stateDirectory + "/shared/" + StoreRefs.fileName(trace) + ".json"
  }

  static func read(_ trace: String, _ repository: Repository) -> SharePoint? {
    // Without it, more is done.
    let text = (try? Files.readIfPresent(path(trace, repository))) ?? nil
    return text.flatMap { try? JSONValue(parsing: $0) }.flatMap(SharePoint.init(json:))
  }

  static func remove(_ trace: String, _ repository: Repository) throws { try Files.remove(path(trace, repository)) }

  func save(_ trace: String, _ repository: Repository) throws {
    let path = Self.path(trace, repository)
    try Files.createDirectory(Paths.parent(path))
    try Files.writeAtomically(CanonicalJSON.line(json), to: path, mode: 0o600, isDurable: false)
  }

  init(
    tree: ObjectID, policy: String, edits: ObjectID?, commits: Set<ObjectID>, record: RecordPoint?,
    tally: ClassifierTally?
  ) {
    self.tree = tree
    self.policy = policy
    self.edits = edits
    self.commits = commits
    self.record = record
    self.tally = tally
  }

  private init?(json: JSONValue) {
    guard let tree = json["tree"]?.string.flatMap({ ObjectID(hex: $0) }), let policy = json["policy"]?.string,
      let commits = json["commits"]?.array
    else { return nil }
    self.tree = tree
    self.policy = policy
    edits = json["edits"]?.string.flatMap { ObjectID(hex: $0) }
    self.commits = Set(commits.compactMap { $0.string.flatMap { ObjectID(hex: $0) } })
    record = json["record"].flatMap(RecordPoint.init(json:))
    tally = json["tally"].flatMap(ClassifierTally.init(json:))
  }

  private var json: JSONValue {
    [
      "tree": .string(tree.hex), "policy": .string(policy), "edits": .optional(edits?.hex),
      "commits": .strings(commits.map(\.hex).sorted()), "record": record?.json ?? .null,
      "tally": tally?.json ?? .null,
    ]
  }
}
