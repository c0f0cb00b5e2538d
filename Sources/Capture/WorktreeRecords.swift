internal import Basics
internal import GitKit
internal import Glibc

/// A file of the worktree as it was seen last. Stored as it lies in memory.
struct FileRecord {
  struct Flags: OptionSet {
    let rawValue: UInt32
    /// Covered by the ignore rules: known by its name only, never looked at.
    static let ignored = Flags(rawValue: 1)
    /// Changed so shortly before it was seen that a later change may show the same times.
    static let racy = Flags(rawValue: 2)
    /// Too large, unreadable or no regular file: its content is not known.
    static let opaque = Flags(rawValue: 4)
  }

  /// Where the name begins among the names.
  var name: UInt32
  var mode: UInt32 = 0
  var flags: Flags = []
  /// Nanoseconds since 1970.
  var modified = 0
  /// Nanoseconds since 1970 of the last change of content or attributes, by the system's own clock.
  var changed = 0
  var size = 0
  var inode: UInt64 = 0
  var blob = ObjectID.zero

  init(name: UInt32) { self.name = name }

  /// Takes what `stat` says.
  ///
  /// - Parameter seen: nanoseconds since 1970 at which the look at the worktree began.
  mutating func adopt(_ info: stat, seen: Int) {
    mode = UInt32(info.st_mode)
    modified = info.st_mtim.nanoseconds
    changed = info.st_ctim.nanoseconds
    size = Int(info.st_size)
    inode = UInt64(info.st_ino)
    flags.remove(.racy)
    if changed > seen - FileRecord.racyMargin { flags.insert(.racy) }
  }

  /// The system's clock for files ticks every few milliseconds.
  static let racyMargin = 20_000_000

  func isSame(_ info: stat) -> Bool {
    !flags.contains(.racy) && size == Int(info.st_size) && modified == info.st_mtim.nanoseconds
      && changed == info.st_ctim.nanoseconds && inode == UInt64(info.st_ino) && mode == UInt32(info.st_mode)
  }

  var isRegular: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFREG) }
  var isLink: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFLNK) }

  /// The mode as git keeps it.
  var gitMode: UInt32 { isLink ? 0o120000 : mode & 0o100 != 0 ? 0o100755 : 0o100644 }
}

/// A directory of the worktree as it was seen last.
struct DirectoryRecord {
  /// Where the path begins among the names; the root's is `.`.
  var path: UInt32
  /// The directory it lies in, -1 for the root.
  var parent: Int32
  var firstFile: UInt32 = 0
  var fileCount: UInt32 = 0
  /// Nanoseconds since 1970 of the last change, by the system's own clock; 0 when its names must be read again.
  var modified = 0
  var inode: UInt64 = 0

  init(path: UInt32, parent: Int32) {
    self.path = path
    self.parent = parent
  }

  mutating func adopt(_ info: stat, seen: Int) {
    inode = UInt64(info.st_ino)
    let time = info.st_ctim.nanoseconds
    modified = time > seen - FileRecord.racyMargin ? 0 : time
  }

  func isSame(_ info: stat) -> Bool { modified == info.st_ctim.nanoseconds && inode == UInt64(info.st_ino) }
}

extension timespec {
  var nanoseconds: Int { Int(tv_sec) * 1_000_000_000 + Int(tv_nsec) }
}

extension ObjectID {
  static let zero = ObjectID(hexOrZero: "")

  private init(hexOrZero: String) {
    self = [UInt8](repeating: 0, count: 20).withUnsafeBytes { ObjectID(rawBytes: $0) }
  }
}
