internal import Basics
internal import GitKit
internal import Glibc

/// The first look at a worktree: every file that git sees. Contents that the index knows are not read.
enum WorktreeBaseline {
  /// Bytes of files that git does not know, or that differ from the index, that are read at most; the rest is looked at
  /// when it changes.
  private static let readLimit = 64 << 20

  /// Cost: a `stat` per file and the ignore rules for each that is not tracked.
  static func make(_ repository: Repository) throws -> WorktreeCache? {
    var empty = WorktreeCache()
    var root = DirectoryRecord(path: empty.addName([0x2E]), parent: -1)
    root.modified = 0
    empty.directories = [root]
    let index = Dictionary(try repository.indexEntries().map { ($0.path, $0) }) { first, _ in first }
    guard let scanner = WorktreeScanner(repository, cache: empty, baseline: BaselineIndex(index, limit: readLimit))
    else { return nil }
    _ = try scanner.scan()
    return scanner.cache
  }
}

/// What the index knows, for the first look.
final class BaselineIndex {
  private let entries: [BytePath: IndexEntry]
  private let directories: Set<BytePath>
  private var left: Int

  init(_ entries: [BytePath: IndexEntry], limit: Int) {
    self.entries = entries
    left = limit
    var directories: Set<BytePath> = []
    for path in entries.keys {
      var bytes = path.bytes[...]
      while let slash = bytes.lastIndex(of: 0x2F) {
        bytes = bytes[..<slash]
        guard directories.insert(BytePath(bytes)).inserted else { break }
      }
    }
    self.directories = directories
  }

  func isTracked(_ path: BytePath) -> Bool { entries[path] != nil || directories.contains(path) }

  /// The blob of a file that is as the index says.
  func blob(_ path: BytePath, _ record: FileRecord) -> ObjectID? {
    guard let entry = entries[path], entry.size == UInt32(truncatingIfNeeded: record.size),
      entry.inode == UInt32(truncatingIfNeeded: record.inode), entry.mode == record.gitMode,
      // An index without fractions of a second is right about the second.
      entry.modified == record.modified
        || entry.modified % 1_000_000_000 == 0 && entry.modified / 1_000_000_000 == record.modified / 1_000_000_000
    else { return nil }
    return record.flags.contains(.racy) ? nil : entry.blob
  }

  /// Whether a file may still be read.
  func mayRead(_ size: Int) -> Bool {
    guard size <= left else { return false }
    left -= size
    return true
  }
}
