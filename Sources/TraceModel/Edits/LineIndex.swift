#if canImport(Glibc)
  internal import Glibc
#endif

/// The lines of a text by number, without a copy of each.
public struct LineIndex {
  public let bytes: [UInt8]
  /// Where each line starts, and the end of the text.
  private let starts: [Int]

  /// Cost: one pass over the bytes.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts = bytes.withUnsafeBufferPointer { buffer in
      var starts = [0]
      guard let base = buffer.baseAddress else { return starts }
      var at = 0
      while at < buffer.count, let feed = memchr(base + at, 0x0A, buffer.count - at) {
        at = UnsafeRawPointer(feed) - UnsafeRawPointer(base) + 1
        starts.append(at)
      }
      if starts.last != buffer.count { starts.append(buffer.count) }
      return starts
    }
  }

  public var count: Int { starts.count - 1 }

  /// The bytes of a line (0-based) without its line feed.
  public func line(_ index: Int) -> ArraySlice<UInt8> {
    let line = bytes[starts[index]..<starts[index + 1]]
    return line.last == 0x0A ? line.dropLast() : line
  }

  /// The lines of a range (0-based) as texts; nil when there are not that many.
  public func lines(_ range: Range<Int>) -> [String]? {
    guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
    return range.map { String(decoding: line($0), as: UTF8.self) }
  }
}
