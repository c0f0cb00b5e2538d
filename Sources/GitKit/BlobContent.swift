internal import CGit2

#if canImport(Glibc)
  internal import Glibc
#endif

/// The bytes of a blob in memory.
final class BlobContent {
  private let handle: OpaquePointer?
  let bytes: UnsafeRawBufferPointer

  /// - Throws: ``GitError`` when the blob is missing.
  init(_ repository: Repository, _ id: ObjectID) throws {
    var oid = id.oid
    var blob: OpaquePointer?
    try check(git_blob_lookup(&blob, repository.placeless, &oid), "read the blob", id.hex)
    handle = blob
    bytes =
      blob.map { UnsafeRawBufferPointer(start: git_blob_rawcontent($0), count: Int(git_blob_rawsize($0))) } ?? Self.none
  }

  deinit { git_blob_free(handle) }

  /// Git's rule: a NUL among the first 8000 bytes.
  var isBinary: Bool { bytes.baseAddress.map { memchr($0, 0, min(bytes.count, 8000)) != nil } ?? false }

  private static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  /// As ``Repository/compareBlobs(_:_:_:)``.
  static func compare<R>(
    _ old: BlobContent?, _ new: BlobContent?,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, [LineHunk]?) throws -> R
  ) throws -> R {
    try withExtendedLifetime((old, new)) {
      let (oldBytes, newBytes) = (old?.bytes ?? none, new?.bytes ?? none)
      if old?.isBinary == true || new?.isBinary == true { return try body(oldBytes, newBytes, nil) }
      let sink = HunkSink()
      var options = git_diff_options()
      git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
      options.context_lines = 0
      // Decided above: no attribute of the worktree has a say. The heuristic is git's default.
      options.flags = GIT_DIFF_FORCE_TEXT.rawValue | GIT_DIFF_INDENT_HEURISTIC.rawValue
      let payload = Unmanaged.passUnretained(sink).toOpaque()
      try check(
        git_diff_blobs(
          old.flatMap { $0.handle }, nil, new.flatMap { $0.handle }, nil, &options, nil, nil,
          { _, hunk, payload in
            if let hunk, let payload {
              Unmanaged<HunkSink>.fromOpaque(payload).takeUnretainedValue().hunks.append(LineHunk(hunk.pointee))
            }
            return 0
          }, nil, payload),
        "compare", "two blobs")
      return try body(oldBytes, newBytes, sink.hunks)
    }
  }
}

/// Collects what libgit2's callback reports.
private final class HunkSink {
  var hunks: [LineHunk] = []
}

extension LineHunk {
  fileprivate init(_ hunk: git_diff_hunk) {
    self.init(
      oldStart: Int(hunk.old_start), oldCount: Int(hunk.old_lines), newStart: Int(hunk.new_start),
      newCount: Int(hunk.new_lines))
  }
}
