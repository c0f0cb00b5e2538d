public import Basics
internal import CGit2

/// What happened to a file between two trees.
public enum FileChange: String, Hashable, Sendable {
  case added, deleted, modified, renamed, typeChanged
}

/// One file that differs between two trees.
public struct FileDelta: Hashable, Sendable {
  public let change: FileChange
  /// The path in the old tree; equal to ``newPath`` unless renamed.
  public let oldPath: BytePath
  public let newPath: BytePath
  /// Nil when the file is not in the old tree.
  public let oldBlob: ObjectID?
  /// Nil when the file is not in the new tree.
  public let newBlob: ObjectID?
  public let oldMode: UInt32
  public let newMode: UInt32

  public var isGitlink: Bool { oldMode == FileMode.gitlink.rawValue || newMode == FileMode.gitlink.rawValue }
}

/// A run of lines that differ: `oldCount` lines from `oldStart` on became `newCount` lines from `newStart` on.
/// Line numbers are 1-based; where a count is 0, the start is the line before.
public struct LineHunk: Hashable, Sendable {
  public let oldStart: Int
  public let oldCount: Int
  public let newStart: Int
  public let newCount: Int
}

extension Repository {
  /// The files that differ between two trees, renames found by content (half of the lines alike, git's default).
  /// No configuration and no attribute of the worktree has a say.
  ///
  /// - Parameters:
  ///   - old: nil for the empty tree.
  ///   - paths: compare only these paths (exact); empty for all.
  public func changedFiles(
    from old: ObjectID?, to new: ObjectID?, findRenames: Bool = true, paths: [BytePath] = []
  ) throws -> [FileDelta] {
    let oldTree = try old.flatMap { try treeHandle($0) }
    defer { git_tree_free(oldTree) }
    let newTree = try new.flatMap { try treeHandle($0) }
    defer { git_tree_free(newTree) }
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue | GIT_DIFF_DISABLE_PATHSPEC_MATCH.rawValue
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE
    var diff: OpaquePointer?
    try withPathspec(paths, &options) { options in
      try check(git_diff_tree_to_tree(&diff, handle, oldTree, newTree, &options), "compare", new?.hex ?? "a tree")
    }
    defer { git_diff_free(diff) }
    if findRenames && Self.hasAddedAndDeleted(diff) {
      var find = git_diff_find_options()
      git_diff_find_options_init(&find, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
      find.flags = GIT_DIFF_FIND_RENAMES.rawValue
      find.rename_limit = 400
      try check(git_diff_find_similar(diff, &find), "find renames in", new?.hex ?? "a tree")
    }
    return (0..<git_diff_num_deltas(diff)).compactMap {
      git_diff_get_delta(diff, $0).flatMap { Self.delta($0.pointee) }
    }
  }

  private static func hasAddedAndDeleted(_ diff: OpaquePointer?) -> Bool {
    git_diff_num_deltas_of_type(diff, GIT_DELTA_ADDED) > 0
      && git_diff_num_deltas_of_type(diff, GIT_DELTA_DELETED) > 0
  }

  private func treeHandle(_ id: ObjectID) throws -> OpaquePointer? {
    if id == .emptyTree && !contains(id) { return nil }
    var oid = id.oid
    var tree: OpaquePointer?
    try check(git_tree_lookup(&tree, handle, &oid), "read the tree", id.hex)
    return tree
  }

  private func withPathspec(
    _ paths: [BytePath], _ options: inout git_diff_options, _ body: (inout git_diff_options) throws -> Void
  ) throws {
    var pointers = paths.map { path -> UnsafeMutablePointer<CChar>? in
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: path.bytes.count + 1)
      for (at, byte) in path.bytes.enumerated() { copy[at] = CChar(bitPattern: byte) }
      copy[path.bytes.count] = 0
      return copy
    }
    defer { pointers.forEach { $0?.deallocate() } }
    try pointers.withUnsafeMutableBufferPointer { buffer in
      if !paths.isEmpty { options.pathspec = git_strarray(strings: buffer.baseAddress, count: buffer.count) }
      try body(&options)
    }
  }

  private static func delta(_ delta: git_diff_delta) -> FileDelta? {
    let change: FileChange
    switch delta.status {
    case GIT_DELTA_ADDED: change = .added
    case GIT_DELTA_DELETED: change = .deleted
    case GIT_DELTA_MODIFIED: change = .modified
    case GIT_DELTA_RENAMED: change = .renamed
    case GIT_DELTA_TYPECHANGE: change = .typeChanged
    default: return nil
    }
    guard let oldPath = delta.old_file.path, let newPath = delta.new_file.path else { return nil }
    let old = ObjectID(delta.old_file.id)
    let new = ObjectID(delta.new_file.id)
    return FileDelta(
      change: change, oldPath: BytePath(cString: oldPath), newPath: BytePath(cString: newPath),
      oldBlob: change == .added || old.isZero ? nil : old, newBlob: change == .deleted || new.isZero ? nil : new,
      oldMode: UInt32(delta.old_file.mode), newMode: UInt32(delta.new_file.mode))
  }
}

extension Repository {
  /// Hands out the bytes of two blobs and the runs of lines in which they differ, without context, by Myers' algorithm
  /// as git runs it by default.
  ///
  /// - Parameters:
  ///   - old: nil for an empty text.
  ///   - new: nil for an empty text.
  ///   - body: gets nil instead of hunks when one of the blobs is binary.
  /// - Throws: ``GitError`` when a blob is missing.
  public func compareBlobs<R>(
    _ old: ObjectID?, _ new: ObjectID?,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, [LineHunk]?) throws -> R
  ) throws -> R {
    try BlobContent.compare(try old.map { try BlobContent(self, $0) }, try new.map { try BlobContent(self, $0) }, body)
  }
}
