internal import Basics

/// What identifies people and machines: addresses, numbers of cards, phones and persons.
enum PersonalData {
  // MARK: Mail

  private static let local = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-".utf8))
  private static let domain = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-".utf8))
  /// Ends of file names and of names in code.
  private static let notDomains: Set<String> = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "tsx", "jsx", "mjs", "py", "go", "rs", "rb", "swift",
    "java", "md",
    "json", "yaml", "yml", "toml", "css", "scss", "html", "txt", "sh", "local", "localhost", "test", "invalid",
    "example",
    "internal", "service", "timer", "socket", "mount", "target", "lock", "log", "tgz", "gz", "zip", "tar", "whl", "pdf",
    "jar",
    "sum", "mean", "dot", "transpose", "shape", "to", "view",
  ]
  private static let benignDomains = [
    "example.com", "example.org", "example.net", "test.com", "users.noreply.github.com", "localhost", "email.com",
    "domain.com",
    "acme.test", "placeholder.com", "opentraces.local",
  ]
  private static let benignLocals: Set<String> = [
    "noreply", "no-reply", "donotreply", "git", "user", "you", "name", "this", "self",
  ]

  static func email(_ text: Bytes, _ at: Int, _ found: inout SpanCollector) {
    var start = at
    while start > 0, at - start < 64, local.contains(text[start - 1]) { start -= 1 }
    // An escaped line feed belongs to no address.
    if start > 0, text[start - 1] == UInt8(ascii: "\\"), start < at, "nrt".utf8.contains(text[start]) { start += 1 }
    while start < at, text[start] == UInt8(ascii: ".") || text[start] == UInt8(ascii: "-") { start += 1 }
    guard start < at else { return }
    var end = at + 1
    while end < text.count, end - at < 255, domain.contains(text[end]) { end += 1 }
    while end > at + 1, !ByteSet.alphanumerics.contains(text[end - 1]) { end -= 1 }
    let host = Bytes(rebasing: text[(at + 1)..<end])
    guard let dot = host.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return }
    let top = host[(dot + 1)...]
    // A name in code goes on with a call, and has capitals where a domain has none.
    if end < text.count, text[end] == UInt8(ascii: "(") { return }
    let hasCapitals =
      top.dropFirst().contains { (0x41...0x5A).contains($0) } && top.contains { (0x61...0x7A).contains($0) }
    guard !hasCapitals, (2...24).contains(top.count),
      top.allSatisfy({ (0x61...0x7A).contains(Placeholder.lowered($0)) })
    else {
      return
    }
    let name = String(decoding: text[start..<at], as: UTF8.self).lowercased()
    let whole = String(decoding: host, as: UTF8.self).lowercased()
    guard !notDomains.contains(String(decoding: top, as: UTF8.self).lowercased()), !benignLocals.contains(name),
      !benignDomains.contains(where: { whole == $0 || whole.hasSuffix("." + $0) })
    else { return }
    found.add(start..<end, "email_address", .medium)
  }

  // MARK: Numbers

  /// What begins with a digit. Returns its end.
  static func number(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    guard start == 0 || !isJoined(text[start - 1]) else { return nil }
    if let end = address(text, start, &found) { return end }
    if let end = card(text, start, &found) { return end }
    if let end = socialSecurity(text, start, &found) { return end }
    return phone(text, start, &found)
  }

  /// What makes a number a part of something else.
  private static func isJoined(_ byte: UInt8) -> Bool {
    ByteSet.words.contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "+")
  }

  private static func digits(_ text: Bytes, _ start: Int, most: Int) -> Int {
    var end = start
    while end < text.count, end - start <= most, ByteSet.digits.contains(text[end]) { end += 1 }
    return end - start
  }

  private static func value(_ text: Bytes, _ range: Range<Int>) -> Int {
    text[range].reduce(0) { $0 * 10 + Int($1 & 0xF) }
  }

  private static func endsHere(_ text: Bytes, _ end: Int) -> Bool {
    guard end < text.count else { return true }
    if ByteSet.words.contains(text[end]) { return false }
    return !(text[end] == UInt8(ascii: ".") && end + 1 < text.count && ByteSet.digits.contains(text[end + 1]))
  }

  private static let versionWords = [
    "version", "upgrade", "downgrade", "release", "runtime", "install", "build", "bump", "chrome", "firefox", "oid",
  ].map { Array($0.utf8) }
  private static let resolvers: Set<[Int]> = [
    [8, 8, 8, 8], [8, 8, 4, 4], [1, 1, 1, 1], [1, 0, 0, 1], [9, 9, 9, 9], [208, 67, 222, 222], [208, 67, 220, 220],
  ]

  private static func address(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    var at = start
    var octets: [Int] = []
    while octets.count < 4 {
      let count = digits(text, at, most: 3)
      guard (1...3).contains(count) else { return nil }
      let octet = value(text, at..<(at + count))
      guard octet <= 255, count == 1 || text[at] != 0x30 else { return nil }
      octets.append(octet)
      at += count
      if octets.count < 4 {
        guard at < text.count, text[at] == UInt8(ascii: ".") else { return nil }
        at += 1
      }
    }
    guard endsHere(text, at) else { return nil }
    let isLocal =
      octets[0] == 10 || octets[0] == 127 || octets[0] == 0 || octets[0] >= 224
      || octets[0] == 172 && (16...31).contains(octets[1])
      || octets[0] == 192 && octets[1] == 168 || octets[0] == 169 && octets[1] == 254
    let before = Bytes(rebasing: text[lineStart(text, start, 48)..<start])
    let isVersion =
      octets.allSatisfy { $0 < 100 } && versionWords.contains { Placeholder.contains(before, lowered: $0) }
      || octets[0] < 10 && octets[3] < 10 && octets.allSatisfy { $0 < 30 }
    if !isLocal, !isVersion, !resolvers.contains(octets) { found.add(start..<at, "ipv4_address", .medium) }
    return at
  }

  private static func lineStart(_ text: Bytes, _ at: Int, _ most: Int) -> Int {
    var start = at
    while start > 0, at - start < most, text[start - 1] != 0x0A { start -= 1 }
    return start
  }

  private static func card(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    guard (0x33...0x36).contains(text[start]) else { return nil }
    var number: [UInt8] = []
    var at = start
    var groups: [Int] = [0]
    while at < text.count, number.count <= 19 {
      if ByteSet.digits.contains(text[at]) {
        number.append(text[at] & 0xF)
        groups[groups.count - 1] += 1
        at += 1
      } else if text[at] == 0x20 || text[at] == UInt8(ascii: "-"), at + 1 < text.count,
        ByteSet.digits.contains(text[at + 1])
      {
        groups.append(0)
        at += 1
      } else {
        break
      }
    }
    let isGrouped = groups.count == 1 || groups == [4, 4, 4, 4] || groups == [4, 6, 5]
    guard isGrouped, endsHere(text, at), isIssued(number), isLuhn(number) else { return nil }
    found.add(start..<at, "credit_card", .critical)
    return at
  }

  /// Numbers that issuers give out.
  private static func isIssued(_ number: [UInt8]) -> Bool {
    let two = Int(number[0]) * 10 + Int(number.count > 1 ? number[1] : 0)
    switch number.count {
    case 13: return number[0] == 4
    case 15: return two == 34 || two == 37
    case 16: return number[0] == 4 || (51...55).contains(two) || two == 65 || two == 60 || two == 64 || two == 35
    default: return false
    }
  }

  private static func isLuhn(_ number: [UInt8]) -> Bool {
    var sum = 0
    for (offset, digit) in number.reversed().enumerated() {
      let doubled = Int(digit) * (offset % 2 == 1 ? 2 : 1)
      sum += doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0 && Set(number).count > 2
  }

  private static func socialSecurity(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    let end = start + 11
    guard end <= text.count, text[start + 3] == UInt8(ascii: "-"), text[start + 6] == UInt8(ascii: "-"),
      [0, 1, 2, 4, 5, 7, 8, 9, 10].allSatisfy({ ByteSet.digits.contains(text[start + $0]) }), endsHere(text, end)
    else { return nil }
    let area = value(text, start..<(start + 3))
    guard area != 0, area != 666, area < 900, value(text, (start + 4)..<(start + 6)) != 0,
      value(text, (start + 7)..<end) != 0
    else { return nil }
    found.add(start..<end, "ssn", .critical)
    return end
  }

  /// `(415) 555-0132`, `415-555-0132`, `+44 20 7946 0958`: ten digits and more with something between them. Returns its end.
  @discardableResult
  static func phone(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    guard start == 0 || !isJoined(text[start - 1]) else { return nil }
    var at = start
    let isInternational = text[at] == UInt8(ascii: "+")
    let isBracketed = text[at] == UInt8(ascii: "(")
    if isInternational || isBracketed { at += 1 }
    var groups: [Int] = []
    var separators: [UInt8] = []
    while at < text.count, groups.count < 7 {
      let count = digits(text, at, most: 12)
      guard count > 0 else { break }
      groups.append(count)
      at += count
      guard at + 1 < text.count else { break }
      if text[at] == UInt8(ascii: ")"), isBracketed, groups.count == 1 {
        at += 1
        if text[at] == 0x20 || text[at] == UInt8(ascii: "-"), at + 1 < text.count, ByteSet.digits.contains(text[at + 1])
        {
          at += 1
        }
        continue
      }
      guard text[at] == 0x20 || text[at] == UInt8(ascii: "-") || text[at] == UInt8(ascii: "."),
        ByteSet.digits.contains(text[at + 1])
      else { break }
      separators.append(text[at])
      at += 1
    }
    guard endsHere(text, at) else { return nil }
    let total = groups.reduce(0, +)
    let isPhone: Bool
    if isInternational {
      isPhone =
        groups.count >= 3 && (10...15).contains(total) && groups[0] <= 3 && groups.dropFirst().allSatisfy { $0 <= 4 }
        && Set(separators).count <= 2
    } else if isBracketed {
      isPhone = groups == [3, 3, 4]
    } else {
      // A version or a date has other groups; dots and dashes do not mix.
      isPhone =
        groups == [3, 3, 4] && Set(separators).count == 1 && text[start] >= 0x32 && separators[0] != 0x20
        || groups == [1, 3, 3, 4] && Set(separators).count == 1 && text[start] == 0x31
    }
    guard isPhone else { return nil }
    found.add(start..<at, "phone_number", .medium)
    return at
  }

  // MARK: IPv6

  /// Returns the end of an address of eight groups, or of fewer and a `::`.
  static func ipv6(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) -> Int? {
    var at = start
    while at < text.count, at - start <= 4, ByteSet.hex.contains(text[at]) { at += 1 }
    guard at - start <= 4, at + 1 < text.count, text[at] == UInt8(ascii: ":"),
      start == 0 || !(isJoined(text[start - 1]) || text[start - 1] == UInt8(ascii: ":"))
    else { return nil }
    var groups = 1
    var gaps = 0
    while at < text.count, groups < 9, text[at] == UInt8(ascii: ":") {
      at += 1
      if at < text.count, text[at] == UInt8(ascii: ":") {
        gaps += 1
        at += 1
      }
      let from = at
      while at < text.count, at - from <= 4, ByteSet.hex.contains(text[at]) { at += 1 }
      guard at - from <= 4 else { return nil }
      if at == from { break }
      groups += 1
    }
    let isWhole = groups == 8 && gaps == 0 || gaps == 1 && (3...7).contains(groups)
    guard isWhole, endsHere(text, at), text[start..<at].contains(where: ByteSet.digits.contains) else { return nil }
    let head = String(decoding: text[start..<min(at, start + 4)], as: UTF8.self).lowercased()
    if !head.hasPrefix("fe8"), !head.hasPrefix("fd"), !head.hasPrefix("fc") {
      found.add(start..<at, "ipv6_address", .medium)
    }
    return at
  }
}
