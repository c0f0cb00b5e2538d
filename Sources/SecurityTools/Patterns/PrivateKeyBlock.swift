/// Private keys in PEM, OpenSSH and PGP form: from header to footer, also where line feeds are escaped or the end is missing.
enum PrivateKeyBlock {
  private static let begin = Array("-----BEGIN ".utf8)
  private static let end = Array("-----END ".utf8)
  private static let body = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \r\n\t\\\"',:-".utf8))
  /// A header alone, as in source code, is none.
  private static let least = 24

  /// Returns the end of the block that begins at a dash; of a public one as well, in which nothing is to be looked for.
  static func look(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    guard start == 0 || text[start - 1] != UInt8(ascii: "-"), has(begin, text, start) else { return nil }
    var at = start + begin.count
    let label = at
    while at < text.count, at - label < 64, text[at] != UInt8(ascii: "-") { at += 1 }
    guard at + 5 <= text.count, text[at..<(at + 5)].allSatisfy({ $0 == UInt8(ascii: "-") }) else { return nil }
    let name = String(decoding: text[label..<at], as: UTF8.self)
    let isPrivate = name.contains("PRIVATE KEY")
    let isPublic = ["CERTIFICATE", "PUBLIC KEY", "SIGNATURE", "MESSAGE"].contains { name.contains($0) }
    guard isPrivate || isPublic else { return nil }
    at += 5
    let bodyStart = at
    while at < text.count, !has(end, text, at), body.contains(text[at]) { at += 1 }
    let content = text[bodyStart..<at].count { ByteSet.base64.contains($0) }
    var stop = at
    if has(end, text, at) {
      stop = at + end.count
      while stop < text.count, text[stop] != UInt8(ascii: "-"), text[stop] != 0x0A { stop += 1 }
      while stop < text.count, text[stop] == UInt8(ascii: "-") { stop += 1 }
    }
    guard isPrivate else { return stop }
    guard content >= least else { return nil }
    found.add(start..<stop, "private_key", .critical)
    return stop
  }

  private static func has(_ word: [UInt8], _ text: Bytes, _ at: Int) -> Bool {
    guard at + word.count <= text.count else { return false }
    for index in word.indices where text[at + index] != word[index] { return false }
    return true
  }
}

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
