internal import Basics
public import GitKit
internal import TraceModel

/// Checks every reference of opentraces: that it leads to a commit, and, of what this clone and others share, that all is
/// there, unchanged, and what its name says. The private plane and the event log have verifiers of their own.
public struct PlaneVerifier {
  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  /// What stands at the top of a plane.
  private static let parts: Set<BytePath> = [
    "format.json", "sources", "traces", "by-path", "by-trace", "by-commit", "clear", "tombstones",
  ]

  private struct Walk {
    var faults: [StoreFault] = []
    /// Trees and blobs that were looked at: planes share most of them.
    var seen: Set<ObjectID> = []

    mutating func add(_ kind: String, _ path: String, _ detail: String) {
      faults.append(StoreFault(kind: kind, path: path, detail: detail))
    }
  }

  /// All faults, by reference. Cost: the bytes of what is shared.
  public func faults() throws -> [StoreFault] {
    var walk = Walk()
    let prefixes = [StoreRefs.prefix, "refs/notes/"]
    for reference in try prefixes.flatMap({ try repository.references(prefix: $0) }).sorted(by: { $0.name < $1.name }) {
      let name = reference.name
      if name.hasPrefix("refs/notes/"), !name.hasSuffix("/opentraces") { continue }
      guard let tree = try? repository.tree(ofCommit: reference.id) else {
        walk.add("dangling_ref", name, "it leads to \(reference.id.hex), which is no commit that is here")
        continue
      }
      let isPlane =
        name.hasPrefix(StoreRefs.shareablePrefix) || name == StoreRefs.team
        || name.hasPrefix(StoreRefs.trackingPrefix) && name.contains("/bucket/v1/")
      if isPlane { check(plane: tree, name, &walk) }
    }
    return walk.faults
  }

  private func check(plane root: ObjectID, _ reference: String, _ walk: inout Walk) {
    guard let entries = try? repository.tree(root) else {
      return walk.add("dangling_blob", reference, "its tree is missing")
    }
    for entry in entries {
      if !Self.parts.contains(entry.name) {
        walk.add("foreign_tree", "\(reference):\(entry.name)", "this is no part of what is shared")
      } else {
        check(entry, "\(reference):\(entry.name)", depth: 0, &walk)
      }
    }
  }

  /// - Parameter depth: directories below the top.
  private func check(_ entry: TreeEntry, _ path: String, depth: Int, _ walk: inout Walk) {
    guard walk.seen.insert(entry.id).inserted else { return }
    if entry.mode == .tree {
      guard let entries = try? repository.tree(entry.id) else {
        return walk.add("dangling_blob", path, "the directory is missing")
      }
      for entry in entries { check(entry, "\(path)/\(entry.name)", depth: depth + 1, &walk) }
      return
    }
    guard let bytes = try? repository.blob(entry.id) else {
      return walk.add("dangling_blob", path, "the blob is missing")
    }
    guard ObjectID(bytes: bytes.withUnsafeBytes(Digest.gitBlobID)) == entry.id else {
      return walk.add("blob_content", path, "the blob does not match its id")
    }
    if path.contains(":traces/"), depth == 3, entry.name == "row.json" { check(row: bytes, path, &walk) }
    if path.contains(":by-trace/") || path.contains(":by-commit/") { check(event: bytes, path, &walk) }
  }

  private func check(row bytes: [UInt8], _ path: String, _ walk: inout Walk) {
    guard let row = (try? JSONValue(parsing: bytes)).flatMap({ TraceRow(json: $0) }) else {
      return walk.add("manifest_missing_trace", path, "it is not a row")
    }
    if Paths.name(Paths.parent(path)) != StoreRefs.fileName(row.traceID) {
      walk.add("manifest_schema", path, "the row names another trace")
    }
  }

  private func check(event bytes: [UInt8], _ path: String, _ walk: inout Walk) {
    guard let event = (try? JSONValue(parsing: bytes)).flatMap({ TrailEvent(json: $0) }) else {
      return walk.add("event_unreadable", path, "it is not an event")
    }
    if event.contentHash != TrailEvent.contentHash(of: event.draft.payload) {
      walk.add("event_content", path, "the payload does not match its hash")
    }
    if Paths.name(path) != EventLog.eventFile(event.sequence) {
      walk.add("event_file", path, "its number is \(event.sequence)")
    }
  }
}
