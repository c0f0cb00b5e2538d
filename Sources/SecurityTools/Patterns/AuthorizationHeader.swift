/// `Authorization: Bearer …` and `Basic …`.
enum AuthorizationHeader {
  private static let bearer = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-".utf8))

  /// Returns where to go on when a word is one of the two and a secret follows.
  static func look(_ text: Bytes, _ start: Int, _ end: Int, _ found: inout SpanCollector) -> Int? {
    let word = Bytes(rebasing: text[start..<end])
    let isBearer = word.count == 6 && Placeholder.contains(word, lowered: Array("bearer".utf8))
    let isBasic = word.count == 5 && Placeholder.contains(word, lowered: Array("basic".utf8))
    guard isBearer || isBasic, end < text.count, text[end] == 0x20 else { return nil }
    let from = end + 1
    var at = from
    while at < text.count, bearer.contains(text[at]) { at += 1 }
    let value = Bytes(rebasing: text[from..<at])
    if isBasic {
      guard value.count >= 8, let inner = Base64Text.decoded(value), inner.contains(UInt8(ascii: ":")) else {
        return nil
      }
      found.add(from..<at, "basic_auth", .high)
      return at
    }
    guard value.count >= 20, !Placeholder.isReference(value), ByteKinds(value).digits > 0 || Entropy.bits(value) >= 4.4
    else { return nil }
    found.add(from..<at, "bearer_token", .high)
    return at
  }
}
