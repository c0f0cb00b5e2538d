internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// Finds passages that an ``ExternalTool`` told, wherever they stand. Of passages that overlap all goes.
struct LiteralFinder: Sendable {
  private struct Passage: Sendable {
    let bytes: [UInt8]
    let literal: ExternalTool.Literal
  }

  private let passages: [Passage]

  init(_ literals: [ExternalTool.Literal]) {
    passages = literals.filter { !$0.text.isEmpty }.map { Passage(bytes: Array($0.text.utf8), literal: $0) }
  }

  /// Cost: a search for each passage.
  func spans(_ text: Bytes) -> [TextSpan] {
    var found: [TextSpan] = []
    for passage in passages {
      for range in places(of: passage.bytes, in: text)
      where (!passage.literal.isWholeWord || Self.isWholeWord(range, text)) && !Self.isPlaceholder(range, text) {
        found.append(TextSpan(range, passage.literal.pattern, passage.literal.severity))
      }
    }
    var joined: [TextSpan] = []
    for span in found.sorted(by: { ($0.range.lowerBound, $1.range.count) < ($1.range.lowerBound, $0.range.count) }) {
      guard let last = joined.last, last.range.overlaps(span.range) else {
        joined.append(span)
        continue
      }
      let end = max(last.range.upperBound, span.range.upperBound)
      joined[joined.count - 1] = TextSpan(
        last.range.lowerBound..<end, last.pattern, max(last.severity, span.severity))
    }
    return joined
  }

  private static let redacted = Array("[REDACTED]".utf8)
  private static let typed = Array("[REDACTED:".utf8)
  private static let user = Array("[ot-user-".utf8)
  /// Names that stand in placeholders which name what was there.
  private static let names = Set(PatternCatalog.names + ["high_entropy_string"])
  /// No placeholder is longer.
  private static let reach = 64

  /// Whether a place lies inside of a placeholder as tools write them: there is nothing to be found.
  static func isPlaceholder(_ range: Range<Int>, _ text: Bytes) -> Bool {
    let from = max(0, range.lowerBound - reach)
    guard let open = text[from...range.lowerBound].lastIndex(of: UInt8(ascii: "[")),
      let close = text[open..<min(text.count, open + reach)].firstIndex(of: UInt8(ascii: "]")),
      close >= range.upperBound - 1
    else { return false }
    let whole = text[open...close]
    if whole.elementsEqual(redacted) { return true }
    if whole.starts(with: typed) {
      return names.contains(String(decoding: whole.dropFirst(typed.count).dropLast(), as: UTF8.self))
    }
    guard whole.starts(with: user) else { return false }
    let digest = whole.dropFirst(user.count).dropLast()
    return digest.count == 8 && digest.allSatisfy(ByteSet.hex.contains)
  }

  private func places(of passage: [UInt8], in text: Bytes) -> [Range<Int>] {
    guard let first = passage.first, let base = text.baseAddress else { return [] }
    var found: [Range<Int>] = []
    var at = 0
    while text.count - at >= passage.count,
      let next = memchr(base + at, Int32(first), text.count - at - passage.count + 1)
    {
      let start = UnsafeRawPointer(next) - UnsafeRawPointer(base)
      if memcmp(next, passage, passage.count) == 0 { found.append(start..<(start + passage.count)) }
      at = start + 1
    }
    return found
  }

  /// Whether no letter or digit stands beside a letter or digit at the ends of a passage. Only of alphabets whose words have
  /// spaces between them; in others a name stands beside anything.
  static func isWholeWord(_ range: Range<Int>, _ text: Bytes) -> Bool {
    func scalar(before at: Int) -> Unicode.Scalar? {
      String(decoding: text[max(0, at - 4)..<at], as: UTF8.self).unicodeScalars.last
    }
    func scalar(at place: Int) -> Unicode.Scalar? {
      String(decoding: text[place..<min(text.count, place + 4)], as: UTF8.self).unicodeScalars.first
    }
    func joins(_ at: Int) -> Bool {
      guard let left = scalar(before: at), let right = scalar(at: at) else { return false }
      return isOfAWord(left) && isOfAWord(right)
    }
    return !joins(range.lowerBound) && !joins(range.upperBound)
  }

  private static func isOfAWord(_ scalar: Unicode.Scalar) -> Bool {
    // Latin, Greek, Cyrillic.
    scalar.value < 0x530 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
  }
}
