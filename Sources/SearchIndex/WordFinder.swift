/// Finds the words of a query in texts, as the index does, but for accents.
struct WordFinder {
  /// A word at a place of a text, in bytes.
  struct Match {
    let token: Int
    let range: Range<Int>
  }

  private let tokens: [(bytes: [UInt8], isPrefix: Bool)]
  /// What a byte may be: part of a word, the begin of a token.
  private let kinds: [UInt8]
  private static let word: UInt8 = 1
  private static let start: UInt8 = 2

  /// Bytes of a snippet.
  static let snippetLength = 160
  /// More matches than this tell nothing new.
  private static let limit = 200

  init(_ tokens: [SearchText.Token]) {
    let folded = tokens.map { (bytes: Array($0.text.utf8), isPrefix: $0.isPrefix) }
    let firsts = Set(folded.compactMap(\.bytes.first))
    self.tokens = folded
    kinds = (0...UInt8.max).map { byte in
      (Self.isWord(byte) ? Self.word : 0) | (firsts.contains(Self.lower(byte)) ? Self.start : 0)
    }
  }

  /// The matches in their order, up to the first stretch of some length that has all of the words. Cost: linear.
  func matches(in text: String, length: Int = snippetLength) -> [Match] {
    var text = text
    return text.withUTF8 { bytes in
      kinds.withUnsafeBufferPointer { kinds in
        var found: [Match] = []
        var latest = [Int](repeating: -1, count: tokens.count)
        var before: UInt8 = 0
        for at in bytes.indices {
          let kind = kinds[Int(bytes[at])]
          let isStart = kind & Self.start != 0 && before & Self.word == 0
          before = kind
          guard isStart else { continue }
          for index in tokens.indices where fits(index, bytes, at) {
            found.append(Match(token: index, range: at..<wordEnd(index, bytes, at)))
            latest[index] = at
          }
          if let first = latest.min(), first >= 0, at - first < length || found.count >= Self.limit { break }
        }
        return found
      }
    }
  }

  /// Of a prefix, the end of the word that it begins.
  private func wordEnd(_ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    var end = at + tokens[index].bytes.count
    while tokens[index].isPrefix, end < text.count, Self.isWord(text[end]) { end += 1 }
    return end
  }

  private func fits(_ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    let token = tokens[index]
    guard at + token.bytes.count <= text.count else { return false }
    for offset in token.bytes.indices where Self.lower(text[at + offset]) != token.bytes[offset] { return false }
    let end = at + token.bytes.count
    return token.isPrefix || end == text.count || !Self.isWord(text[end])
  }

  /// Letters and digits of ASCII: words end at everything else.
  private static func isWord(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
  }

  private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  /// Text around the stretch that has most of the words, with the marks of ``SearchHit`` around them.
  ///
  /// - Parameters:
  ///   - matches: those of the text, not none.
  ///   - length: in bytes.
  static func snippet(_ text: String, _ matches: [Match], length: Int = snippetLength) -> String {
    var best = 0
    var most = 0
    for start in matches.indices {
      let end = matches[start].range.lowerBound + length
      let tokens = Set(matches[start...].prefix { $0.range.upperBound <= end }.map(\.token)).count
      if tokens > most { (best, most) = (start, tokens) }
    }
    var text = text
    return text.withUTF8 { bytes in
      let shown = matches[best...].prefix { $0.range.upperBound <= matches[best].range.lowerBound + length }
      let used = (shown.last?.range.upperBound ?? 0) - matches[best].range.lowerBound
      var low = max(0, matches[best].range.lowerBound - max(20, (length - used) / 2))
      var high = min(bytes.count, low + length)
      // Not in the middle of a word, of a character neither.
      func splits(_ at: Int) -> Bool {
        guard at > 0, at < bytes.count else { return false }
        return bytes[at] & 0xC0 == 0x80 || isWord(bytes[at - 1]) && isWord(bytes[at])
      }
      while splits(low), low < matches[best].range.lowerBound { low += 1 }
      while splits(high), high > matches[best].range.upperBound { high -= 1 }
      func piece(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
      }
      var out = low > 0 ? "…" : ""
      var at = low
      for match in shown where match.range.lowerBound >= at && match.range.upperBound <= high {
        out +=
          piece(at..<match.range.lowerBound) + String(SearchHit.open) + piece(match.range) + String(SearchHit.close)
        at = match.range.upperBound
      }
      return out + piece(at..<max(at, high)) + (high < bytes.count ? "…" : "")
    }
  }
}
