#if canImport(Glibc)
  internal import Glibc
#endif

/// Searching in texts by bytes: many times faster than by characters, and the same for texts that
/// start and end with ASCII.
public enum TextSearch {
  /// Whether `text` contains `part`.
  public static func contains(_ text: String, _ part: StaticString) -> Bool {
    offset(of: part, in: text) != nil
  }

  /// Whether `text` contains `part`, which is not empty.
  public static func contains(_ text: String, text part: String) -> Bool {
    var (text, part) = (text, part)
    return text.withUTF8 { text in part.withUTF8 { offset(of: $0, in: text, from: 0) != nil } }
  }

  /// The text between the first `start` and the next `end`, or nil.
  public static func between(
    _ start: StaticString, _ end: StaticString, in text: String
  ) -> String? {
    guard let opening = offset(of: start, in: text) else { return nil }
    let rest = text.utf8.dropFirst(opening + start.utf8CodeUnitCount)
    let inner = String(Substring(rest))
    guard let closing = offset(of: end, in: inner) else { return nil }
    return String(Substring(inner.utf8.prefix(closing)))
  }

  /// Where `part` occurs in `text`, from the start and without overlaps, at most `limit` times.
  public static func offsets(of part: [UInt8], in text: [UInt8], limit: Int) -> [Int] {
    part.withUnsafeBufferPointer { part in
      text.withUnsafeBufferPointer { text in
        var found: [Int] = []
        var start = 0
        while found.count < limit, let place = offset(of: part, in: text, from: start) {
          found.append(place)
          start = place + part.count
        }
        return found
      }
    }
  }

  private static func offset(of part: StaticString, in text: String) -> Int? {
    var text = text
    let part = UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount)
    return text.withUTF8 { offset(of: part, in: $0, from: 0) }
  }

  private static func offset(
    of part: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from first: Int
  ) -> Int? {
    guard let base = text.baseAddress, let wanted = part.baseAddress, !part.isEmpty else {
      return nil
    }
    var start = first
    while start + part.count <= text.count {
      let span = text.count - part.count - start + 1
      guard let found = memchr(base + start, Int32(wanted.pointee), span) else { return nil }
      start = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if memcmp(base + start, wanted, part.count) == 0 { return start }
      start += 1
    }
    return nil
  }
}
