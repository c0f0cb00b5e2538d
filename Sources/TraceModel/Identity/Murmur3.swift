/// MurmurHash3, the 128-bit variant for 64-bit machines (Austin Appleby, public domain), seed 0.
public enum Murmur3 {
  /// `murmur3:` and the hash of a text: the content hash of attribution ranges.
  public static func contentHash(_ text: String) -> String { "murmur3:" + hex(text) }

  /// The two halves, the second one first, as 32 hex digits. Cost: linear in the text.
  public static func hex(_ text: String) -> String {
    let (h1, h2) = hash(Array(text.utf8))
    return pad(h2) + pad(h1)
  }

  private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
  private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

  static func hash(_ bytes: [UInt8]) -> (UInt64, UInt64) {
    var h1: UInt64 = 0
    var h2: UInt64 = 0
    var at = 0
    while at + 16 <= bytes.count {
      h1 ^= mixFirst(word(bytes, at, 8))
      h1 = (rotate(h1, 27) &+ h2) &* 5 &+ 0x52dc_e729
      h2 ^= mixSecond(word(bytes, at + 8, 8))
      h2 = (rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5ab5
      at += 16
    }
    let rest = bytes.count - at
    if rest > 8 { h2 ^= mixSecond(word(bytes, at + 8, rest - 8)) }
    if rest > 0 { h1 ^= mixFirst(word(bytes, at, min(rest, 8))) }
    return finish(h1 ^ UInt64(bytes.count), h2 ^ UInt64(bytes.count))
  }

  private static func finish(_ first: UInt64, _ second: UInt64) -> (UInt64, UInt64) {
    var h1 = first &+ second
    var h2 = second &+ h1
    h1 = finalMix(h1)
    h2 = finalMix(h2)
    h1 = h1 &+ h2
    return (h1, h2 &+ h1)
  }

  private static func word(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
  }

  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value << count | value >> (64 - count)
  }

  private static func mixFirst(_ k: UInt64) -> UInt64 { rotate(k &* c1, 31) &* c2 }
  private static func mixSecond(_ k: UInt64) -> UInt64 { rotate(k &* c2, 33) &* c1 }

  private static func finalMix(_ value: UInt64) -> UInt64 {
    var k = value
    k = (k ^ k >> 33) &* 0xff51_afd7_ed55_8ccd
    k = (k ^ k >> 33) &* 0xc4ce_b9fe_1a85_ec53
    return k ^ k >> 33
  }

  private static func pad(_ value: UInt64) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
