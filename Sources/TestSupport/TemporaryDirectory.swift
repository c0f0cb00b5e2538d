internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// A directory that goes away with its owner.
public final class TemporaryDirectory {
  /// Absolute, without symbolic links.
  public let path: String

  public init() throws { path = try Self.make() }

  deinit {
    // What can't be removed stays in the temporary directory of the system.
    try? Files.removeTree(path)
  }

  static func make() throws -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = Files.resolvingLinks(base) + "/opentraces-test-" + Hex.encode(RandomBytes.make(8))
    try Files.createDirectory(path)
    return path
  }

  /// Writes a file below the directory, with the directories it needs. Returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
    let file = path + "/" + name
    try Files.createDirectory(Paths.parent(file))
    try Files.writeAtomically(Array(text.utf8), to: file, mode: mode)
    guard chmod(file, mode) == 0 else { throw SystemError("change the mode of", file, code: errno) }
    return file
  }
}
