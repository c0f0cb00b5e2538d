public import Basics

/// A notes tree: one blob per annotated object, named by its id, with any fan-out.
///
/// Reading follows whatever fan-out the tree has. Writing changes many notes in one commit, keeps notes and other
/// entries it does not touch byte for byte, and uses git's own layout: flat while there are few notes, directories of
/// two hex digits from 256 on (libgit2's `git_note_create` never fans out: 5,000 notes become 651 MB).
public struct NotesTree {
  /// Number of notes at which the writer changes from a flat tree to one level of fan-out.
  static let fanoutThreshold = 256
  /// Number of directories from which on a tree counts as fanned out, whatever stands beside them.
  private static let fannedFrom = 64

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

  /// Writes a tree with these notes set (nil: removed) and a commit on top of ``tip``. Updates no reference. Cost: the
  /// root and one tree per level of fan-out for each note; a flat tree is written anew once, when notes become many.
  ///
  /// - Returns: the new notes commit, or nil when nothing changed.
  public func writing(
    _ changes: [ObjectID: [UInt8]?], with writer: any ObjectWriter, message: String, time: Timestamp
  ) throws -> ObjectID? {
    let editor = TreeEditor(repository, base: root)
    let top = try root.flatMap { try repository.tree($0) } ?? []
    let flat = top.filter { $0.mode != .tree && ObjectID(hex: $0.name.description) != nil }
    let directories = Set(top.filter { $0.mode == .tree && $0.name.bytes.count == 2 }.map(\.name))
    let old = try changes.keys.reduce(into: [ObjectID: (path: String, blob: ObjectID)]()) { old, object in
      old[object] = try location(of: object)
    }
    let added = changes.filter { $0.value != nil && old[$0.key] == nil }.count
    let relayouts = flat.count + added >= Self.fanoutThreshold
    let fansOut = relayouts || directories.count >= Self.fannedFrom
    if relayouts { fanOut(flat, in: editor) }
    var changed = false
    for (object, note) in changes {
      let path = old[object].map { relayouts && !$0.path.contains("/") ? Self.fannedPath(object) : $0.path }
      guard let note else {
        if let path {
          editor.remove(path)
          changed = true
        }
        continue
      }
      let blob = try writer.writeBlob(note)
      if old[object]?.blob == blob { continue }
      changed = true
      let isFanned = fansOut || directories.contains(BytePath(String(object.hex.prefix(2))))
      editor.set(path ?? (isFanned ? Self.fannedPath(object) : object.hex), blob)
    }
    guard changed else { return nil }
    let tree = try editor.write(writer)
    return try writer.writeCommit(tree: tree, parents: tip.map { [$0] } ?? [], message: message, time: time)
  }

  private static func fannedPath(_ id: ObjectID) -> String {
    let hex = id.hex
    return hex.prefix(2) + "/" + hex.dropFirst(2)
  }

  /// Moves the notes of the root to one level of fan-out; their blobs stay as they are.
  private func fanOut(_ notes: [TreeEntry], in editor: TreeEditor) {
    for note in notes {
      guard let object = ObjectID(hex: note.name.description) else { continue }
      editor.remove(note.name.description)
      editor.set(Self.fannedPath(object), note.id)
    }
  }
}
