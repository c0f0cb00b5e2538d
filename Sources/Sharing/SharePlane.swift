internal import Basics
public import GitKit
internal import TraceStore

/// What this clone shares, as it was when this value was made: a read-only view of one ``StoreRefs/shareable(_:)``.
///
/// Its tree has `traces/`, `by-path/`, `by-trace/` and `by-commit/` as the private plane and the event log have them, with
/// filtered content; `tombstones/`; and `clear/<hh>`, which says of each trace what was filtered and how.
public struct SharePlane {
  public let repository: Repository
  public let writer: String?
  public let tip: ObjectID?
  public let root: ObjectID?

  /// - Parameter writer: nil before the clone has an id: then nothing is shared.
  public init(_ repository: Repository, writer: String?) throws {
    self.repository = repository
    self.writer = writer
    tip = try writer.flatMap { try repository.resolve(reference: StoreRefs.shareable($0)) }
    root = try tip.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// A plane as it is in some commit.
  public init(_ repository: Repository, tip: ObjectID) throws {
    self.repository = repository
    writer = nil
    self.tip = tip
    root = try repository.tree(ofCommit: tip)
  }

  /// How many traces are shared, and how many of them were filtered under another policy. Cost: the marks.
  public func traces(clearedBy policy: ClearancePolicy) throws -> (all: Int, others: Int) {
    var count = (all: 0, others: 0)
    for blob in try markBlobs().values {
      for (_, mark) in Self.parse(try repository.blob(blob) ?? []) {
        count.all += 1
        if mark.policy != policy.digest { count.others += 1 }
      }
    }
    return count
  }

  /// What a trace was cleared as.
  struct Mark: Hashable {
    /// See ``SharePlane/source(of:)``.
    let source: String
    /// See ``ClearancePolicy/digest``.
    let policy: String
  }

  /// Identifies what a trace was when it was filtered, without giving it away.
  static func source(of tree: ObjectID) -> String {
    String(Digest.sha256Hex("opentraces clearance\n\(tree.hex)\n").prefix(32))
  }

  /// Digest of what is shared: of its content alone.
  public var digest: String {
    get throws {
      let parts = try ["traces", "tombstones"].map { name in
        try root.flatMap { try repository.entry(at: name, in: $0) }?.id.hex ?? "-"
      }
      return "sha256:" + Digest.sha256Hex(parts.joined(separator: " "))
    }
  }

  /// What some trace was cleared as; nil for one that is not shared. Cost: a small blob, once.
  func mark(_ trace: String) throws -> Mark? {
    let shard = StoreRefs.shard(trace)
    if let known = cache.shards[shard] { return known[trace] }
    let bytes = try root.flatMap { try repository.blob(at: "clear/" + shard, in: $0) } ?? []
    let marks = Dictionary(Self.parse(bytes)) { first, _ in first }
    cache.shards[shard] = marks
    return marks[trace]
  }

  /// Whether a trace edited a path, as it is shared. Cost: a tree.
  func hasEdits(of path: String, by trace: String) throws -> Bool {
    guard let root else { return false }
    let directory = BytePath(StoreRefs.pathDirectory(BytePath(path)))
    let entries = try repository.entry(at: directory, in: root).flatMap { try repository.tree($0.id) } ?? []
    return entries.contains { $0.name.description.hasSuffix("-" + StoreRefs.fileName(trace)) }
  }

  /// The blobs that say what was cleared, by directory.
  func markBlobs() throws -> [BytePath: ObjectID] {
    guard let root, let directory = try repository.entry(at: "clear", in: root) else { return [:] }
    return Dictionary(try (repository.tree(directory.id) ?? []).map { ($0.name, $0.id) }) { first, _ in first }
  }

  private final class Cache { var shards: [String: [String: Mark]] = [:] }
  private let cache = Cache()

  static func parse(_ bytes: [UInt8]) -> [(String, Mark)] {
    bytes.split(separator: 0x0A).compactMap { line in
      let fields = line.split(separator: 0x09).map { String(decoding: $0, as: UTF8.self) }
      guard fields.count == 3 else { return nil }
      return (StoreRefs.traceID(ofFile: fields[0]), Mark(source: fields[1], policy: fields[2]))
    }
  }

  static func encode(_ marks: [String: Mark]) -> [UInt8] {
    Array(
      marks.map { "\(StoreRefs.fileName($0.key))\t\($0.value.source)\t\($0.value.policy)\n" }.sorted().joined().utf8)
  }
}

/// Which of the captured traces may leave.
public struct ClearanceState: Sendable {
  public private(set) var total = 0
  /// How many are filtered, as they are now, under the policy that holds now.
  public private(set) var cleared = 0
  /// Filtered before they grew, or under another policy.
  public private(set) var stale: [String] = []
  /// Never filtered.
  public private(set) var unfiltered: [String] = []

  private var shards: [String: Shard] = [:]
  private var isChanged = false

  /// Nothing was captured, or nothing is asked.
  public static let nothing = ClearanceState()

  private init() {}

  /// One of the 256 directories of traces.
  private struct Shard {
    /// The directory and what was cleared of it.
    let key: String
    var total = 0
    var stale: [String] = []
    var unfiltered: [String] = []

    init(key: String) { self.key = key }

    var json: JSONValue {
      ["key": .string(key), "total": .int(total), "stale": .strings(stale), "unfiltered": .strings(unfiltered)]
    }

    init?(_ json: JSONValue) {
      guard let key = json["key"]?.string, let total = json["total"]?.int, let stale = json["stale"]?.array,
        let unfiltered = json["unfiltered"]?.array
      else { return nil }
      (self.key, self.total) = (key, total)
      (self.stale, self.unfiltered) = (stale.compactMap(\.string), unfiltered.compactMap(\.string))
    }
  }

  private static func path(_ repository: Repository) -> String { repository.stateDirectory + "/clearance.json" }

  /// Cost: two trees and a file; of directories that changed since a state was kept, their traces.
  public init(_ repository: Repository, plane: SharePlane, policy: ClearancePolicy) throws {
    let digest = policy.digest
    let kept = (try Files.readText(Self.path(repository))).flatMap { try? JSONValue(parsing: $0) }?.object ?? [:]
    let bucket = try Bucket(repository)
    let directory = try bucket.root.flatMap { try repository.entry(at: "traces", in: $0) }
    let blobs = try plane.markBlobs()
    for entry in try directory.flatMap({ try repository.tree($0.id) }) ?? [] {
      let name = entry.name.description
      let key = "\(digest) \(entry.id.hex) \(blobs[entry.name]?.hex ?? "-")"
      var shard = kept[name].flatMap(Shard.init) ?? Shard(key: "")
      if shard.key != key {
        shard = try Self.shard(entry.id, key: key, repository, plane, digest, policy.isConfigured)
        isChanged = true
      }
      shards[name] = shard
      total += shard.total
      cleared += shard.total - shard.stale.count - shard.unfiltered.count
      stale += shard.stale
      unfiltered += shard.unfiltered
    }
  }

  private static func shard(
    _ tree: ObjectID, key: String, _ repository: Repository, _ plane: SharePlane, _ policy: String,
    _ isConfigured: Bool
  ) throws -> Shard {
    var shard = Shard(key: key)
    for entry in try repository.tree(tree) ?? [] {
      let trace = StoreRefs.traceID(ofFile: entry.name.description)
      shard.total += 1
      guard let mark = try plane.mark(trace) else {
        shard.unfiltered.append(trace)
        continue
      }
      if !isConfigured || mark.policy != policy || mark.source != SharePlane.source(of: entry.id) {
        shard.stale.append(trace)
      }
    }
    return shard
  }

  public var isClear: Bool { stale.isEmpty && unfiltered.isEmpty }

  /// As it would be once what is out of date were filtered again.
  public var withoutStale: ClearanceState {
    var state = self
    state.cleared += stale.count
    state.stale = []
    return state
  }

  /// The cleared traces. Cost: listing all.
  public func clearedTraces(_ repository: Repository) throws -> [String] {
    let kept = Set(stale + unfiltered)
    return try Bucket(repository).traceTrees().map { StoreRefs.traceID(ofFile: $0.name) }
      .filter { !kept.contains($0) }.sorted()
  }

  /// Keeps the state for the next one. For commands that write anyhow.
  public func save(_ repository: Repository) throws {
    guard isChanged else { return }
    let json = JSONObject(shards.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    try Files.writeAtomically(
      CanonicalJSON.line(.object(json)), to: Self.path(repository), mode: 0o600, isDurable: false)
  }
}

/// The traces of a plane, to be taken out: with the entries of the index of edited paths, which is read once per path.
final class PathIndex {
  private let plane: SharePlane
  private var entries: [String: [String: [String]]] = [:]

  init(_ plane: SharePlane) { self.plane = plane }

  /// Cost: the paths that the trace edited.
  func remove(_ trace: String, _ editor: TreeEditor) throws {
    guard let root = plane.root else { return }
    let directory = StoreRefs.traceDirectory(trace)
    guard let tree = try plane.repository.entry(at: directory, in: root) else { return }
    let edits = try plane.repository.entry(at: "edits", in: tree.id).flatMap { try plane.repository.tree($0.id) } ?? []
    for edit in edits {
      let key = edit.name.description
      let index = "by-path/\(key.prefix(2))/\(key)"
      for name in try names(index, root)[StoreRefs.fileName(trace)] ?? [] { editor.remove("\(index)/\(name)") }
    }
    editor.remove(directory)
  }

  /// The entries of a path by the trace that they end in.
  private func names(_ index: String, _ root: ObjectID) throws -> [String: [String]] {
    if let known = entries[index] { return known }
    var found: [String: [String]] = [:]
    for entry in try plane.repository.entry(at: index, in: root).flatMap({ try plane.repository.tree($0.id) }) ?? [] {
      let name = entry.name.description
      found[String(name.drop { $0 != "-" }.dropFirst()), default: []].append(name)
    }
    entries[index] = found
    return found
  }
}

/// How far the events of the log were published: a file beside the refs. Without it all of them are looked at again.
struct PublishedState {
  private let path: String

  init(_ repository: Repository) { path = repository.stateDirectory + "/published.json" }

  /// The tree of the log that a plane tells of; nil when that is not known, or was told under another policy.
  func root(of plane: SharePlane, policy: String) throws -> ObjectID? {
    guard let tip = plane.tip, let text = try Files.readText(path), let json = try? JSONValue(parsing: text),
      json["plane"]?.string == tip.hex, json["policy"]?.string == policy,
      let root = json["log"]?.string.flatMap({ ObjectID(hex: $0) }),
      plane.repository.contains(root)
    else { return nil }
    return root
  }

  func set(_ root: ObjectID?, plane: ObjectID?, policy: String) throws {
    let json: JSONValue = [
      "plane": .optional(plane?.hex), "log": .optional(root?.hex), "policy": .string(policy),
    ]
    try Files.writeAtomically(CanonicalJSON.line(json), to: path, mode: 0o600, isDurable: false)
  }
}
