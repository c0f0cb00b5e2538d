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

  /// An FTS5 query for all of the words; each is a phrase, so that none is an operator.
  static func match(_ tokens: [Token]) -> String {
    tokens.map { "\"\($0.text.replacing("\"", with: "\"\""))\"\($0.isPrefix ? "*" : "")" }.joined(separator: " ")
  }

  /// Pieces of names in camel case and of names with digits, `CheckpointValidation` into `checkpoint validation`; each
  /// once.
  public static func words(inside text: String, limit: Int) -> String {
    var seen: Set<String> = []
    var out: [String] = []
    var length = 0
    for name in text.split(whereSeparator: { !($0.isLetter || $0.isNumber) }) where name.utf8.count > 3 {
      let pieces = split(name)
      guard pieces.count > 1 else { continue }
      for piece in pieces where piece.utf8.count > 1 {
        let word = piece.lowercased()
        guard seen.insert(word).inserted else { continue }
        length += word.utf8.count + 1
        if length > limit { return out.joined(separator: " ") }
        out.append(word)
      }
    }
    return out.joined(separator: " ")
  }

  private static func split(_ name: Substring) -> [Substring] {
    var pieces: [Substring] = []
    var start = name.startIndex
    var before: Character?
    var at = name.startIndex
    while at < name.endIndex {
      let next = name.index(after: at)
      let character = name[at]
      let isHump = character.isUppercase && (before?.isLowercase ?? false || before?.isNumber ?? false)
      // The last capital of a row begins the next word: `JSONParser`.
      let endsRow =
        character.isUppercase && (before?.isUppercase ?? false) && next < name.endIndex && name[next].isLowercase
      if isHump || endsRow {
        pieces.append(name[start..<at])
        start = at
      }
      before = character
      at = next
    }
    pieces.append(name[start...])
    return pieces
  }
}
