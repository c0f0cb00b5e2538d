/// Lower-case hexadecimal.
public enum Hex {
  static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { out in
      var at = 0
      for byte in bytes {
        out[at] = digit(byte >> 4)
        out[at + 1] = digit(byte & 0xF)
        at += 2
      }
      return at
    }
  }

  /// Writes the leading digits of a word.
  public static func write(
    _ word: UInt64, digits: Int = 16, into out: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) {
    for position in 0..<digits {
      out[start + position] = digit(UInt8(truncatingIfNeeded: word >> (60 - position * 4)) & 0xF)
    }
  }

  /// Appends a number without leading zeros.
  public static func append(_ number: UInt64, to bytes: inout [UInt8]) {
    var shift = max(0, 60 - number.leadingZeroBitCount / 4 * 4)
    while shift >= 0 {
      bytes.append(digit(UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 0xF))
      shift -= 4
    }
  }

  /// The value of a digit of either case, else nil.
  public static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x57
    case 0x41...0x46: digit - 0x37
    default: nil
    }
  }

  /// The bytes of an even number of hex digits of either case, else nil.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var high: UInt8?
    for character in text {
      guard let digit = value(character) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes
  }
}
