public import Basics
internal import CGit2

/// A file of the index, with what `stat` said of it when it was last known to equal its blob.
public struct IndexEntry: Sendable {
  public let path: BytePath
  public let blob: ObjectID
  public let mode: UInt32
  /// The lower 32 bits of the size.
  public let size: UInt32
  /// Nanoseconds since 1970.
  public let modified: Int
  /// The lower 32 bits of the inode.
  public let inode: UInt32
}

extension Repository {
  /// The files of the index without those in conflict. Cost: linear in their number.
  public func indexEntries() throws -> [IndexEntry] {
    try withIndex { index in
      (0..<git_index_entrycount(index)).compactMap { position in
        guard let entry = git_index_get_byindex(index, position)?.pointee, let path = entry.path,
          git_index_entry_stage(git_index_get_byindex(index, position)) == 0
        else { return nil }
        return IndexEntry(
          path: BytePath(cString: path), blob: ObjectID(entry.id), mode: entry.mode, size: entry.file_size,
          modified: Int(entry.mtime.seconds) * 1_000_000_000 + Int(entry.mtime.nanoseconds), inode: entry.ino)
      }
    }
  }

  /// The content that git would store for a file of the worktree: line ends and built-in filters as the attributes say.
  /// Programs that are configured as filters are not run.
  ///
  /// - Parameter path: relative to the worktree; NUL-terminated bytes without the NUL.
  public func cleaned(_ bytes: [UInt8], path: BytePath) throws -> [UInt8] {
    // libgit2 reads the whole index to find attributes.
    guard try mayHaveFilters(path) else { return bytes }
    var filters: OpaquePointer?
    let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
    let flags = UInt32(GIT_FILTER_ALLOW_UNSAFE.rawValue)
    try check(
      git_filter_list_load(&filters, handle, nil, name, GIT_FILTER_TO_ODB, flags), "read the attributes of",
      path.description)
    guard let filters else { return bytes }
    defer { git_filter_list_free(filters) }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    let result = bytes.withUnsafeBytes { raw in
      git_filter_list_apply_to_buffer(
        &buffer, filters, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
    }
    try check(result, "filter", path.description)
    return Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
  }

  /// Whether a setting or a file of attributes can have a say in the content of a path (gitattributes(5)).
  private func mayHaveFilters(_ path: BytePath) throws -> Bool {
    let conversion = try configuration.string("core.autocrlf")?.lowercased() ?? "false"
    if !["false", "no", "off", "0", ""].contains(conversion) { return true }
    var places = [commonDirectory + "/info/attributes", "/etc/gitattributes"]
    if let home = try configuration.path("core.attributesfile") { places.append(home) }
    if let root = worktree {
      var directory = path.bytes[...]
      while let slash = directory.lastIndex(of: 0x2F) {
        directory = directory[..<slash]
        places.append("\(root)/\(String(decoding: directory, as: UTF8.self))/.gitattributes")
      }
      places.append(root + "/.gitattributes")
    }
    return places.contains(where: Files.exists)
  }
}
