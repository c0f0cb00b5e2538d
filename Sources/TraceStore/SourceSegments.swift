internal import Basics
internal import GitKit

/// Splits a transcript into the immutable pieces it is stored as.
public enum SourceSegments {
  /// No piece is larger than this.
  public static let limit = 4 << 20

  /// The name of piece `index` (1-based) below a trace's directory.
  public static func name(_ index: Int) -> String {
    let digits = String(index)
    return "source/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".jsonl"
  }

  /// Byte ranges of the pieces of `bytes` from `start` on: each ends after a line feed where one lies within the
  /// limit, else at the limit. Cost: constant per piece plus the length of its last line.
  public static func ranges(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var at = start
    while at < bytes.count {
      var end = min(at + limit, bytes.count)
      if end < bytes.count {
        let cut = (at..<end).last { bytes[$0] == 0x0A }
        end = cut.map { $0 + 1 } ?? end
      }
      ranges.append(at..<end)
      at = end
    }
    return ranges
  }
}
