#if canImport(Glibc)
  internal import Glibc
#endif

/// An exclusive advisory lock between processes, on a file of its own. Released when the value goes away.
public final class FileLock {
  private let file: FileHandle

  private init(_ file: FileHandle) { self.file = file }

  /// Takes the lock, waiting at most `timeout` seconds; nil when somebody else held it all that time.
  ///
  /// - Throws: ``SystemError`` when the lock file can't be opened.
  public static func acquire(_ path: String, timeout: Double) throws -> FileLock? {
    try Files.createDirectory(Paths.parent(path))
    let file = try FileHandle.open(path, .update)
    let deadline = MonotonicClock.seconds() + timeout
    var pause: UInt32 = 500
    while !file.tryLock() {
      guard MonotonicClock.seconds() < deadline else { return nil }
      usleep(pause + UInt32.random(in: 0...pause))
      pause = min(pause * 2, 25_000)
    }
    return FileLock(file)
  }

  public func release() {
    file.unlock()
    file.close()
  }
}

/// Seconds that never run backwards, for measuring and for deadlines.
public enum MonotonicClock {
  public static func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  public static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}
