internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// The lines that two versions of a text have in common at their start and at their end, byte for byte.
struct CommonEnds: Sendable {
  /// Lines at the start.
  private let head: Int
  /// The first line of the old version from which on all are the same.
  private let tail: Int
  private let tailCount: Int
  /// What to add to a line at the end to have its place in the new version.
  private let shift: Int
  /// The bytes of the new version between the ends, whole lines.
  let between: Range<Int>

  /// Nothing is in common.
  static let none = CommonEnds(head: 0, tail: .max, tailCount: 0, shift: 0, between: 0..<0)

  private init(head: Int, tail: Int, tailCount: Int, shift: Int, between: Range<Int>) {
    (self.head, self.tail, self.tailCount, self.shift, self.between) = (head, tail, tailCount, shift, between)
  }

  /// Cost: one pass.
  init(_ old: UnsafeRawBufferPointer, _ new: UnsafeRawBufferPointer) {
    let shorter = min(old.count, new.count)
    var same = 0
    while same + 8 <= shorter,
      old.loadUnaligned(fromByteOffset: same, as: UInt64.self)
        == new.loadUnaligned(fromByteOffset: same, as: UInt64.self)
    {
      same += 8
    }
    while same < shorter, old[same] == new[same] { same += 1 }
    // Whole lines only.
    while same > 0, old[same - 1] != Self.lineFeed { same -= 1 }
    let rest = shorter - same
    var end = 0
    while end + 8 <= rest,
      old.loadUnaligned(fromByteOffset: old.count - end - 8, as: UInt64.self)
        == new.loadUnaligned(fromByteOffset: new.count - end - 8, as: UInt64.self)
    {
      end += 8
    }
    while end < rest, old[old.count - end - 1] == new[new.count - end - 1] { end += 1 }
    while end > 0, old[old.count - end] != Self.lineFeed { end -= 1 }
    if end > 0 { end -= 1 }
    head = Self.lineFeeds(old[..<same])
    between = same..<(new.count - end)
    let middle = (old: Self.lineFeeds(old[same..<(old.count - end)]), new: Self.lineFeeds(new[between]))
    guard end > 0 else {
      (tail, tailCount, shift) = (.max, 0, 0)
      return
    }
    let last = UnsafeRawBufferPointer(rebasing: old[(old.count - end)...])
    tail = head + middle.old
    tailCount = Self.lineFeeds(last[...]) + (last.last == Self.lineFeed ? 0 : 1)
    shift = middle.new - middle.old
  }

  /// What this tells of lines: all of them but those between the ends.
  var targets: LineTargets {
    var runs: [LineTargets.Run] = []
    if head > 0 { runs.append(LineTargets.Run(old: 0, new: 0, count: head)) }
    if tail < .max { runs.append(LineTargets.Run(old: tail, new: tail + shift, count: tailCount)) }
    return LineTargets(runs: runs, isComplete: false)
  }

  private static let lineFeed: UInt8 = 0x0A

  private static func lineFeeds(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let bytes = UnsafeRawBufferPointer(rebasing: bytes)
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    let wanted = UInt64(lineFeed) &* 0x0101_0101_0101_0101
    var count = 0
    var at = 0
    while at + 8 <= bytes.count {
      // The high bit of each byte that is not a line feed.
      let other = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ wanted
      count += (~((other & low) &+ low | other | low)).nonzeroBitCount
      at += 8
    }
    while at < bytes.count {
      if bytes[at] == lineFeed { count += 1 }
      at += 1
    }
    return count
  }
}
