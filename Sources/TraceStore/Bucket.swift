public import Basics
public import GitKit

/// The private plane as it was when this value was made: a read-only view of ``StoreRefs/bucket``; with what others
/// shared, when asked for, of ``StoreRefs/team``. Of a trace that is in both the own one counts.
public struct Bucket {
  public let repository: Repository
  /// The commit that was read; nil while nothing was captured.
  public let tip: ObjectID?
  public let root: ObjectID?
  /// What others shared; nil when it is not asked for or there is nothing.
  public let team: ObjectID?

  public init(_ repository: Repository) throws {
    try self.init(repository, team: nil)
  }

  private init(_ repository: Repository, team: ObjectID?) throws {
    self.repository = repository
    self.team = team
    tip = try repository.resolve(reference: StoreRefs.bucket)
    root = try tip.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// The traces of this clone and those that others shared.
  public static func union(_ repository: Repository) throws -> Bucket {
    try Bucket(
      repository, team: repository.resolve(reference: StoreRefs.team).flatMap { try repository.tree(ofCommit: $0) })
  }

  /// A plane of its own: of what one writer shares.
  ///
  /// - Parameter root: the tree of the plane.
  public init(_ repository: Repository, plane root: ObjectID?) {
    self.repository = repository
    tip = nil
    team = nil
    self.root = root
  }

  /// Whether there is nothing at all.
  public var isEmpty: Bool { tip == nil && team == nil }

  private var roots: [ObjectID] { [root, team].compactMap { $0 } }

  /// The tree of one trace, or nil. Cost: three trees.
  public func traceTree(_ id: String) throws -> ObjectID? {
    for root in roots {
      if let entry = try repository.entry(at: StoreRefs.traceDirectory(id), in: root) { return entry.id }
    }
    return nil
  }

  /// The row of one trace, or nil.
  public func row(_ id: String) throws -> TraceRow? {
    guard let tree = try traceTree(id) else { return nil }
    do { return try row(in: tree) } catch let error as StoreError {
      // What others shared may be anything.
      if try root.flatMap({ try repository.entry(at: StoreRefs.traceDirectory(id), in: $0) }) == nil { return nil }
      throw error
    }
  }

  /// The row in the tree of a trace, or nil.
  public func row(in tree: ObjectID) throws -> TraceRow? {
    try repository.entry(at: "row.json", in: tree).flatMap { try row(blob: $0.id) }
  }

  private func row(blob id: ObjectID) throws -> TraceRow? {
    guard let bytes = try repository.blob(id) else { return nil }
    guard let json = try? JSONValue(parsing: bytes), let row = TraceRow(json: json) else {
      throw StoreError(.corrupt, "read the row", id.hex, "it is not a trace row")
    }
    return row
  }

  /// The rows of all traces, sorted by trace id. Cost: three trees' reading and one small blob per trace.
  public func rows() throws -> [TraceRow] {
    var rows: [TraceRow] = []
    for tree in try traceTrees() {
      guard let entry = try repository.entry(at: "row.json", in: tree.tree) else { continue }
      // What others shared may be anything.
      let row = team == nil ? try row(blob: entry.id) : try? row(blob: entry.id)
      if let row { rows.append(row) }
    }
    return rows.sorted { $0.traceID < $1.traceID }
  }

  /// File name (percent-encoded trace id) and tree of every trace, in tree order.
  public func traceTrees() throws -> [(name: String, tree: ObjectID)] {
    let planes = try roots.map { root -> [(name: String, tree: ObjectID)] in
      guard let traces = try repository.entry(at: "traces", in: root) else { return [] }
      return try (repository.tree(traces.id) ?? []).flatMap { shard in
        try (repository.tree(shard.id) ?? []).map { (name: $0.name.description, tree: $0.id) }
      }
    }
    guard planes.count > 1 else { return planes.first ?? [] }
    let own = Set(planes[0].map(\.name))
    return planes[0] + planes[1].filter { !own.contains($0.name) }
  }

  /// The stored transcript of a trace, its pieces joined; nil when there is no such trace.
  ///
  /// - Throws: ``StoreError`` when a piece is missing.
  public func source(_ id: String) throws -> PaddedBuffer? {
    guard let tree = try traceTree(id), let row = try row(id) else { return nil }
    func missing(_ piece: Int) -> StoreError {
      StoreError(.corrupt, "read the transcript of", id, "piece \(piece) is missing")
    }
    // The sizes are those of the pieces: a row may be damaged.
    var pieces: [(id: ObjectID, size: Int)] = []
    for index in stride(from: 1, through: max(1, row.source.segments), by: 1) {
      guard let entry = try repository.entry(at: StoredText.name(index), in: tree),
        let header = try repository.header(entry.id), header.kind == .blob
      else { throw missing(index) }
      pieces.append((entry.id, header.size))
    }
    return try PaddedBuffer(capacity: pieces.reduce(0) { $0 + $1.size }) { buffer in
      var rest = buffer
      for (index, piece) in pieces.enumerated() {
        let read: Void? = try repository.withObject(piece.id) { _, bytes in rest.copyMemory(from: bytes) }
        if read == nil { throw missing(index + 1) }
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece.size...])
      }
      return buffer.count
    }
  }

  /// The pieces of a text of a trace; none when there is no such text. Cost: a tree and the header of each piece.
  ///
  /// - Throws: ``StoreError`` when a piece is missing.
  public func pieces(_ id: String, of kind: StoredText.Kind) throws -> StoredText {
    guard let tree = try traceTree(id), let directory = try repository.entry(at: kind.rawValue, in: tree) else {
      return StoredText()
    }
    return StoredText(
      // In the order of their numbers, of which those from 10,000 on have a digit more.
      pieces: try (repository.tree(directory.id) ?? []).sorted {
        ($0.name.bytes.count, $0.name) < ($1.name.bytes.count, $1.name)
      }.map { entry in
        guard let header = try repository.header(entry.id) else {
          throw StoreError(.corrupt, "read the \(kind.rawValue) of", id, "piece \(entry.name) is missing")
        }
        return StoredText.Piece(id: entry.id, size: header.size)
      })
  }

  /// Names and transcripts of the sub-agents of a trace.
  public func subagentSources(_ id: String) throws -> [(name: String, bytes: [UInt8])] {
    guard let tree = try traceTree(id), let directory = try repository.entry(at: "subagents", in: tree) else {
      return []
    }
    return try (repository.tree(directory.id) ?? []).compactMap { entry in
      try repository.blob(entry.id).map { (name: entry.name.description, bytes: $0) }
    }
  }

  /// The directory with what can be searched of a trace.
  public static let searchName = "search"

  /// The file of a stretch of what can be searched, from 1.
  public static func searchFile(_ number: Int) -> String { searchName + "/" + StoreRefs.numbered(number) + ".json" }

  /// The name of the file that says where a trace was captured.
  public static let environmentName = "environment.json"

  /// What is known of the place where a trace was captured; nil when nothing is.
  public func environment(_ id: String) throws -> JSONValue? { try traceTree(id).flatMap { try environment(in: $0) } }

  /// The same, in the tree of a trace.
  public func environment(in tree: ObjectID) throws -> JSONValue? {
    try repository.blob(at: Self.environmentName, in: tree).flatMap { try? JSONValue(parsing: $0) }
  }

  /// What hooks reported of a trace; nil when none did.
  public func journal(_ id: String) throws -> [UInt8]? {
    let text = try pieces(id, of: .journal)
    guard !text.pieces.isEmpty else { return nil }
    return try text.pieces.flatMap { piece in try repository.blob(piece.id) ?? [] }
  }

  /// The traces that edited a path, with the blob that holds each one's edits of it. Cost: two trees and the entries.
  public func editBlobs(of path: BytePath) throws -> [(trace: String, blob: ObjectID)] {
    let planes = try roots.map { root in
      try repository.entry(at: StoreRefs.pathDirectory(path), in: root).flatMap { try repository.tree($0.id) } ?? []
    }
    var found = (planes.first ?? []).map { (trace: $0.name.description, blob: $0.id) }
    for entry in planes.dropFirst().joined() where try !isOwn(entry.name.description) {
      found.append((entry.name.description, entry.id))
    }
    return planes.count > 1 ? found.sorted { $0.trace < $1.trace } : found
  }

  /// Whether an entry of the index of a path is of a trace that this clone captured itself.
  private func isOwn(_ entry: String) throws -> Bool {
    let file = String(entry.drop { $0 != "-" }.dropFirst())
    return try root.flatMap {
      try repository.entry(at: StoreRefs.traceDirectory(StoreRefs.traceID(ofFile: file)), in: $0)
    } != nil
  }
}
