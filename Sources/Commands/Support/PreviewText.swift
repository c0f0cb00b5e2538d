internal import SecurityTools

/// Text of a session cut short: secrets out, every run of white space one space.
enum PreviewText {
  static func redact(_ text: String) -> String { SecretRedactor.redact(text) }

  /// With one space for every run of white space, none around. Cost: linear, on bytes: the standard library's way took a
  /// tenth of a query.
  static func oneLine(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      String(unsafeUninitializedCapacity: bytes.count) { out in
        var count = 0
        var isGap = false
        var at = 0
        while at < bytes.count {
          let space = spaceLength(bytes, at)
          if space > 0 {
            isGap = count > 0
            at += space
            continue
          }
          if isGap {
            out[count] = 0x20
            count += 1
            isGap = false
          }
          out[count] = bytes[at]
          count += 1
          at += 1
        }
        return count
      }
    }
  }

  /// Bytes of the white space at a place; 0 where there is none.
  private static func spaceLength(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int {
    let byte = bytes[at]
    if byte < 0x80 { return byte == 0x20 || (0x09...0x0D).contains(byte) ? 1 : 0 }
    func next(_ offset: Int) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }
    switch (byte, next(1), next(2)) {
    case (0xC2, 0x85, _), (0xC2, 0xA0, _): return 2
    case (0xE1, 0x9A, 0x80), (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80): return 3
    case (0xE2, 0x80, let last): return (0x80...0x8A).contains(last) || [0xA8, 0xA9, 0xAF].contains(last) ? 3 : 0
    default: return 0
    }
  }

  /// - Parameter limit: Unicode scalars, the `...` of a cut text included.
  static func make(_ text: String, limit: Int) -> String {
    // Redacting costs time; what is cut away needs none. A secret is no longer than this.
    let head = String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit * 2 + 256)))
    let line = oneLine(SecretRedactor.redact(head))
    guard line.unicodeScalars.count > limit else { return line }
    return String(String.UnicodeScalarView(line.unicodeScalars.prefix(limit - 3))) + "..."
  }
}
