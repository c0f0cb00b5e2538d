public import Basics
public import GitKit

/// What the planes of other writers hold together, kept as one tree behind ``StoreRefs/team`` so that a reader opens one
/// tree more and not one per teammate.
///
/// A pure function of the planes: made anew from them whenever one has moved, and nothing is lost with it. Of a trace that
/// several writers share one tree counts, as it is: the one with the newer rules, the later generation, the later
/// time of writing, the larger digest of the record, in this order. A trace with a tombstone anywhere is in no plane.
public struct TeamPlane {
  private let repository: Repository

  /// Directories of a plane that are joined.
  private static let directories = ["traces", "by-path", "by-trace", "by-commit", "tombstones"]

  public init(_ repository: Repository) { self.repository = repository }

  /// A plane that a fetch brought.
  public struct Plane: Sendable {
    public let reference: String
    public let tip: ObjectID
    /// Last component of the reference.
    public var writer: String { Paths.name(reference) }
  }

  /// The planes of other writers. Cost: listing the references.
  public func planes() throws -> [Plane] {
    let own = Set(try repository.references(prefix: StoreRefs.shareablePrefix).map { Paths.name($0.name) })
    let all = try repository.references(prefix: StoreRefs.trackingPrefix)
      .filter { $0.name.contains("/bucket/v1/") && !own.contains(Paths.name($0.name)) }
      .map { Plane(reference: $0.name, tip: $0.id) }
    // Of a writer that two remotes know, the newer plane alone.
    return try Dictionary(grouping: all, by: \.writer).values.compactMap { planes in
      try planes.max { try isNewer($1.tip, than: $0.tip) }
    }.sorted { $0.reference < $1.reference }
  }

  private func isNewer(_ a: ObjectID, than b: ObjectID) throws -> Bool {
    if a == b { return false }
    if try repository.isAncestor(b, of: a) { return true }
    if try repository.isAncestor(a, of: b) { return false }
    let times = try [a, b].map { try repository.commit($0)?.committerTime.microseconds ?? 0 }
    return (times[1], b) < (times[0], a)
  }

  /// Whether the tree is the union of the planes as they are now. Cost: listing the references, and a blob.
  public func isCurrent() throws -> Bool {
    let planes = try planes()
    guard let tip = try repository.resolve(reference: StoreRefs.team), let root = try repository.tree(ofCommit: tip)
    else { return planes.isEmpty }
    return try repository.blob(at: "sources", in: root) == sources(planes)
  }

  private func sources(_ planes: [Plane]) throws -> [UInt8] {
    let graves = try tombstones().map { "tombstones \($0.hex)\n" }.joined()
    return Array((planes.map { "\($0.reference) \($0.tip.hex)\n" }.joined() + graves).utf8)
  }

  /// The tombstones of this clone's own planes.
  private func tombstones() throws -> [ObjectID] {
    try repository.references(prefix: StoreRefs.shareablePrefix).compactMap { reference in
      guard let root = try repository.tree(ofCommit: reference.id) else { return nil }
      return try repository.entry(at: "tombstones", in: root)?.id
    }
  }

  /// Brings the union up to date. Refs written: ``StoreRefs/team``. Cost: the trees that differ between planes.
  ///
  /// - Returns: whether it changed; nil when another process held the store's lock all the time.
  @discardableResult
  public func refresh(time: Timestamp, timeout: Double = 30) throws -> Bool? {
    if try isCurrent() { return false }
    guard let lock = try FileLock.acquire(StoreTransaction.lockPath(repository), timeout: timeout) else { return nil }
    defer { lock.release() }
    try ReferenceIntent(repository).recover(StoreTransaction.references)
    let old = try repository.resolve(reference: StoreRefs.team)
    let planes = try planes()
    var transaction = ReferenceTransaction(repository)
    if planes.isEmpty {
      guard let old else { return false }
      transaction.delete(StoreRefs.team, expecting: old)
    } else {
      let writer = AdaptiveWriter(repository)
      let tree = try union(planes, writer)
      let commit = try writer.writeCommit(
        tree: tree, parents: [], message: "team: union of \(planes.count) planes", time: time)
      try writer.flush()
      transaction.set(StoreRefs.team, to: commit, expecting: old)
    }
    let intent = ReferenceIntent(repository)
    try intent.begin()
    // Only a process that dies leaves it behind.
    defer { try? intent.end() }
    try transaction.commit(reason: "opentraces")
    return true
  }

  /// Which of the trees of one trace counts. Cost: two blobs each.
  public func best(of trees: [ObjectID]) throws -> ObjectID? {
    var choice = Choice(repository)
    return trees.count < 2 ? trees.first : try choice.among(trees, name: "")
  }

  // MARK: Union

  private func union(_ planes: [Plane], _ writer: any ObjectWriter) throws -> ObjectID {
    let roots = try planes.compactMap { try repository.tree(ofCommit: $0.tip) }
    var joined: [String: ObjectID] = [:]
    var choice = Choice(repository)
    for name in Self.directories {
      var trees = try roots.compactMap { try repository.entry(at: name, in: $0) }.filter { $0.mode == .tree }.map(\.id)
      if name == "tombstones" { trees += try tombstones() }
      joined[name] = try join(trees, path: [name], &choice, writer)
    }
    let base = try writer.writeTree(
      joined.map { TreeEntry(name: BytePath($0.key), mode: .tree, id: $0.value) }.sorted { $0.name < $1.name })
    let editor = TreeEditor(repository, base: base)
    try writer.flush()
    for loser in choice.lost { try forget(loser.value, of: loser.key, base, editor) }
    if let graves = joined["tombstones"] { try bury(graves, base, editor) }
    editor.set("sources", try writer.writeBlob(sources(planes)))
    return try editor.write(writer)
  }

  /// Which tree of a trace counts.
  private struct Choice {
    let repository: Repository
    /// The trees of traces that lost, by the file name of the trace.
    var lost: [String: [ObjectID]] = [:]

    init(_ repository: Repository) { self.repository = repository }

    private func rank(_ tree: ObjectID) throws -> [String] {
      let row = try repository.blob(at: "row.json", in: tree).flatMap { try? JSONValue(parsing: $0) }
      let clear = try repository.blob(at: "clear.json", in: tree).flatMap { try? JSONValue(parsing: $0) }
      let generation = String(row?["generation_index"]?.int ?? 0)
      return [
        clear?["security_version"]?.string ?? "",
        String(repeating: "0", count: max(0, 12 - generation.count)) + generation, row?["written_at"]?.string ?? "",
        clear?["sanitized_hash"]?.string ?? "", tree.hex,
      ]
    }

    mutating func among(_ trees: [ObjectID], name: String) throws -> ObjectID? {
      let ranked = try trees.map { (rank: try rank($0), tree: $0) }
      guard let best = ranked.max(by: { $0.rank.lexicographicallyPrecedes($1.rank) }) else { return nil }
      lost[name] = trees.filter { $0 != best.tree }
      return best.tree
    }
  }

  /// - Parameter path: names of the directories down to here.
  private func join(
    _ trees: [ObjectID], path: [String], _ choice: inout Choice, _ writer: any ObjectWriter
  ) throws -> ObjectID? {
    let distinct = trees.reduce(into: [ObjectID]()) { if !$0.contains($1) { $0.append($1) } }
    guard distinct.count > 1 else { return distinct.first }
    var names: [BytePath: [TreeEntry]] = [:]
    for tree in distinct {
      for entry in try repository.tree(tree) ?? [] where names[entry.name]?.contains(entry) != true {
        names[entry.name, default: []].append(entry)
      }
    }
    var entries: [TreeEntry] = []
    for (name, found) in names {
      if found.count == 1 {
        entries.append(found[0])
        continue
      }
      let below = found.filter { $0.mode == .tree }.map(\.id)
      if below.isEmpty {
        // The same file twice: whichever it is, what a trace that lost brought goes afterwards.
        if let kept = found.max(by: { $0.id < $1.id }) { entries.append(kept) }
        continue
      }
      let isTrace = path.first == "traces" && path.count == 2
      let joined =
        try isTrace
        ? choice.among(below, name: name.description) : join(below, path: path + [name.description], &choice, writer)
      if let joined { entries.append(TreeEntry(name: name, mode: .tree, id: joined)) }
    }
    return try writer.writeTree(entries.sorted { $0.name < $1.name })
  }

  /// Takes the entries that trees of a trace which lost have in the index of edited paths out, and puts those of the tree
  /// that counts there.
  private func forget(
    _ losers: [ObjectID], of name: String, _ root: ObjectID, _ editor: TreeEditor
  ) throws {
    let directory = StoreRefs.traceDirectory(StoreRefs.traceID(ofFile: name))
    guard let winner = try repository.entry(at: directory, in: root) else { return }
    func edits(_ tree: ObjectID) throws -> [TreeEntry] {
      try repository.entry(at: "edits", in: tree).flatMap { try repository.tree($0.id) } ?? []
    }
    let kept = Dictionary(try edits(winner.id).map { ($0.name, $0.id) }) { first, _ in first }
    for edit in try losers.flatMap(edits) where kept[edit.name] != edit.id {
      let key = edit.name.description
      let index = "by-path/\(key.prefix(2))/\(key)"
      let entries = try (repository.entry(at: index, in: root).flatMap { try repository.tree($0.id) } ?? [])
        .filter { $0.name.description.hasSuffix("-" + name) }
      var isThere = entries.contains { $0.id == kept[edit.name] }
      for entry in entries where entry.id != kept[edit.name] {
        if let id = kept[edit.name], !isThere {
          editor.set("\(index)/\(entry.name)", id)
          isThere = true
        } else {
          editor.remove("\(index)/\(entry.name)")
        }
      }
    }
  }

  /// Takes traces that somebody purged out of the union.
  private func bury(_ tombstones: ObjectID, _ root: ObjectID, _ editor: TreeEditor) throws {
    for shard in try repository.tree(tombstones) ?? [] {
      for stone in try repository.tree(shard.id) ?? [] {
        let name = stone.name.description
        guard name.hasSuffix(".json") else { continue }
        let trace = StoreRefs.traceID(ofFile: String(name.dropLast(5)))
        let directory = StoreRefs.traceDirectory(trace)
        if let tree = try repository.entry(at: directory, in: root) {
          for edit in try repository.entry(at: "edits", in: tree.id).flatMap({ try repository.tree($0.id) }) ?? [] {
            let key = edit.name.description
            let index = "by-path/\(key.prefix(2))/\(key)"
            for entry in try repository.entry(at: index, in: root).flatMap({ try repository.tree($0.id) }) ?? []
            where entry.name.description.hasSuffix("-" + StoreRefs.fileName(trace)) {
              editor.remove("\(index)/\(entry.name)")
            }
          }
          editor.remove(directory)
        }
        let events = EventLog.traceDirectory(trace)
        guard let tree = try repository.entry(at: events, in: root) else { continue }
        for file in try repository.tree(tree.id) ?? [] {
          guard let json = try repository.blob(file.id).flatMap({ try? JSONValue(parsing: $0) }),
            let payload = json["payload"]?.object
          else { continue }
          for commit in StoreTransaction.commits(of: payload) {
            editor.remove("\(EventLog.commitDirectory(commit))/\(file.name)")
          }
        }
        editor.remove(events)
      }
    }
  }
}
