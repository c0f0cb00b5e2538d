#if canImport(Glibc)
  internal import Glibc
#endif

/// An open file descriptor, closed at the latest when the handle goes away.
public final class FileHandle {
  public let path: String
  private var descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  /// What the file is opened for.
  public enum Access: Sendable {
    case read
    /// Reading and writing; created when missing.
    case update
    /// Writing at the end; created when missing.
    case append
    /// Writing a file that must not exist yet.
    case create

    var flags: Int32 {
      switch self {
      case .read: O_RDONLY
      case .update: O_RDWR | O_CREAT
      case .append: O_WRONLY | O_CREAT | O_APPEND
      case .create: O_RDWR | O_CREAT | O_EXCL
      }
    }
  }

  /// Opens a file close-on-exec.
  public static func open(_ path: String, _ access: Access, mode: UInt32 = 0o644) throws -> FileHandle {
    let descriptor = Glibc.open(path, access.flags | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw SystemError.last("open", path) }
    return FileHandle(path: path, descriptor: descriptor)
  }

  deinit { close() }

  public func close() {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    descriptor = -1
  }

  public func size() throws -> Int {
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw SystemError.last("stat", path) }
    return Int(info.st_size)
  }

  /// Reads at an offset until the buffer is full or the file ends. Returns the bytes read.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int {
    var done = 0
    while done < buffer.count {
      guard let base = buffer.baseAddress else { break }
      let got = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw SystemError.last("read", path)
      }
      done += got
    }
    return done
  }

  /// Writes all of the bytes at the file position.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      guard let base = bytes.baseAddress else { return }
      let put = Glibc.write(descriptor, base + done, bytes.count - done)
      if put < 0 {
        if errno == EINTR { continue }
        throw SystemError.last("write", path)
      }
      done += put
    }
  }

  public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(write) }

  /// Writes at an offset without moving the file position.
  public func overwrite(_ bytes: [UInt8], at offset: Int) throws {
    let put = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    guard put == bytes.count else { throw SystemError.last("write", path) }
  }

  /// Waits until the data has reached the disk.
  /// Makes the file empty.
  public func truncate() throws {
    guard ftruncate(descriptor, 0) == 0 else { throw SystemError.last("truncate", path) }
  }

  public func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw SystemError.last("sync", path) }
  }

  /// Tries to take the exclusive advisory lock on the file without waiting.
  public func tryLock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

  /// Gives the lock up for all who share the open file, a process that was just started included.
  public func unlock() { flock(descriptor, LOCK_UN) }
}
