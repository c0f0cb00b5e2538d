#if canImport(Glibc)
  internal import Glibc
#endif

/// A directory that nobody else can read, with what is in it, for as long as this object is there.
///
/// A process that is killed leaves its directory behind; the next one with the same prefix removes it when it is an hour
/// old.
public final class PrivateDirectory: Sendable {
  public let path: String

  private static let age = 3600

  /// - Throws: ``SystemError`` when it can't be made.
  public init(in base: String, prefix: String) throws {
    let path = base + "/" + prefix + Hex.encode(RandomBytes.make(8))
    // One that is there already is somebody else's.
    guard mkdir(path, 0o700) == 0 else { throw SystemError.last("create", path) }
    self.path = path
    let now = time(nil)
    for name in Files.list(base) where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 16 {
      guard let found = Files.status(base + "/" + name, followLinks: false), found.isDirectory,
        now - found.modified / 1_000_000_000 > Self.age
      else { continue }
      // What belongs to somebody else stays.
      try? Files.removeTree(base + "/" + name)
    }
  }

  deinit {
    // What can't be removed is left to the next one.
    try? Files.removeTree(path)
  }
}
