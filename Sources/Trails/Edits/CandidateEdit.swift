internal import Basics

/// A place of a line in an edit: patch and position among its added (or removed) lines.
struct EditLine: Hashable, Sendable {
  let patch: Int
  let line: Int
  let neighbours: LineNeighbours
  let raw: UInt64
}

/// An edit with its lines hashed and indexed.
final class CandidateEdit: Sendable {
  let edit: StoredEdit
  /// Added lines that are not blank, by hash.
  let added: [UInt64: [EditLine]]
  /// Removed lines that are not blank, by hash.
  let removed: [UInt64: [EditLine]]
  /// Lines that the edit takes out in one place and puts in in another, by hash: moved, not written.
  let moved: Set<UInt64>
  /// Lengths of the removed lines, by hash.
  let removedLengths: [UInt64: Int]
  /// Whether an added line has at least ``OwnershipRules/shortLine`` characters.
  let addsSubstance: Bool

  init(_ edit: StoredEdit) {
    self.edit = edit
    var added: [UInt64: [EditLine]] = [:]
    var removed: [UInt64: [EditLine]] = [:]
    var lengths: [UInt64: Int] = [:]
    var substance = false
    for (number, patch) in edit.patches.enumerated() {
      Self.index(patch.added, of: patch, number, into: &added) { length, _ in
        substance = substance || length >= OwnershipRules.shortLine
      }
      Self.index(patch.removed, of: patch, number, into: &removed) { length, hash in lengths[hash] = length }
    }
    self.added = added
    self.removed = removed
    moved = Set(
      added.lazy.filter { hash, lines in
        lengths[hash] ?? 0 >= OwnershipRules.shortLine && removed[hash]?.count ?? 0 >= lines.count
          && lines.allSatisfy { line in removed[hash]?.contains { $0.raw == line.raw } ?? false }
      }.map(\.key))
    removedLengths = lengths
    addsSubstance = substance
  }

  private static func index(
    _ lines: [String], of patch: StoredEdit.Patch, _ number: Int, into index: inout [UInt64: [EditLine]],
    _ note: (Int, UInt64) -> Void
  ) {
    guard !lines.isEmpty else { return }
    let whole = HashedLines(patch.contextBefore + lines + patch.contextAfter)
    // A file that starts (or ends) with the patch has its edge there; otherwise no context means "not known".
    let startsFile = patch.newStart == 1 || patch.oldStart == 1
    for at in lines.indices {
      let position = patch.contextBefore.count + at
      let key = whole.keys[position]
      guard !key.isBlank else { continue }
      var around = whole.neighbours(of: position)
      if around.above == LineNeighbours.edge, !startsFile {
        around = LineNeighbours(above: LineNeighbours.unknown, below: around.below)
      }
      index[key.hash, default: []].append(
        EditLine(patch: number, line: at, neighbours: around, raw: whole.raw[position]))
      note(key.length, key.hash)
    }
  }

  /// Later edits win: by time, then trace, then order in the session.
  static func precedes(_ a: CandidateEdit, _ b: CandidateEdit) -> Bool {
    if a.edit.time != b.edit.time { return a.edit.time < b.edit.time }
    if a.edit.traceID != b.edit.traceID { return a.edit.traceID < b.edit.traceID }
    return a.edit.order < b.edit.order
  }
}
