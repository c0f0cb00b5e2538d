public import Basics
public import GitKit
public import TraceModel
internal import TraceStore

/// Finds patches and their anchors.
public final class PatchCatalog {
  /// A patch as its trace's edits tell it.
  public struct Entry: Hashable, Sendable {
    public let patchID: String
    public let traceID: String
    public let path: BytePath
    public let step: Int
    public let time: Timestamp
    public let source: FileEdit.Source
    /// The lines that it adds.
    public let added: [String]
  }

  private let bucket: Bucket
  private let log: EventLog
  private let parser = JSONParser()
  private var anchors: [String: [String: [Anchor]]] = [:]

  public init(_ repository: Repository) throws {
    bucket = try Bucket(repository)
    log = try EventLog(repository)
  }

  /// The patches of one trace in the order of their steps. Cost: its edits.
  public func patches(ofTrace trace: String) throws -> [Entry] {
    try edits(ofTrace: trace).flatMap { edit in
      edit.patches.map { patch in
        Entry(
          patchID: patch.id, traceID: trace, path: edit.path, step: edit.step, time: edit.time, source: edit.source,
          added: patch.written)
      }
    }
  }

  /// The edits of one trace in their order. Cost: their text.
  public func edits(ofTrace trace: String) throws -> [StoredEdit] {
    guard let tree = try bucket.traceTree(trace), let edits = try bucket.repository.entry(at: "edits", in: tree)
    else { return [] }
    var found: [StoredEdit] = []
    for file in try bucket.repository.tree(edits.id) ?? [] {
      guard let bytes = try bucket.repository.blob(file.id) else { continue }
      found += StoredEdit.decode(bytes, with: parser)
    }
    return found.sorted { ($0.order, $0.path) < ($1.order, $1.path) }
  }

  /// The newest patches of all traces, oldest of them first. Cost: the edits of the traces they come from.
  ///
  /// - Parameter since: leave out older ones.
  public func newest(limit: Int?, since: Timestamp?) throws -> [Entry] {
    var found: [Entry] = []
    for row in try bucket.rows().sorted(by: { ($0.end ?? $0.writtenAt) > ($1.end ?? $1.writtenAt) }) {
      let end = row.end ?? row.writtenAt
      if let since, end < since { break }
      if let limit, found.count >= limit, end < found[limit - 1].time { break }
      found += try patches(ofTrace: row.traceID).filter { patch in since.map { patch.time >= $0 } ?? true }
      found.sort { ($1.time, $0.patchID) < ($0.time, $1.patchID) }
      if let limit, found.count > limit { found.removeLast(found.count - limit) }
    }
    return found.reversed()
  }

  /// The anchors of a patch that are in force. Cost: the events of its trace, once.
  public func anchors(of entry: Entry) throws -> [Anchor] {
    if anchors[entry.traceID] == nil {
      let all = try TraceAnchors(log).current(of: entry.traceID)
      anchors[entry.traceID] = Dictionary(grouping: all, by: \.patchID)
    }
    return anchors[entry.traceID]?[entry.patchID] ?? []
  }

  /// The patch with an id, or a unique prefix of one. Cost: the edits of all traces until it is found.
  public func find(patch id: String) throws -> Entry? {
    for row in try bucket.rows() {
      if let found = try patches(ofTrace: row.traceID).first(where: { $0.patchID.hasPrefix(id) }) { return found }
    }
    return nil
  }

  /// The patch that an anchor belongs to.
  public func find(anchor id: String) throws -> (entry: Entry, anchor: Anchor)? {
    for row in try bucket.rows() {
      for entry in try patches(ofTrace: row.traceID) {
        if let anchor = try anchors(of: entry).first(where: { $0.id.hasPrefix(id) }) { return (entry, anchor) }
      }
    }
    return nil
  }
}
