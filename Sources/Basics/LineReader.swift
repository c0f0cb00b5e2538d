#if canImport(Glibc)
  internal import Glibc
#endif

/// One line of a file.
public struct FileLine {
  /// 1-based physical line number, counted from where the reading started.
  public let number: Int
  /// Byte offset of the line's first byte in the buffer.
  public let offset: Int
  /// The line without its line feed. ``JSONParser/padding`` bytes are readable after it.
  public let bytes: UnsafeBufferPointer<UInt8>
  /// Whether a line feed ends the line; only the last one can lack it.
  public let isTerminated: Bool
}

extension PaddedBuffer {
  /// Calls `body` for each line, the empty ones included. A final line feed starts no further line.
  public func forEachLine(_ body: (FileLine) throws -> Void) rethrows {
    guard let base = bytes.baseAddress else { return }
    var offset = 0
    var number = 0
    while offset < count {
      let found = memchr(base + offset, 0x0A, count - offset)
      let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? count
      number += 1
      let line = UnsafeBufferPointer(start: base + offset, count: end - offset)
      try body(FileLine(number: number, offset: offset, bytes: line, isTerminated: found != nil))
      offset = end + 1
    }
  }
}
