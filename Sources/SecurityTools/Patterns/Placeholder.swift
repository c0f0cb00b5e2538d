#if canImport(Glibc)
  internal import Glibc
#endif

extension Double {
  /// To the base 2.
  var logarithm: Double { log2(self) }
}

/// What stands in the place of a secret: nothing to take out.
enum Placeholder {
  private static let words = [
    "example", "placeholder", "changeme", "change_me", "change-me", "dummy", "redacted", "your-", "your_", "yourkey",
    "yourtoken", "xxxx", "....", "insert", "replace", "sample", "notreal", "not-real", "fake", "todo",
    "goes-here", "goes_here", "0123456789", "1234567890", "abcdefghij", "deadbeef",
  ].map { Array($0.utf8) }

  /// Whether the body of a key stands for one: few different characters, or a word that says so.
  static func isOne(_ body: Bytes) -> Bool {
    guard body.count >= 4 else { return true }
    var seen: (UInt64, UInt64) = (0, 0)
    for byte in body {
      if byte < 64 { seen.0 |= 1 << UInt64(byte) } else { seen.1 |= 1 << UInt64(byte & 63) }
    }
    let distinct = seen.0.nonzeroBitCount + seen.1.nonzeroBitCount
    if distinct <= 3 && body.count >= 6 || distinct * 5 < body.count && body.count < 48 { return true }
    // In a long random text a short word stands by chance.
    let least = body.count >= 40 ? 6 : 4
    return words.contains { $0.count >= least && contains(body, lowered: $0) }
  }

  /// Whether a text holds a word, letters of either case.
  static func contains(_ text: Bytes, lowered word: [UInt8]) -> Bool {
    guard let first = word.first, text.count >= word.count else { return false }
    for start in 0...(text.count - word.count) where lowered(text[start]) == first {
      var length = 1
      while length < word.count, lowered(text[start + length]) == word[length] { length += 1 }
      if length == word.count { return true }
    }
    return false
  }

  @inline(__always)
  static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  private static let values: Set<String> = [
    "password", "passwd", "secret", "token", "null", "none", "nil", "true", "false", "undefined", "string", "postgres",
    "hunter2", "admin", "root", "test", "testing", "changeit", "default", "required", "optional", "unset", "empty",
  ]
  private static let starts = [
    "${", "$(", "{", "<", "%(", "process.env", "os.environ", "os.getenv", "env.", "env[", "getenv", "secrets.",
    "vault:",
    "!vault", "op://",
    "config.", "settings.", "self.", "this.", "ctx.", "var.", "data.", "local.", "[redacted", "[excluded", "[ot-user",
    "@", "(",
    "file://", "git@", "http://", "https://", "./", "../", "~/",
  ]

  /// Whether an assigned value is none of its own: a template, a reference, a call, a word.
  static func isReference(_ value: Bytes) -> Bool {
    if isOne(value) { return true }
    let text = String(decoding: value, as: UTF8.self).lowercased()
    if values.contains(text) || starts.contains(where: { text.hasPrefix($0) }) { return true }
    // $NAME and %NAME%
    if text.hasPrefix("$") || text.hasPrefix("%") {
      let name = value.dropFirst().prefix { ByteSet.words.contains($0) && $0 != UInt8(ascii: "-") }
      let isName =
        name.allSatisfy { !(0x61...0x7A).contains($0) }
        || name.count + 1 == value.count && !name.contains { ByteSet.digits.contains($0) }
      if !name.isEmpty, isName { return true }
    }
    if text.contains("://"), !text.contains("@") { return true }
    return text.contains("${") || text.contains("{{") || text.contains("%(") || text.contains("***")
      || text.contains("…")
  }
}
