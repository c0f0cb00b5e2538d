internal import Basics

/// A secret that stands behind its name: `password=…`, `"token": "…"`, `--password …`, and passwords in URLs.
enum Assignment {
  private static let keyBytes = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.".utf8))
  /// Longest name that is looked at.
  private static let keyLimit = 64
  private static let valueLimit = 512
  /// Blanks around a separator, as tables align them.
  private static let spaceLimit = 64

  /// Looks around a `:` or `=`. Returns where to go on behind what names a user in a URL.
  static func look(_ text: Bytes, _ separator: Int, _ found: inout SpanCollector) -> Int? {
    if text[separator] == UInt8(ascii: ":"), separator + 2 < text.count, text[separator + 1] == UInt8(ascii: "/"),
      text[separator + 2] == UInt8(ascii: "/")
    {
      return url(text, separator, &found)
    }
    guard var key = key(text, before: separator), let value = value(text, after: separator, key: key) else {
      return nil
    }
    if !SecretName.isOne(Bytes(rebasing: text[key])) {
      // `password: String = "…"`, `var apiKey string = "…"`
      guard value.isQuoted, text[separator] == UInt8(ascii: "="), let named = declared(text, before: key),
        SecretName.isOne(Bytes(rebasing: text[named]))
      else { return nil }
      key = named
    }
    judge(text, value, isPassword: SecretName.isPassword(Bytes(rebasing: text[key])), found: &found)
    return nil
  }

  /// The value of a member whose name says that it is secret; nil when it is none.
  static func value(_ text: Bytes, named name: String) -> TextSpan? {
    var name = name
    return name.withUTF8 { name -> TextSpan? in
      guard SecretName.isOne(name) else { return nil }
      var found = SpanCollector()
      if text.contains(where: { $0 <= 0x20 }) { return nil }
      judge(text, (0..<text.count, true), isPassword: SecretName.isPassword(name), found: &found)
      return found.sorted().first
    }
  }

  private static func judge(
    _ text: Bytes, _ value: (range: Range<Int>, isQuoted: Bool), isPassword: Bool, found: inout SpanCollector
  ) {
    let bytes = Bytes(rebasing: text[value.range])
    guard bytes.count >= 8, bytes.count <= valueLimit, !Placeholder.isReference(bytes),
      bytes[0] != UInt8(ascii: "/") || bytes.dropFirst().allSatisfy({ $0 != UInt8(ascii: "/") })
    else { return }
    let kinds = ByteKinds(bytes)
    let bits = Entropy.bits(bytes)
    let isHex = bytes.count >= 32 && kinds.digits > 0 && bytes.allSatisfy(ByteSet.hex.contains)
    // A word, or a name in code, is no secret.
    let symbols = bytes.count { !ByteSet.words.contains($0) && $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "/") }
    let isWord = kinds.digits == 0 && (kinds.count < 3 || symbols < (value.isQuoted ? 1 : 2))
    let isCall = !value.isQuoted && !isPassword && bytes.contains { "([{<".utf8.contains($0) }
    // People choose passwords that can be read.
    let isNamed = isPassword && kinds.digits > 0 ? false : isName(bytes, kinds)
    guard isHex || bits >= (isPassword ? 2.5 : 3.0) && !isWord && !isCall && !isNamed else { return }
    found.add(value.range, "assigned_secret", .high)
  }

  /// Names in code, of files and of versions: words of letters with few digits between dots, dashes and underscores.
  private static func isName(_ value: Bytes, _ kinds: ByteKinds) -> Bool {
    guard kinds.other > 0 || kinds.digits <= 2, kinds.digits <= 4 else { return false }
    var wordBytes = 0
    var run = 0
    for byte in value {
      if (0x61...0x7A).contains(Placeholder.lowered(byte)) {
        run += 1
        continue
      }
      guard ByteSet.words.contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") else { return false }
      if run >= 3 { wordBytes += run }
      run = 0
    }
    if run >= 3 { wordBytes += run }
    let letters = kinds.lower + kinds.upper
    let isMixed = kinds.digits > 0 && kinds.upper > 0 && kinds.other == 0
    return wordBytes * 10 >= letters * 9 && WordShape.readableShare(value) >= (isMixed ? 0.8 : 0.6)
  }

  /// The name in front of a type.
  private static func declared(_ text: Bytes, before type: Range<Int>) -> Range<Int>? {
    var at = type.lowerBound
    while at > 0, type.lowerBound - at < 8, text[at - 1] == UInt8(ascii: "&") || text[at - 1] == 0x20 { at -= 1 }
    guard at > 0, at < type.lowerBound || text[at - 1] == UInt8(ascii: ":") else { return nil }
    return key(text, before: text[at - 1] == UInt8(ascii: ":") ? at - 1 : at)
  }

  private static func key(_ text: Bytes, before separator: Int) -> Range<Int>? {
    var end = separator
    // := and =>
    if end > 0, text[end - 1] == UInt8(ascii: ":") || text[end - 1] == UInt8(ascii: "=") { end -= 1 }
    while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09, separator - end < spaceLimit { end -= 1 }
    // environ["NAME"]
    if end > 1, text[end - 1] == UInt8(ascii: "]"), "\"'".utf8.contains(text[end - 2]) { end -= 1 }
    if end > 0,
      text[end - 1] == UInt8(ascii: "\"") || text[end - 1] == UInt8(ascii: "'") || text[end - 1] == UInt8(ascii: "`")
    {
      end -= 1
      var escapes = 0
      while end > 0, text[end - 1] == UInt8(ascii: "\\"), escapes < 8 {
        end -= 1
        escapes += 1
      }
    }
    var start = end
    while start > 0, end - start < keyLimit, keyBytes.contains(text[start - 1]) { start -= 1 }
    return end - start >= 3 ? start..<end : nil
  }

  private static func value(_ text: Bytes, after separator: Int, key: Range<Int>) -> (
    range: Range<Int>, isQuoted: Bool
  )? {
    var at = separator + 1
    if at < text.count, text[at] == UInt8(ascii: "=") || text[at] == UInt8(ascii: ">") { at += 1 }
    while at < text.count, text[at] == 0x20 || text[at] == 0x09, at - separator < spaceLimit { at += 1 }
    var escapes = 0
    while at < text.count, text[at] == UInt8(ascii: "\\"), escapes < 8 {
      at += 1
      escapes += 1
    }
    guard at < text.count else { return nil }
    let quote = text[at]
    if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") || quote == UInt8(ascii: "`") {
      let from = at + 1
      at = from
      while at < text.count, at - from <= valueLimit, text[at] != quote, text[at] != 0x0A {
        if text[at] == 0x20 { return nil }
        // Of a quote that is escaped once more than the one at the begin the value goes on.
        if text[at] == UInt8(ascii: "\\") {
          var run = at
          while run < text.count, text[run] == UInt8(ascii: "\\") { run += 1 }
          if run < text.count, text[run] == quote, run - at > escapes {
            run += 1
          } else if run < text.count, text[run] == quote {
            break
          }
          at = run
          continue
        }
        at += 1
      }
      while at < text.count, text[at] == UInt8(ascii: "\\") { at += 1 }
      guard at < text.count, text[at] == quote else { return nil }
      var to = at
      while to > from, escapes > 0, text[to - 1] == UInt8(ascii: "\\") { to -= 1 }
      return (from..<to, true)
    }
    if escapes > 0 { return nil }
    let isLine = isShellLine(text, key, separator)
    let from = at
    while at < text.count, at - from <= valueLimit, text[at] > 0x20, isLine || !"&,;|)}]\"'<>`".utf8.contains(text[at])
    {
      if text[at] == UInt8(ascii: "\\"), at + 1 < text.count, "nrt\"".utf8.contains(text[at + 1]) { break }
      if isLine, "\"'`".utf8.contains(text[at]) { break }
      at += 1
    }
    return (from..<at, false)
  }

  /// `NAME=value` at the begin of a line: what a shell reads goes to the next space. In the middle of one names in
  /// capitals only: others are in URLs.
  private static func isShellLine(_ text: Bytes, _ key: Range<Int>, _ separator: Int) -> Bool {
    guard text[separator] == UInt8(ascii: "="), key.upperBound == separator else { return false }
    var before = key.lowerBound
    if before >= 7, text[(before - 7)..<before].elementsEqual("export ".utf8) { before -= 7 }
    guard before > 0 else { return true }
    let last = text[before - 1]
    if last == 0x0A || last == UInt8(ascii: "n") && before > 1 && text[before - 2] == UInt8(ascii: "\\") { return true }
    return (last == 0x20 || last == 0x09)
      && text[key].allSatisfy { !(0x61...0x7A).contains($0) && $0 != UInt8(ascii: "-") }
  }

  // MARK: Others

  /// `--password X`, `--token X`.
  static func option(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) {
    guard start == 0 || text[start - 1] <= 0x20 || text[start - 1] == UInt8(ascii: "\""), start + 3 < text.count,
      text[start + 1] == UInt8(ascii: "-")
    else { return }
    var end = start + 2
    while end < text.count, end - start < keyLimit, keyBytes.contains(text[end]) { end += 1 }
    guard end < text.count, text[end] == 0x20, SecretName.isOne(Bytes(rebasing: text[(start + 2)..<end])) else {
      return
    }
    var from = end + 1
    let quote = from < text.count && "\"'".utf8.contains(text[from])
    if quote { from += 1 }
    var at = from
    while at < text.count, at - from <= valueLimit, text[at] > 0x20, !"\"'`|;)".utf8.contains(text[at]) { at += 1 }
    let isPassword = SecretName.isPassword(Bytes(rebasing: text[(start + 2)..<end]))
    judge(text, (from..<at, quote), isPassword: isPassword, found: &found)
  }

  /// `machine … login … password X` as in `.netrc`.
  static func netrc(_ text: Bytes, _ start: Int, _ end: Int, _ found: inout SpanCollector) {
    guard end - start == 8, end < text.count, text[end] == 0x20,
      Placeholder.contains(Bytes(rebasing: text[start..<end]), lowered: Array("password".utf8))
    else { return }
    let before = Bytes(rebasing: text[max(0, start - 160)..<start])
    guard Placeholder.contains(before, lowered: Array("login ".utf8)) else { return }
    var at = end + 1
    while at < text.count, text[at] > 0x20, !"\"'`".utf8.contains(text[at]) { at += 1 }
    judge(text, ((end + 1)..<at, true), isPassword: true, found: &found)
  }

  private static let urlEnd = ByteSet(Array(" \t\r\n\"'`<>\\,;)]}".utf8))
  private static let hostEnd = ByteSet(Array("/ \t\r\n\"'`<>\\?#,;)]}".utf8))

  /// `scheme://user:password@host`: the password goes, the host is useful.
  ///
  /// Returns the begin of the host.
  private static func url(_ text: Bytes, _ colon: Int, _ found: inout SpanCollector) -> Int? {
    let from = colon + 3
    var at = from
    var divider: Int?
    var sign: Int?
    while at < text.count, at - from <= valueLimit, !urlEnd.contains(text[at]) {
      if text[at] == UInt8(ascii: ":"), divider == nil, sign == nil { divider = at }
      if text[at] == UInt8(ascii: "@") { sign = at }
      // Behind the host a path begins; in front of it a password may hold a slash.
      if text[at] == UInt8(ascii: "/"), sign != nil || divider == nil { break }
      at += 1
    }
    guard let divider, let sign, sign - divider > 3 else { return nil }
    at = sign
    var end = at + 1
    while end < text.count, !hostEnd.contains(text[end]), text[end] != UInt8(ascii: ":") { end += 1 }
    let host = String(decoding: text[(at + 1)..<end], as: UTF8.self).lowercased()
    let password = Bytes(rebasing: text[(divider + 1)..<at])
    if host == "localhost" || host.hasPrefix("127.") || host == "0.0.0.0" || host == "host.docker.internal" {
      return at + 1
    }
    if host == "example.com" || host == "example.org" || Placeholder.isReference(password) { return at + 1 }
    found.add((divider + 1)..<at, "url_credentials", .high)
    return at + 1
  }
}

/// Names of what is secret.
enum SecretName {
  private static let words: Set<String> = [
    "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "credential", "credentials", "auth",
    "authtoken",
    "accesskey", "secretkey", "privatekey", "pass", "pgpassword", "jwtsecret",
  ]
  private static let keys: Set<String> = [
    "api", "access", "private", "account", "encryption", "signing", "master", "shared", "service", "secret", "client",
    "auth",
    "storage", "deploy", "license", "app",
  ]
  /// Where a name ends so, it is not the secret itself.
  private static let others: Set<String> = [
    "count", "counts", "type", "name", "id", "ids", "url", "uri", "file", "path", "env", "expiry", "expires", "ttl",
    "length", "len",
    "limit", "size", "field", "prefix", "pattern", "regex", "header", "index", "usage", "budget", "kind", "status",
    "mode",
    "method", "hash", "hint", "label", "policy", "version", "arn", "ref", "at", "in", "by", "var", "variable", "scope",
    "provider",
    "error", "err", "ok", "valid", "required", "enabled", "source", "format", "estimate", "total", "used",
  ]

  /// Whether a name says that its value is secret. Cost: its length.
  static func isOne(_ name: Bytes) -> Bool {
    // Most names are not: a look for the letters that all of the words share.
    guard name.contains(where: { [0x77, 0x73, 0x6B, 0x74].contains(Placeholder.lowered($0)) }) else { return false }
    let parts = parts(name)
    guard let last = parts.last, !others.contains(last) else { return false }
    // `PASS: TestX` is what tests print.
    if parts == ["pass"] { return false }
    if parts.contains(where: { words.contains($0) }) { return true }
    return zip(parts, parts.dropFirst()).contains { $1 == "key" && keys.contains($0) }
  }

  private static let passwords = ["password", "passwd", "pwd", "passphrase"].map { Array($0.utf8) }

  /// Whether a name is one of a password, not of a key that programs make.
  static func isPassword(_ name: Bytes) -> Bool { passwords.contains { Placeholder.contains(name, lowered: $0) } }

  /// The words of a name: divided at what is no letter or digit, and where the case changes.
  private static func parts(_ name: Bytes) -> [String] {
    var parts: [String] = []
    var word = ""
    var wasLower = false
    for (at, byte) in name.enumerated() {
      // A number at the end tells names apart.
      if ByteSet.digits.contains(byte) { continue }
      guard ByteSet.alphanumerics.contains(byte) else {
        if !word.isEmpty { parts.append(word) }
        (word, wasLower) = ("", false)
        continue
      }
      let isUpper = (0x41...0x5A).contains(byte)
      let isAcronymEnd =
        isUpper && !wasLower && !word.isEmpty && at + 1 < name.count && (0x61...0x7A).contains(name[at + 1])
      if isUpper && wasLower || isAcronymEnd {
        parts.append(word)
        word = ""
      }
      word.append(Character(Unicode.Scalar(Placeholder.lowered(byte))))
      wasLower = !isUpper
    }
    if !word.isEmpty { parts.append(word) }
    return parts
  }
}
