internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// Finds passages that an ``ExternalTool`` told, wherever they stand, the longer ones first.
struct LiteralFinder: Sendable {
  private struct Passage: Sendable {
    let bytes: [UInt8]
    let pattern: String
    let severity: Severity
  }

  private let passages: [Passage]
  /// Whether a passage counts as a part of a longer word.
  private let isWholeWord: Bool

  /// - Parameter isWholeWord: a name is none inside of another word; a key is one wherever it stands.
  init(_ literals: [ExternalTool.Literal], isWholeWord: Bool) {
    passages = literals.map { Passage(bytes: Array($0.text.utf8), pattern: $0.pattern, severity: $0.severity) }
      .sorted { ($1.bytes.count, $0.pattern) < ($0.bytes.count, $1.pattern) }
    self.isWholeWord = isWholeWord
  }

  /// Cost: a search for each passage.
  func spans(_ text: Bytes) -> [TextSpan] {
    var found: [TextSpan] = []
    for passage in passages {
      for range in places(of: passage.bytes, in: text)
      where !found.contains(where: { $0.range.overlaps(range) }) && (!isWholeWord || Self.isWord(range, text)) {
        found.append(TextSpan(range, passage.pattern, passage.severity))
      }
    }
    return found.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }

  private func places(of passage: [UInt8], in text: Bytes) -> [Range<Int>] {
    guard let first = passage.first, let base = text.baseAddress else { return [] }
    var found: [Range<Int>] = []
    var at = 0
    while text.count - at >= passage.count,
      let next = memchr(base + at, Int32(first), text.count - at - passage.count + 1)
    {
      let start = UnsafeRawPointer(next) - UnsafeRawPointer(base)
      if memcmp(next, passage, passage.count) == 0 {
        found.append(start..<(start + passage.count))
        at = start + passage.count
      } else {
        at = start + 1
      }
    }
    return found
  }

  /// Whether no letter or digit of the passage goes on outside of it.
  private static func isWord(_ range: Range<Int>, _ text: Bytes) -> Bool {
    func joins(_ at: Int) -> Bool {
      at > 0 && at < text.count && isLetter(text[at - 1]) && isLetter(text[at])
    }
    return !joins(range.lowerBound) && !joins(range.upperBound)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }
}
