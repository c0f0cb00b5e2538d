internal import Basics

/// Ids of traces.
public enum TraceID {
  /// The id of one generation of one session.
  ///
  /// Made of `opentraces.trace_id.v1`, agent, session id and decimal generation, see ``uuid(of:)``. The same session has
  /// the same id in every clone, and the id does not show the session id.
  public static func make(agent: String, session: String, generation: Int) -> String {
    uuid(of: ["opentraces.trace_id.v1", agent, session, String(generation)])
  }

  /// A UUID of version 8 made of the first 16 bytes of the SHA-256 of some texts, joined with NUL.
  public static func uuid(of texts: [String]) -> String {
    var bytes = Array(Digest.sha256(texts.joined(separator: "\0").utf8).prefix(16))
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    return hyphenated(Hex.encode(bytes))
  }

  private static func hyphenated(_ hex: String) -> String {
    var rest = Substring(hex)
    return [8, 4, 4, 4, 12].map { length in
      defer { rest = rest.dropFirst(length) }
      return String(rest.prefix(length))
    }
    .joined(separator: "-")
  }

  /// Whether a text has the shape of a UUID: 32 hex digits, with or without the usual hyphens.
  public static func isUUID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let digits = bytes.filter { $0 != 0x2D }
    guard digits.count == 32, Hex.decode(digits) != nil else { return false }
    return bytes.count == 32
      || bytes.count == 36 && [8, 13, 18, 23].allSatisfy { bytes[$0] == 0x2D }
  }
}
