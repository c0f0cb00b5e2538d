internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// Keeps the ids of patches that the store knows, also when their steps were renumbered, and tells which are new.
final class PatchKeeper {
  private struct Key: Hashable {
    let call: String
    let path: BytePath
    let patch: Int
  }

  private var ids: [Key: String] = [:]

  init(_ bucket: Bucket, trace: String, known: Bool, parser: JSONParser) throws {
    guard known, let tree = try bucket.traceTree(trace),
      let directory = try bucket.repository.entry(at: "edits", in: tree)
    else { return }
    for entry in try bucket.repository.tree(directory.id) ?? [] {
      guard let bytes = try bucket.repository.blob(entry.id) else { continue }
      for edit in StoredEdit.decode(bytes, with: parser) {
        for (number, patch) in edit.patches.enumerated() {
          ids[Key(call: edit.toolCallID, path: edit.path, patch: number)] = patch.id
        }
      }
    }
  }

  func keepIDs(of edits: [StoredEdit], path: BytePath) throws -> [StoredEdit] {
    edits.map { edit in
      var edit = edit
      for number in edit.patches.indices {
        if let id = ids[Key(call: edit.toolCallID, path: path, patch: number)] { edit.patches[number].id = id }
      }
      return edit
    }
  }

  func newPatches(of edit: StoredEdit) -> [StoredEdit.Patch] {
    edit.patches.enumerated().filter { number, _ in
      ids[Key(call: edit.toolCallID, path: edit.path, patch: number)] == nil
    }.map(\.element)
  }
}
