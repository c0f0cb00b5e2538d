/// A phrase looked for in lower-cased text, with word boundaries where it asks for them.
///
/// A word consists of letters, digits and `_`, as in the simple word boundaries of regular expressions.
struct Phrase: Sendable {
  private let bytes: [UInt8]
  private let startsWord: Bool
  private let endsWord: Bool

  /// - Parameters:
  ///   - text: in lower case.
  ///   - bounded: whether it has to begin and end at word boundaries.
  init(_ text: String, bounded: Bool = true) {
    bytes = Array(text.utf8)
    startsWord = bounded
    endsWord = bounded
  }

  /// The first place of the phrase; nil when it is nowhere.
  func range(in text: LowerText, from start: Int = 0) -> Range<Int>? {
    guard let first = bytes.first, text.bytes.count >= bytes.count else { return nil }
    var at = start
    let last = text.bytes.count - bytes.count
    while at <= last {
      guard let found = text.bytes[at...last].firstIndex(of: first) else { return nil }
      let range = found..<(found + bytes.count)
      if text.bytes[range].elementsEqual(bytes), !startsWord || text.isBoundary(range.lowerBound),
        !endsWord || text.isBoundary(range.upperBound)
      {
        return range
      }
      at = found + 1
    }
    return nil
  }

  func isIn(_ text: LowerText) -> Bool { range(in: text) != nil }
}

/// Text in lower case, for phrases to be looked for.
struct LowerText {
  let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.lowercased().utf8) }

  /// Whether a word begins or ends at a position.
  func isBoundary(_ at: Int) -> Bool { isWord(before: at) != isWord(at: at) }

  func isWord(at position: Int) -> Bool {
    guard position < bytes.count else { return false }
    if bytes[position] < 0x80 { return Self.isWord(bytes[position]) }
    return scalar(startingAt: position).map { $0.properties.isAlphabetic || $0.properties.numericType != nil } ?? false
  }

  func isWord(before position: Int) -> Bool {
    guard position > 0 else { return false }
    var at = position - 1
    while at > 0, bytes[at] & 0xC0 == 0x80 { at -= 1 }
    return isWord(at: at)
  }

  private func scalar(startingAt at: Int) -> Unicode.Scalar? {
    String(decoding: bytes[at..<min(bytes.count, at + 4)], as: UTF8.self).unicodeScalars.first
  }

  static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x5F
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The numbers that stand before a phrase, one space or more apart: of `10 passed, 2 failed` and `failed`, 2.
  func numbers(before phrase: Phrase) -> [Int] {
    var numbers: [Int] = []
    var start = 0
    while let found = phrase.range(in: self, from: start) {
      start = found.lowerBound + 1
      var at = found.lowerBound
      while at > 0, bytes[at - 1] == 0x20 || bytes[at - 1] == 0x09 { at -= 1 }
      let end = at
      while at > 0, Self.isDigit(bytes[at - 1]) { at -= 1 }
      if at < end, end < found.lowerBound, isBoundary(at),
        let number = Int(String(decoding: bytes[at..<end], as: UTF8.self))
      {
        numbers.append(number)
      }
    }
    return numbers
  }

  /// The number that stands behind one of some words and a space, as in `exit code 13`.
  func number(after words: [String]) -> [Int] {
    words.flatMap { word -> [Int] in
      var numbers: [Int] = []
      var start = 0
      let phrase = Phrase(word)
      while let found = phrase.range(in: self, from: start) {
        start = found.lowerBound + 1
        var at = found.upperBound
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x3A { at += 1 }
        let first = at
        while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
        if at > first, first > found.upperBound, !isWord(at: at),
          let number = Int(String(decoding: bytes[first..<at], as: UTF8.self))
        {
          numbers.append(number)
        }
      }
      return numbers
    }
  }
}
