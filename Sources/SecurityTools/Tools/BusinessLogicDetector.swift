internal import Basics

/// The tool `business_logic`: names of internal machines and places, connection strings, numbers of accounts.
enum BusinessLogicDetector {
  private static let host = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-".utf8))
  /// Bytes of a URL that are looked at.
  private static let urlLimit = 512
  private static let urlEnd = ByteSet(Array(" \t\r\n\"'`<>\\()[]{},;".utf8))

  /// Cost: linear in the text.
  static func spans(_ text: Bytes) -> [TextSpan] {
    var found = SpanCollector()
    var at = 0
    while at < text.count {
      switch text[at] {
      case UInt8(ascii: "."): internalHost(text, at, &found)
      case UInt8(ascii: ":"): connection(text, at, &found)
      case UInt8(ascii: "a") where has("arn:aws", text, at): account(text, at, &found)
      default: break
      }
      at += 1
    }
    return found.sorted()
  }

  private static func has(_ word: StaticString, _ text: Bytes, _ at: Int) -> Bool {
    guard at >= 0, at + word.utf8CodeUnitCount <= text.count else { return false }
    for index in 0..<word.utf8CodeUnitCount where text[at + index] != word.utf8Start[index] { return false }
    return true
  }

  private static func internalHost(_ text: Bytes, _ dot: Int, _ found: inout SpanCollector) {
    let ends: [StaticString] = [".internal", ".corp", ".local"]
    guard let end = ends.first(where: { has($0, text, dot) }) else { return }
    let stop = dot + end.utf8CodeUnitCount
    guard stop == text.count || !ByteSet.words.contains(text[stop]),
      // Names in code go on: `settings.local.json`, `x.internal.y()`.
      stop + 1 >= text.count || text[stop] != UInt8(ascii: ".") || !ByteSet.alphanumerics.contains(text[stop + 1]),
      stop == text.count || text[stop] != UInt8(ascii: "(")
    else { return }
    var start = dot
    while start > 0, dot - start < 253, host.contains(text[start - 1]) { start -= 1 }
    while start < dot, !ByteSet.alphanumerics.contains(text[start]) { start += 1 }
    // Not a path, an option of git, or a file.
    guard start < dot,
      start == 0 || !"/@$_~".utf8.contains(text[start - 1]) || text[start - 1] == UInt8(ascii: "@")
        || start > 1 && text[start - 1] == UInt8(ascii: "/") && text[start - 2] == UInt8(ascii: "/")
    else { return }
    let name = String(decoding: text[start..<dot], as: UTF8.self).lowercased()
    // `.env.local`, `settings.local`, `this.local`: files and names in code.
    if start > 0, text[start - 1] == UInt8(ascii: ".") { return }
    if ["this", "self", "settings", "config", "env", "compose", "docker-compose", "java", "com"].contains(name)
      || name.hasPrefix("com.") || name.hasPrefix("org.") || name.hasPrefix("env.")
    {
      return
    }
    found.add(start..<stop, "internal_hostname", .high)
  }

  private static func connection(_ text: Bytes, _ colon: Int, _ found: inout SpanCollector) {
    guard has("://", text, colon) else { return }
    var start = colon
    while start > 0, colon - start < 64,
      ByteSet.words.contains(text[start - 1]) || text[start - 1] == UInt8(ascii: "+")
        || text[start - 1] == UInt8(ascii: ":")
    {
      start -= 1
    }
    var end = colon + 3
    while end < text.count, end - colon < urlLimit, !urlEnd.contains(text[end]) { end += 1 }
    let scheme = String(decoding: text[start..<colon], as: UTF8.self).lowercased()
    if scheme.hasPrefix("jdbc:") || scheme == "mongodb+srv" {
      if end - colon - 3 >= 8 { found.add(start..<end, "db_connection_string", .high) }
      return
    }
    guard scheme == "http" || scheme == "https" else { return }
    var hostEnd = colon + 3
    while hostEnd < end, host.contains(text[hostEnd]) { hostEnd += 1 }
    let name = String(decoding: text[(colon + 3)..<hostEnd], as: UTF8.self).lowercased()
    let isSlack = name.hasSuffix(".slack.com") && has("/archives", text, hostEnd)
    guard name.hasPrefix("jira.") || name.hasPrefix("confluence.") || name.hasSuffix(".atlassian.net") || isSlack else {
      return
    }
    found.add((colon + 3)..<hostEnd, "internal_url", .medium)
  }

  /// The twelve digits of an account in `arn:aws:service:region:account:…`.
  private static func account(_ text: Bytes, _ start: Int, _ found: inout SpanCollector) {
    var colons = 0
    var at = start
    while at < text.count, colons < 4, text[at] > 0x20, at - start < 80 {
      if text[at] == UInt8(ascii: ":") { colons += 1 }
      at += 1
    }
    guard colons == 4, at + 12 <= text.count, text[at..<(at + 12)].allSatisfy({ ByteSet.digits.contains($0) }),
      at + 12 == text.count || !ByteSet.digits.contains(text[at + 12])
    else { return }
    found.add(at..<(at + 12), "aws_account_id", .high)
  }
}
