#if canImport(Glibc)
  internal import Glibc
#endif

/// The bytes of a file as they were when it was opened, read when they are looked at. For files that only grow or are
/// replaced, never shortened.
public final class MappedFile {
  public let bytes: UnsafeRawBufferPointer

  /// Nil when the file is not there, empty or cannot be read.
  public init?(_ path: String) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_size > 0 else { return nil }
    let size = Int(info.st_size)
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else { return nil }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
