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
  private lazy var commits = Result { try log.commitsBySequence() }
  private var anchors: [String: [String: [Anchor]]] = [:]

  public init(_ repository: Repository) throws {
    bucket = try Bucket.union(repository)
    log = try EventLog.union(repository)
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
    return try self.edits(in: edits.id)
  }

  private func edits(in tree: ObjectID) throws -> [StoredEdit] {
    var found: [StoredEdit] = []
    for file in try bucket.repository.tree(tree) ?? [] {
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

  /// The anchors of a trace that are in force, in log order. Cost: they; once, a tree for each commit that was searched.
  public func anchors(ofTrace trace: String) throws -> [Anchor] {
    try TraceAnchors(log).current(of: trace, among: Set(commits.get().keys))
  }

  /// The commits that lines of a trace landed in, each with the first and the last of its anchors. Cost: a tree and two
  /// events per commit; once, a tree for each commit that something was found in.
  public func landings(ofTrace trace: String) throws -> [(commit: ObjectID, anchors: [Anchor])] {
    try log.eventsOfCommits(ofTrace: trace, among: commits.get()).map { commit, blobs in
      let ends = [blobs.first, blobs.count > 1 ? blobs.last : nil].compactMap { $0 }
      return (commit, try ends.compactMap { Anchor(try log.event(blob: $0)) })
    }.sorted { $0.commit.hex < $1.commit.hex }
  }

  /// The anchors of a patch that are in force. Cost: the events of its trace, once.
  public func anchors(of entry: Entry) throws -> [Anchor] {
    if anchors[entry.traceID] == nil {
      let all = try TraceAnchors(log).current(of: entry.traceID)
      anchors[entry.traceID] = Dictionary(grouping: all, by: \.patchID)
    }
    return anchors[entry.traceID]?[entry.patchID] ?? []
  }

  /// The patch with an id, or the first one that starts so. Cost: the edits of the trace it belongs to; those of all
  /// traces that are new since the last time.
  public func find(patch id: String) throws -> Entry? {
    let all = try editTrees()
    let found = try IDIndex(bucket.repository, name: "patches.index").trees(with: id, among: Array(all.keys)) { tree in
      try edits(in: tree).flatMap { $0.patches.map(\.id) }
    }
    for trace in found.compactMap({ all[$0] }).sorted() {
      if let entry = try patches(ofTrace: trace).first(where: { $0.patchID.hasPrefix(id) }) { return entry }
    }
    return nil
  }

  /// The patch that an anchor belongs to. Cost: the events of its trace; those of all traces with new ones since the
  /// last time.
  public func find(anchor id: String) throws -> (entry: Entry, anchor: Anchor)? {
    let all = Dictionary(try log.traceTrees().map { ($0.tree, $0.trace) }) { first, _ in first }
    let found = try IDIndex(bucket.repository, name: "anchors.index").trees(with: id, among: Array(all.keys)) { tree in
      try log.events(ofTrace: all[tree] ?? "").compactMap { Anchor($0)?.id }
    }
    for trace in found.compactMap({ all[$0] }).sorted() {
      guard let anchor = try TraceAnchors(log).current(of: trace).first(where: { $0.id.hasPrefix(id) }),
        let entry = try patches(ofTrace: trace).first(where: { $0.patchID == anchor.patchID })
      else { continue }
      return (entry, anchor)
    }
    return nil
  }

  /// The tree of edits of each trace.
  private func editTrees() throws -> [ObjectID: String] {
    var trees: [ObjectID: String] = [:]
    for (name, tree) in try bucket.traceTrees() {
      guard let edits = try bucket.repository.entry(at: "edits", in: tree) else { continue }
      trees[edits.id] = StoreRefs.traceID(ofFile: name)
    }
    return trees
  }
}
