internal import Basics
internal import CGit2

/// The SHA-1 name of a git object.
public struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
  // Big-endian words, so that comparing them compares the bytes.
  private let a: UInt64
  private let b: UInt64
  private let c: UInt32

  /// The all-zero id, which names no object.
  public static let zero = ObjectID(a: 0, b: 0, c: 0)
  /// The tree without entries.
  public static let emptyTree = ObjectID(
    a: 0x4b82_5dc6_42cb_6eb9, b: 0xa060_e54b_f8d6_9288, c: 0xfbee_4904)

  private init(a: UInt64, b: UInt64, c: UInt32) {
    self.a = a
    self.b = b
    self.c = c
  }

  /// Exactly 20 bytes, else nil.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 20 else { return nil }
    var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
    for (position, byte) in bytes.enumerated() {
      switch position {
      case 0..<8: words.0 = words.0 << 8 | UInt64(byte)
      case 8..<16: words.1 = words.1 << 8 | UInt64(byte)
      default: words.2 = words.2 << 8 | UInt32(byte)
      }
    }
    (a, b, c) = words
  }

  /// Exactly 40 hex digits, else nil.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == 40, let bytes = Hex.decode(Array(hex.utf8)) else { return nil }
    self.init(bytes: bytes)
  }

  init(_ oid: git_oid) {
    self = withUnsafeBytes(of: oid.id) { ObjectID(rawBytes: $0) }
  }

  init(_ oid: UnsafePointer<git_oid>) { self.init(oid.pointee) }

  /// Reads 20 bytes; the caller has checked that they are there.
  init(rawBytes raw: UnsafeRawBufferPointer) {
    a = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    b = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    c = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
  }

  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 20) { out, count in
      let raw = UnsafeMutableRawBufferPointer(out)
      raw.storeBytes(of: a.bigEndian, toByteOffset: 0, as: UInt64.self)
      raw.storeBytes(of: b.bigEndian, toByteOffset: 8, as: UInt64.self)
      raw.storeBytes(of: c.bigEndian, toByteOffset: 16, as: UInt32.self)
      count = 20
    }
  }

  var oid: git_oid {
    var value = git_oid()
    withUnsafeMutableBytes(of: &value.id) { $0.copyBytes(from: bytes) }
    return value
  }

  public var hex: String { Hex.encode(bytes) }
  /// The first eight hex digits.
  public var short: String { String(hex.prefix(8)) }
  public var description: String { hex }
  public var isZero: Bool { self == .zero }

  /// The first byte: the slot of a pack index's fan-out table.
  var firstByte: UInt8 { UInt8(a >> 56) }

  public static func < (x: ObjectID, y: ObjectID) -> Bool {
    if x.a != y.a { return x.a < y.a }
    if x.b != y.b { return x.b < y.b }
    return x.c < y.c
  }
}
