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

  /// The cleared traces. Cost: 256 small blobs.
  func marks() throws -> [String: Mark] {
    guard let root, let directory = try repository.entry(at: "clear", in: root) else { return [:] }
    var marks: [String: Mark] = [:]
    for shard in try repository.tree(directory.id) ?? [] {
      for (trace, mark) in Self.parse(try repository.blob(shard.id) ?? []) { marks[trace] = mark }
    }
    return marks
  }

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
  public var total = 0
  /// Filtered, as they are now, under the policy that holds now.
  public var cleared: [String] = []
  /// Filtered before they grew, or under another policy.
  public var stale: [String] = []
  /// Never filtered.
  public var unfiltered: [String] = []

  /// Cost: listing the traces, and 256 small blobs.
  public init(_ repository: Repository, plane: SharePlane, policy: ClearancePolicy) throws {
    let marks = try plane.marks()
    let digest = policy.digest
    for (name, tree) in try Bucket(repository).traceTrees() {
      let trace = StoreRefs.traceID(ofFile: name)
      total += 1
      guard let mark = marks[trace] else {
        unfiltered.append(trace)
        continue
      }
      if mark.policy == digest, mark.source == SharePlane.source(of: tree) {
        cleared.append(trace)
      } else {
        stale.append(trace)
      }
    }
  }

  public var isClear: Bool { stale.isEmpty && unfiltered.isEmpty }
}

/// Changes of a plane.
enum SharePlaneEdits {
  /// Takes a trace and its entries of the index of edited paths out.
  static func remove(_ trace: String, from plane: SharePlane, _ editor: TreeEditor) throws {
    guard let root = plane.root else { return }
    let directory = StoreRefs.traceDirectory(trace)
    guard let tree = try plane.repository.entry(at: directory, in: root) else { return }
    let edits = try plane.repository.entry(at: "edits", in: tree.id).flatMap { try plane.repository.tree($0.id) } ?? []
    for edit in edits {
      let key = edit.name.description
      let index = "by-path/\(key.prefix(2))/\(key)"
      for entry in try plane.repository.entry(at: index, in: root).flatMap({ try plane.repository.tree($0.id) }) ?? []
      where entry.name.description.hasSuffix("-" + StoreRefs.fileName(trace)) {
        editor.remove("\(index)/\(entry.name)")
      }
    }
    editor.remove(directory)
  }
}

/// How far the events of the log were published: a file beside the refs. Without it all of them are looked at again.
struct PublishedState {
  private let path: String

  init(_ repository: Repository) { path = repository.stateDirectory + "/published.json" }

  /// The tree of the log that a plane tells of; nil when that is not known.
  func root(of plane: SharePlane) throws -> ObjectID? {
    guard let tip = plane.tip, let text = try Files.readText(path), let json = try? JSONValue(parsing: text),
      json["plane"]?.string == tip.hex, let root = json["log"]?.string.flatMap({ ObjectID(hex: $0) }),
      plane.repository.contains(root)
    else { return nil }
    return root
  }

  func set(_ root: ObjectID?, plane: ObjectID?) throws {
    let json: JSONValue = ["plane": .optional(plane?.hex), "log": .optional(root?.hex)]
    try Files.writeAtomically(CanonicalJSON.line(json), to: path, mode: 0o600)
  }
}
