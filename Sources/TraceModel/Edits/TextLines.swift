/// Lines of a text.
public enum TextLines {
  /// Splits at line feeds; a final line feed starts no further line. Carriage returns stay.
  public static func split(_ text: String) -> [String] {
    var text = text
    return text.withUTF8 { bytes in
      var lines: [String] = []
      var start = 0
      for at in bytes.indices where bytes[at] == 0x0A {
        lines.append(String(decoding: bytes[start..<at], as: UTF8.self))
        start = at + 1
      }
      if start < bytes.count { lines.append(String(decoding: bytes[start...], as: UTF8.self)) }
      return lines
    }
  }

  /// The first `limit` Unicode scalars. Cost: linear in the limit.
  public static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var text = text
    let end = text.withUTF8 { bytes in
      var left = limit
      return bytes.firstIndex { byte in
        guard byte & 0xC0 != 0x80 else { return false }
        left -= 1
        return left < 0
      }
    }
    return end.map { String(Substring(text.utf8.prefix($0))) } ?? text
  }

  /// Line feeds in a text.
  public static func feedCount(_ text: String) -> Int {
    var text = text
    return text.withUTF8 { $0.reduce(0) { $0 &+ ($1 == 0x0A ? 1 : 0) } }
  }
}
