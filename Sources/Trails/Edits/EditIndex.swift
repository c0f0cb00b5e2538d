public import Basics
public import GitKit
internal import TraceStore

/// The edits of the store by path, read when asked for and kept.
final class EditIndex {
  private let bucket: Bucket
  private let parser = JSONParser()
  private var cache: [BytePath: [CandidateEdit]] = [:]
  private var entries: [BytePath: [EditIndexEntry]] = [:]
  /// Traces that may be considered; nil for all.
  private let isAllowed: ((String) -> Bool)?

  init(_ bucket: Bucket, isAllowed: ((String) -> Bool)? = nil) {
    self.bucket = bucket
    self.isAllowed = isAllowed
  }

  /// The traces that edited a path. Cost: two trees, once per path.
  func entries(of path: BytePath) throws -> [EditIndexEntry] {
    if let known = entries[path] { return known }
    let found = try bucket.editBlobs(of: path).compactMap { EditIndexEntry(name: $0.trace, blob: $0.blob) }
    entries[path] = found
    return found
  }

  func isKnown(_ path: BytePath) throws -> Bool { try !entries(of: path).isEmpty }

  /// The edits of a path, earlier first.
  func edits(of path: BytePath) throws -> [CandidateEdit] {
    if let known = cache[path] { return known }
    let edits = try edits(of: path) { _ in true }
    cache[path] = edits
    return edits
  }

  /// Those edits of a path that can matter to a commit, earlier first. Cost: the text of the edits of sessions
  /// that had edited the path by then.
  func edits(of path: BytePath, for filter: EditFilter) throws -> [CandidateEdit] {
    if let known = cache[path] { return known }
    return try edits(of: path, until: filter.latest, where: filter.isRelevant)
  }

  private func edits(
    of path: BytePath, until latest: Int = .max, where isWanted: (JSONView) -> Bool
  ) throws -> [CandidateEdit] {
    var edits: [CandidateEdit] = []
    for entry in try entries(of: path)
    where entry.firstEdit.microseconds <= latest && isAllowed?(entry.traceID) ?? true {
      guard let bytes = try bucket.repository.blob(entry.blob) else { continue }
      edits += StoredEdit.decode(bytes, with: parser, where: isWanted).map { CandidateEdit($0) }
    }
    return edits.sorted(by: CandidateEdit.precedes)
  }
}

/// One entry of the by-path index: a trace, the time of its first edit of the path, and the blob with its edits.
///
/// The time stands in the name, so that a commit can leave out later sessions without reading them.
public struct EditIndexEntry: Hashable, Sendable {
  public let firstEdit: Timestamp
  /// Percent-encoded.
  public let traceID: String
  public let blob: ObjectID

  init?(name: String, blob: ObjectID) {
    guard let dash = name.firstIndex(of: "-"), let time = Int(name[..<dash]) else { return nil }
    firstEdit = Timestamp(microseconds: time)
    traceID = String(name[name.index(after: dash)...])
    self.blob = blob
  }

  /// The file name of an entry.
  public static func name(firstEdit: Timestamp, traceID: String) -> String {
    let digits = String(firstEdit.microseconds)
    return String(repeating: "0", count: max(0, 17 - digits.count)) + digits + "-" + StoreRefs.fileName(traceID)
  }
}
