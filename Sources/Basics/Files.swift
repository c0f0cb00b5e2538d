#if canImport(Glibc)
  internal import Glibc
#endif

/// What `stat` says of a file, as far as change detection needs it.
public struct FileStatus: Hashable, Sendable {
  public let size: Int
  /// When the content was changed last, in nanoseconds since 1970.
  public let modified: Int
  /// When anything of the file was changed last; nobody can set it.
  public let changed: Int
  public let inode: UInt64
  public let mode: UInt32

  public var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
  public var isRegularFile: Bool { mode & S_IFMT == S_IFREG }
  public var isSymbolicLink: Bool { mode & S_IFMT == S_IFLNK }
  public var isExecutable: Bool { mode & 0o111 != 0 }
}

/// File-system calls. Every failure is a ``SystemError``; "is not there" is nil or empty.
public enum Files {
  public static func status(_ path: String, followLinks: Bool = true) -> FileStatus? {
    var info = stat()
    let result = followLinks ? stat(path, &info) : lstat(path, &info)
    guard result == 0 else { return nil }
    let modified = Int(info.st_mtim.tv_sec) * 1_000_000_000 + Int(info.st_mtim.tv_nsec)
    let changed = Int(info.st_ctim.tv_sec) * 1_000_000_000 + Int(info.st_ctim.tv_nsec)
    return FileStatus(
      size: Int(info.st_size), modified: modified, changed: changed, inode: UInt64(info.st_ino),
      mode: UInt32(info.st_mode))
  }

  public static func exists(_ path: String) -> Bool { status(path, followLinks: false) != nil }

  public static func isDirectory(_ path: String) -> Bool { status(path)?.isDirectory ?? false }

  /// The whole file, or nil when there is none.
  public static func readIfPresent(_ path: String) throws -> [UInt8]? {
    do {
      let buffer = try PaddedBuffer(readingFile: path)
      return Array(buffer.bytes)
    } catch let error as SystemError where error.isNotFound {
      return nil
    }
  }

  public static func readText(_ path: String) throws -> String? {
    try readIfPresent(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Replaces a file by a new one with this content: written beside it, synchronised, renamed over it.
  ///
  /// A symbolic link is followed, and the mode of a file that exists is kept.
  ///
  /// - Parameter isDurable: false for what need not survive a power failure: nothing waits for the disk.
  public static func writeAtomically(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, isDurable: Bool = true
  ) throws {
    let target = resolvingLinks(path)
    let kept = status(target)?.mode ?? mode
    let temporary = "\(target).\(Hex.encode(RandomBytes.make(4))).tmp"
    do {
      let file = try FileHandle.open(temporary, .create, mode: kept & 0o7777)
      try file.write(bytes)
      if isDurable { try file.synchronize() }
      file.close()
      guard chmod(temporary, kept & 0o7777) == 0 else { throw SystemError.last("change the mode of", temporary) }
      try rename(temporary, to: target)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Gives a finished temporary file its mode and its name.
  public static func install(_ temporary: String, as path: String, mode: UInt32) throws {
    guard chmod(temporary, mode) == 0 else { throw SystemError.last("change the mode of", temporary) }
    try rename(temporary, to: path)
  }

  /// Renames a file, over another one where there is one.
  public static func rename(_ old: String, to new: String) throws {
    guard Glibc.rename(old, new) == 0 else { throw SystemError.last("rename", old) }
  }

  /// Appends in one write.
  public static func append(_ bytes: [UInt8], to path: String) throws {
    let file = try FileHandle.open(path, .append)
    defer { file.close() }
    try file.write(bytes)
  }

  public static func createDirectory(_ path: String) throws {
    if isDirectory(path) { return }
    let parent = Paths.parent(path)
    if parent != path && !parent.isEmpty { try createDirectory(parent) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw SystemError.last("create", path) }
  }

  /// The names in a directory, sorted by bytes; empty when it is not there.
  public static func list(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a file; one that is not there is no failure.
  public static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw SystemError.last("remove", path) }
  }

  /// Removes a directory if it is empty; returns whether it did.
  @discardableResult
  public static func removeEmptyDirectory(_ path: String) -> Bool { rmdir(path) == 0 }

  /// Removes a file or a directory with everything in it.
  public static func removeTree(_ path: String) throws {
    guard let found = status(path, followLinks: false) else { return }
    guard found.isDirectory else { return try remove(path) }
    for name in list(path) { try removeTree(path + "/" + name) }
    guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError.last("remove", path) }
  }

  /// The path with every symbolic link resolved, or the path itself when it does not exist.
  public static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  public static var currentDirectory: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }

  public static func setExecutable(_ path: String) throws {
    let mode = status(path)?.mode ?? 0o644
    guard chmod(path, mode & 0o7777 | 0o111) == 0 else { throw SystemError.last("change the mode of", path) }
  }
}

/// Operations on the text of paths, byte by byte; none of them looks at the disk.
public enum Paths {
  public static func parent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  public static func name(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// `path` itself when absolute, else below `base`; without `.`, `..` and doubled slashes.
  public static func absolute(_ path: String, base: String) -> String {
    let full = path.utf8.first == 0x2F ? path : base + "/" + path
    var parts: [Substring.UTF8View] = []
    for part in full.utf8.split(separator: 0x2F) where !part.elementsEqual([0x2E]) {
      if part.elementsEqual([0x2E, 0x2E]) { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.map { String(Substring($0)) }.joined(separator: "/")
  }

  /// The part of `path` below `directory`; nil when it lies elsewhere. Both must be absolute and clean.
  public static func relative(_ path: String, to directory: String) -> String? {
    let prefix = (directory == "/" ? "" : directory).utf8
    guard path.utf8.starts(with: prefix) else { return nil }
    let rest = path.utf8.dropFirst(prefix.count)
    guard let slash = rest.first else { return "" }
    return slash == 0x2F ? String(Substring(rest.dropFirst())) : nil
  }
}

/// Bytes of the system's random number generator.
public enum RandomBytes {
  /// One call to the system for each eight bytes.
  public static func make(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    while bytes.count < count {
      let word: UInt64 = generator.next()
      bytes += withUnsafeBytes(of: word) { Array($0.prefix(count - bytes.count)) }
    }
    return bytes
  }
}
