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
  public init?(bytes: [UInt8]) {
    guard bytes.count == 20 else { return nil }
    self = bytes.withUnsafeBytes { ObjectID(rawBytes: $0) }
  }

  /// Exactly 40 hex digits, else nil.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == 40 else { return nil }
    let contiguous = hex.utf8.withContiguousStorageIfAvailable { ObjectID(digits: $0) }
    guard let id = contiguous ?? Array(hex.utf8).withUnsafeBufferPointer({ ObjectID(digits: $0) }) else { return nil }
    self = id
  }

  /// Exactly 40 hex digits, else nil.
  public init?(digits: UnsafeBufferPointer<UInt8>) {
    guard digits.count == 40, let a = Self.word(digits[0..<16]), let b = Self.word(digits[16..<32]),
      let c = Self.word(digits[32..<40])
    else { return nil }
    self.init(a: a, b: b, c: UInt32(truncatingIfNeeded: c))
  }

  private static func word(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      guard let number = Hex.value(digit) else { return nil }
      value = value << 4 | UInt64(number)
    }
    return value
  }

  init(_ oid: git_oid) {
    self = withUnsafeBytes(of: oid.id) { ObjectID(rawBytes: $0) }
  }

  init(_ oid: UnsafePointer<git_oid>) { self.init(oid.pointee) }

  /// Reads 20 bytes; the caller has checked that they are there.
  public init(rawBytes raw: UnsafeRawBufferPointer) {
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

  public var hex: String {
    String(unsafeUninitializedCapacity: 40) { out in
      Hex.write(a, into: out, at: 0)
      Hex.write(b, into: out, at: 16)
      Hex.write(UInt64(c) << 32, digits: 8, into: out, at: 32)
      return 40
    }
  }
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
