internal import CGit2

extension Repository {
  /// Whether the index has a file at a path relative to the worktree.
  public func isTracked(_ path: String) throws -> Bool {
    try withIndex { git_index_get_bypath($0, path, 0) != nil }
  }

  /// Whether the index has anything below a directory given relative to the worktree.
  public func hasTrackedFiles(below directory: String) throws -> Bool {
    try withIndex { index in
      var position = 0
      let prefix = directory.isEmpty ? "" : directory + "/"
      return try found(git_index_find_prefix(&position, index, prefix), "search the index of", gitDirectory)
    }
  }

  /// Whether the ignore rules cover a path relative to the worktree.
  public func isIgnored(_ path: String) throws -> Bool {
    var ignored: Int32 = 0
    try check(git_ignore_path_is_ignored(&ignored, handle, path), "read the ignore rules for", path)
    return ignored != 0
  }

  func withIndex<R>(_ body: (OpaquePointer?) throws -> R) throws -> R {
    var index: OpaquePointer?
    try check(git_repository_index(&index, handle), "open the index of", gitDirectory)
    defer { git_index_free(index) }
    try check(git_index_read(index, 0), "read the index of", gitDirectory)
    return try body(index)
  }
}
