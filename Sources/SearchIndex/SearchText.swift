/// Words of queries and of indexed text.
public enum SearchText {
  /// A word of a query.
  public struct Token: Hashable, Sendable {
    /// In lower case.
    public let text: String
    /// Whether longer words that begin so fit as well.
    public let isPrefix: Bool
  }

  private static let joiners: Set<Character> = ["_", "@", ".", "/", "-"]

  /// The words of a query: letters, digits and `_ @ . / -` between them; each once. A `*` at the end asks for a prefix.
  public static func tokens(_ text: String) -> [Token] {
    var tokens: [Token] = []
    var word = ""
    func flush(isPrefix: Bool) {
      let trimmed = String(word.drop { joiners.contains($0) }.reversed().drop { joiners.contains($0) }.reversed())
      word = ""
      let token = Token(text: trimmed.lowercased(), isPrefix: isPrefix)
      if !trimmed.isEmpty, !tokens.contains(where: { $0.text == token.text }) { tokens.append(token) }
    }
    for character in text {
      if character.isLetter || character.isNumber || joiners.contains(character) {
        word.append(character)
      } else {
        flush(isPrefix: character == "*")
      }
    }
    flush(isPrefix: false)
    return tokens
  }

  /// The part of an English word that its forms share, for marking them; short words stay as they are.
  static func stem(_ word: String) -> String {
    for ending in endings where word.utf8.count - ending.utf8.count >= 4 && word.hasSuffix(ending) {
      return String(word.dropLast(ending.count))
    }
    return word
  }

  private static let endings = [
    "ications", "ication", "ations", "ation", "izing", "ings", "ing", "ied", "ies", "ers", "er", "ed", "es", "ly",
    "ment",
    "s", "e",
  ]

  /// An FTS5 query for all of the words; each is a phrase, so that none is an operator.
  static func match(_ tokens: [Token]) -> String {
    tokens.map { "\"\($0.text.replacing("\"", with: "\"\""))\"\($0.isPrefix ? "*" : "")" }.joined(separator: " ")
  }

  /// Pieces of names in camel case, `CheckpointValidation` into `checkpoint validation`; each once. Capitals are those of
  /// ASCII, as in names of programs. Cost: linear, on bytes.
  ///
  /// - Parameter limit: bytes of the result.
  public static func words(inside text: String, limit: Int) -> String {
    var seen: Set<String> = []
    var out: [String] = []
    var length = 0
    var bytes = text
    bytes.withUTF8 { bytes in
      var start = 0
      while start < bytes.count, length < limit {
        guard isName(bytes[start]) else {
          start += 1
          continue
        }
        var end = start
        while end < bytes.count, isName(bytes[end]) { end += 1 }
        if end - start > 3 {
          for piece in pieces(of: bytes, start..<end) where piece.count > 1 {
            let word = String(decoding: UnsafeBufferPointer(rebasing: bytes[piece]), as: UTF8.self).lowercased()
            guard seen.insert(word).inserted else { continue }
            length += word.utf8.count + 1
            if length > limit { return }
            out.append(word)
          }
        }
        start = end
      }
    }
    return out.joined(separator: " ")
  }

  private static func isName(_ byte: UInt8) -> Bool { isUpper(byte) || isLower(byte) || isDigit(byte) || byte >= 0x80 }
  private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
  private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || byte >= 0x80 }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The humps of a name; nothing for a name of one.
  private static func pieces(of bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = name.lowerBound
    for at in name.dropFirst() where isUpper(bytes[at]) {
      let before = bytes[at - 1]
      // The last capital of a row begins the next word: `JSONParser`.
      let endsRow = isUpper(before) && at + 1 < name.upperBound && isLower(bytes[at + 1])
      if isLower(before) || isDigit(before) || endsRow {
        pieces.append(start..<at)
        start = at
      }
    }
    return pieces.isEmpty ? [] : pieces + [start..<name.upperBound]
  }
}
