internal import CGit2

/// Start-up of libgit2, once per process.
enum Git {
  /// Repository format extensions that change nothing for a reader of objects and references. `refstorage` (reftable)
  /// and `objectformat` (SHA-256) are not among them: libgit2 1.5 cannot read such repositories.
  private static let harmlessExtensions = [
    "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees",
  ]

  static let start: Void = {
    git_libgit2_init()
    var names = harmlessExtensions.map { strdup($0) as UnsafeMutablePointer<CChar>? }
    names.withUnsafeMutableBufferPointer { buffer in
      _ = ot_git_set_extensions(buffer.baseAddress, buffer.count)
    }
    names.forEach { free($0) }
    // Every id handed to libgit2 comes from an object that was just read or written.
    _ = ot_git_set_strict_object_creation(0)
    // Like git itself, trust what a pack or a loose file holds; `git fsck` and `bucket verify` are there to doubt it.
    _ = ot_git_set_strict_hash_verification(0)
  }()
}
