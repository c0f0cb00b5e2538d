/// Keys in PEM, OpenSSH and PGP form: from header to footer, also where line feeds are escaped, where something stands in front
/// of each line, as `grep -n` and file viewers print it, or where the end is missing.
enum PrivateKeyBlock {
  private static let begin = Array("-----BEGIN ".utf8)
  private static let end = Array("-----END ".utf8)
  /// A header alone, as in source code, is none.
  private static let least = 24
  /// Bytes that may stand in front of a line: numbers, `>`, `|`, `+`, an arrow.
  private static let prefixLimit = 64

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
    let body = body(text, at + 5)
    guard isPrivate else { return body.isComplete ? body.end : nil }
    guard body.content >= least else { return nil }
    found.add(start..<body.end, "private_key", .critical)
    return body.end
  }

  /// Lines of base64 up to the footer, or up to the first line that is something else.
  private static func body(_ text: Bytes, _ start: Int) -> (end: Int, content: Int, isComplete: Bool) {
    var at = start
    var last = start
    var content = 0
    while at < text.count {
      let line = lineStart(text, at)
      if has(end, text, line) {
        var stop = line + end.count
        while stop < text.count, text[stop] != UInt8(ascii: "-"), text[stop] != 0x0A, stop - line < 96 { stop += 1 }
        while stop < text.count, text[stop] == UInt8(ascii: "-") { stop += 1 }
        return (stop, content, true)
      }
      var next = line
      while next < text.count, ByteSet.base64.contains(text[next]) || text[next] == UInt8(ascii: "=") { next += 1 }
      if isLineEnd(text, next), next > line || next > at {
        guard next == line || isKeyText(text, line..<next) else { break }
        content += next - line
        last = next
        at = next + 1
        continue
      }
      guard content == 0, let header = headerEnd(text, line) else { break }
      at = header
      last = header
    }
    return (last, content, false)
  }

  /// A line of a key, not a word of prose: long, or with a digit, a sign or two capitals.
  private static func isKeyText(_ text: Bytes, _ line: Range<Int>) -> Bool {
    if line.count >= 24 { return true }
    let kinds = ByteKinds(text[line])
    return kinds.digits > 0 || kinds.other > 0 || kinds.upper >= 2
  }

  /// Behind separators and what tools print in front of lines.
  private static func lineStart(_ text: Bytes, _ start: Int) -> Int {
    var at = start
    while at < text.count, at - start < 2, text[at] == 0x0A || text[at] == 0x0D { at += 1 }
    at = fileName(text, at)
    while at < text.count, at - start < prefixLimit {
      let byte = text[at]
      if byte == UInt8(ascii: "\\"), at + 1 < text.count, "nrt\\".utf8.contains(text[at + 1]) {
        at += 2
      } else if byte <= 0x20 || ">|\"'`,;:*".utf8.contains(byte) || byte >= 0x80 {
        at += 1
      } else if ByteSet.digits.contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
        // A number of a line, and what divides it from the line; not the begin of the line itself.
        var end = at
        while end < text.count, ByteSet.digits.contains(text[end]) { end += 1 }
        let isMark = end == at && end + 1 < text.count && text[end + 1] <= 0x20
        guard isMark || end > at && end < text.count && (":|>-\t ".utf8.contains(text[end]) || text[end] >= 0x80),
          !has(Self.end, text, at)
        else { break }
        at = max(end, at + 1)
      } else {
        break
      }
    }
    return at
  }

  /// Behind `path/to/file:12:`, as `grep -n` prints it.
  private static func fileName(_ text: Bytes, _ start: Int) -> Int {
    var at = start
    while at < text.count, at - start < 200, text[at] > 0x20, text[at] != UInt8(ascii: ":") { at += 1 }
    guard at > start, at + 1 < text.count, text[at] == UInt8(ascii: ":"), ByteSet.digits.contains(text[at + 1]) else {
      return start
    }
    at += 1
    while at < text.count, ByteSet.digits.contains(text[at]) { at += 1 }
    return at < text.count && ":-".utf8.contains(text[at]) ? at + 1 : start
  }

  /// Whether a line ends at a position: at a line feed, also an escaped one, a quote, or white space.
  private static func isLineEnd(_ text: Bytes, _ at: Int) -> Bool {
    at >= text.count || text[at] <= 0x20 || "\\\"'`,-".utf8.contains(text[at])
  }

  private static let headers = ["Version:", "Comment:", "Proc-Type:", "DEK-Info:", "Hash:", "Charset:", "MessageID:"]
    .map { Array($0.utf8) }

  /// The end of a line such as `Proc-Type: 4,ENCRYPTED`.
  private static func headerEnd(_ text: Bytes, _ start: Int) -> Int? {
    guard headers.contains(where: { has($0, text, start) }) else { return nil }
    var at = start
    while at < text.count, at - start < 160, text[at] != 0x0A {
      if text[at] == UInt8(ascii: "\\"), at + 1 < text.count, text[at + 1] == UInt8(ascii: "n") { break }
      at += 1
    }
    return at
  }

  private static func has(_ word: [UInt8], _ text: Bytes, _ at: Int) -> Bool {
    guard at + word.count <= text.count else { return false }
    for index in word.indices where text[at + index] != word[index] { return false }
    return true
  }
}
