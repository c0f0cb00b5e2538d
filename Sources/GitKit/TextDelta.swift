/// Git's delta form (gitformat-pack(5)): how to make one text from another by copying and inserting.
enum TextDelta {
  /// Bytes of the base that are looked up as one block.
  private static let block = 16
  /// Longest copy that one instruction of this encoder makes.
  private static let copyLimit = 0xFFFF

  /// The delta that makes `target` from `base`; nil when it would be longer than half of the target.
  ///
  /// Matches are found by blocks at every 4th byte of the base, so it suits texts of one layout, such as JSON of one
  /// schema. Cost: linear in both.
  static func make(from base: [UInt8], to target: UnsafeRawBufferPointer) -> [UInt8]? {
    guard base.count >= block, target.count >= block, base.count < 1 << 24 else { return nil }
    let index = base.withUnsafeBytes { Index($0) }
    var delta = size(base.count) + size(target.count)
    let limit = target.count / 2
    let isShort = base.withUnsafeBytes { base -> Bool in
      var at = 0
      var pending = 0
      while at < target.count {
        if at + block <= target.count, let from = index.position(of: key(target, at)),
          case let length = min(matches(base, from, target, at), copyLimit), length >= block
        {
          insert(target[pending..<at], into: &delta)
          copy(from: from, length, into: &delta)
          at += length
          pending = at
        } else {
          at += 1
        }
        if delta.count > limit { return false }
      }
      insert(target[pending...], into: &delta)
      return delta.count <= limit
    }
    return isShort ? delta : nil
  }

  /// Where blocks of the base begin: one position per slot, the first that came.
  private struct Index {
    private var slots: [Int32]
    private let mask: UInt64

    init(_ base: UnsafeRawBufferPointer) {
      var size = 64
      while size < base.count / 2 { size *= 2 }
      mask = UInt64(size - 1)
      slots = Array(repeating: -1, count: size)
      for at in stride(from: 0, through: base.count - block, by: 4) {
        let slot = Int(TextDelta.key(base, at) >> 40 & mask)
        if slots[slot] < 0 { slots[slot] = Int32(at) }
      }
    }

    func position(of key: UInt64) -> Int? {
      let at = slots[Int(key >> 40 & mask)]
      return at < 0 ? nil : Int(at)
    }
  }

  private static func key(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
    let a = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    let b = bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
    return a &* 0x9E37_79B9_7F4A_7C15 ^ b &* 0xC2B2_AE3D_27D4_EB4F
  }

  private static func matches(
    _ base: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeRawBufferPointer, _ at: Int
  ) -> Int {
    var length = 0
    while from + length < base.count, at + length < target.count, base[from + length] == target[at + length] {
      length += 1
    }
    return length
  }

  /// Seven bits at a time, least significant first.
  private static func size(_ value: Int) -> [UInt8] {
    var value = value
    var bytes: [UInt8] = []
    while value >= 0x80 {
      bytes.append(UInt8(value & 0x7F) | 0x80)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }

  private static func insert(_ bytes: Slice<UnsafeRawBufferPointer>, into delta: inout [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(127)
      delta.append(UInt8(piece.count))
      delta.append(contentsOf: piece)
      rest = rest.dropFirst(piece.count)
    }
  }

  private static func copy(from offset: Int, _ length: Int, into delta: inout [UInt8]) {
    var command: UInt8 = 0x80
    var operands: [UInt8] = []
    for byte in 0..<4 where offset >> (8 * byte) & 0xFF != 0 {
      command |= 1 << UInt8(byte)
      operands.append(UInt8(offset >> (8 * byte) & 0xFF))
    }
    for byte in 0..<2 where length >> (8 * byte) & 0xFF != 0 {
      command |= 0x10 << UInt8(byte)
      operands.append(UInt8(length >> (8 * byte) & 0xFF))
    }
    delta.append(command)
    delta += operands
  }
}
