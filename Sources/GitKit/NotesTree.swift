public import Basics

/// A notes tree: one blob per annotated object, named by its id, with any fan-out.
///
/// Reading follows whatever fan-out the tree has. Writing changes many notes in one commit, keeps notes and other
/// entries it does not touch byte for byte, and uses git's own layout: flat while there are few notes, directories of
/// two hex digits from 256 on (libgit2's `git_note_create` never fans out: 5,000 notes become 651 MB).
public struct NotesTree {
  /// Number of notes at which the writer changes from a flat tree to one level of fan-out.
  static let fanoutThreshold = 256

  public let reference: String
  private let repository: Repository
  /// The notes commit that was read; nil when the reference does not exist.
  public let tip: ObjectID?
  private let root: ObjectID?

  public init(_ repository: Repository, reference: String = "refs/notes/opentraces") throws {
    self.repository = repository
    self.reference = reference
    tip = try repository.resolve(reference: reference)
    root = try tip.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// The note on an object, or nil. Cost: one tree per level of fan-out.
  public func note(on id: ObjectID) throws -> [UInt8]? {
    try location(of: id).flatMap { try repository.blob($0.blob) }
  }

  /// Path and blob of the note on an object.
  private func location(of id: ObjectID) throws -> (path: String, blob: ObjectID)? {
    guard var tree = root else { return nil }
    var rest = Substring(id.hex)
    var path = ""
    while rest.count > 2 {
      let entries = try repository.tree(tree) ?? []
      let name = BytePath(String(rest))
      if let note = entries.first(where: { $0.name == name && $0.mode != .tree }) {
        return (path + rest, note.id)
      }
      let directory = BytePath(String(rest.prefix(2)))
      guard let next = entries.first(where: { $0.name == directory && $0.mode == .tree }) else { return nil }
      path += rest.prefix(2) + "/"
      rest = rest.dropFirst(2)
      tree = next.id
    }
    return nil
  }

  /// Every note: annotated object, path in the tree, blob. Cost: the whole tree.
  public func all() throws -> [(object: ObjectID, path: String, blob: ObjectID)] {
    guard let root else { return [] }
    var notes: [(ObjectID, String, ObjectID)] = []
    try collect(root, prefix: "", path: "", into: &notes)
    return notes.map { (object: $0.0, path: $0.1, blob: $0.2) }
  }

  private func collect(
    _ tree: ObjectID, prefix: String, path: String, into notes: inout [(ObjectID, String, ObjectID)]
  ) throws {
    for entry in try repository.tree(tree) ?? [] {
      let name = entry.name.description
      if entry.mode == .tree, name.utf8.count == 2 {
        try collect(entry.id, prefix: prefix + name, path: path + name + "/", into: &notes)
      } else if entry.mode != .tree, let object = ObjectID(hex: prefix + name) {
        notes.append((object, path + name, entry.id))
      }
    }
  }

  /// Writes a tree with these notes set (nil: removed) and a commit on top of ``tip``. Updates no reference.
  ///
  /// - Returns: the new notes commit, or nil when nothing changed.
  public func writing(
    _ changes: [ObjectID: [UInt8]?], with writer: any ObjectWriter, message: String, time: Timestamp
  ) throws -> ObjectID? {
    let editor = TreeEditor(repository, base: root)
    let existing = try all()
    let paths = Dictionary(existing.map { ($0.object, ($0.path, $0.blob)) }) { first, _ in first }
    let added = changes.filter { $0.value != nil && paths[$0.key] == nil }.count
    let fansOut = existing.count + added >= Self.fanoutThreshold
    if fansOut { relayout(existing, in: editor) }
    var changed = false
    for (object, note) in changes {
      let old = paths[object]
      guard let note else {
        if let old {
          editor.remove(fansOut ? Self.fannedPath(object) : old.0)
          changed = true
        }
        continue
      }
      let blob = try writer.writeBlob(note)
      if old?.1 == blob { continue }
      changed = true
      editor.set(fansOut ? Self.fannedPath(object) : try old?.0 ?? newPath(object), blob)
    }
    guard changed else { return nil }
    let tree = try editor.write(writer)
    return try writer.writeCommit(tree: tree, parents: tip.map { [$0] } ?? [], message: message, time: time)
  }

  private static func fannedPath(_ id: ObjectID) -> String {
    let hex = id.hex
    return hex.prefix(2) + "/" + hex.dropFirst(2)
  }

  /// Where a new note goes in a small tree: below the directory of its first digits when there is one.
  private func newPath(_ id: ObjectID) throws -> String {
    let directory = BytePath(String(id.hex.prefix(2)))
    let entries = try root.flatMap { try repository.tree($0) } ?? []
    let fanned = entries.contains { $0.name == directory && $0.mode == .tree }
    return fanned ? Self.fannedPath(id) : id.hex
  }

  /// Moves notes that stand elsewhere to one level of fan-out; their blobs stay as they are.
  private func relayout(_ notes: [(object: ObjectID, path: String, blob: ObjectID)], in editor: TreeEditor) {
    for note in notes where note.path != Self.fannedPath(note.object) {
      editor.remove(note.path)
      editor.set(Self.fannedPath(note.object), note.blob)
    }
  }
}
