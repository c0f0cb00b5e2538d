/// Git's delta form (gitformat-pack(5)): how to make one text from another by copying and inserting.
enum TextDelta {
  /// What to look for in a base, and when a delta is worth having.
  struct Search {
    /// Bytes that are looked up as one block; nothing shorter is copied.
    let block: Int
    /// Distance of the blocks of the base.
    let stride: Int
    /// Longest delta, as a share of the text that it makes.
    let longest: Double

    /// Of short texts of one layout, such as JSON of one schema.
    static let layout = Search(block: 16, stride: 4, longest: 0.5)
    /// Of long texts that repeat passages: what deflate finds by itself, because it is short or near, stays inserted.
    static let passages = Search(block: 32, stride: 16, longest: 0.97)
  }

  /// Longest copy that one instruction of this encoder makes.
  private static let copyLimit = 0xFFFF

  /// The delta that makes `target` from `base`; nil when it would be too long. Cost: linear in both.
  static func make(
    from base: UnsafeRawBufferPointer, to target: UnsafeRawBufferPointer, _ search: Search = .layout
  ) -> [UInt8]? {
    make(from: Base(base, search), to: target)
  }

  /// The delta that makes `target` from a base. Cost: linear in the target.
  static func make(from base: Base, to target: UnsafeRawBufferPointer) -> [UInt8]? {
    let bytes = base.bytes
    let block = base.search.block
    guard bytes.count >= block, target.count >= block, bytes.count < 1 << 24 else { return nil }
    let limit = Int(Double(target.count) * base.search.longest)
    var delta = size(bytes.count) + size(target.count)
    var at = 0
    var pending = 0
    while at + block <= target.count {
      guard let from = base.position(of: key(target, at, block)),
        case let length = matches(bytes, from, target, at), length >= block
      else {
        at += 1
        continue
      }
      let back = matchesBefore(bytes, from, target, at, limit: at - pending)
      insert(target[pending..<(at - back)], into: &delta)
      copy(from: from - back, length + back, into: &delta)
      if delta.count > limit { return nil }
      at += length
      pending = at
    }
    insert(target[pending...], into: &delta)
    return delta.count <= limit ? delta : nil
  }

  /// A text that others are made from, and where its blocks begin: one position per slot, the first that came.
  struct Base {
    /// The caller keeps them alive.
    let bytes: UnsafeRawBufferPointer
    let search: Search
    private var slots: [Int32]
    private let mask: UInt64

    init(_ bytes: UnsafeRawBufferPointer, _ search: Search) {
      self.bytes = bytes
      self.search = search
      var size = 64
      while size < bytes.count * 2 / search.stride { size *= 2 }
      mask = UInt64(size - 1)
      slots = Array(repeating: -1, count: size)
      guard bytes.count >= search.block else { return }
      for at in stride(from: 0, through: bytes.count - search.block, by: search.stride) {
        let slot = Int(TextDelta.key(bytes, at, search.block) >> 40 & mask)
        if slots[slot] < 0 { slots[slot] = Int32(at) }
      }
    }

    func position(of key: UInt64) -> Int? {
      let at = slots[Int(key >> 40 & mask)]
      return at < 0 ? nil : Int(at)
    }
  }

  /// A number of the block's ends.
  private static func key(_ bytes: UnsafeRawBufferPointer, _ at: Int, _ block: Int) -> UInt64 {
    let a = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    let b = bytes.loadUnaligned(fromByteOffset: at + block - 8, as: UInt64.self)
    return a &* 0x9E37_79B9_7F4A_7C15 ^ b &* 0xC2B2_AE3D_27D4_EB4F
  }

  private static func matches(
    _ base: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeRawBufferPointer, _ at: Int
  ) -> Int {
    let limit = min(base.count - from, target.count - at)
    var length = 0
    while length + 8 <= limit {
      let a = base.loadUnaligned(fromByteOffset: from + length, as: UInt64.self)
      let b = target.loadUnaligned(fromByteOffset: at + length, as: UInt64.self)
      if a != b { return length + (a.littleEndian ^ b.littleEndian).trailingZeroBitCount / 8 }
      length += 8
    }
    while length < limit, base[from + length] == target[at + length] { length += 1 }
    return length
  }

  /// Equal bytes in front of two positions.
  private static func matchesBefore(
    _ base: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeRawBufferPointer, _ at: Int, limit: Int
  ) -> Int {
    let limit = min(limit, from)
    var length = 0
    while length < limit, base[from - length - 1] == target[at - length - 1] { length += 1 }
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
    var rest = bytes
    while !rest.isEmpty {
      let piece = rest.prefix(127)
      delta.append(UInt8(piece.count))
      delta.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece))
      rest = rest.dropFirst(piece.count)
    }
  }

  private static func copy(from offset: Int, _ length: Int, into delta: inout [UInt8]) {
    var (offset, rest) = (offset, length)
    while rest > 0 {
      let length = min(rest, copyLimit)
      var command: UInt8 = 0x80
      let start = delta.count
      delta.append(0)
      for byte in 0..<4 where offset >> (8 * byte) & 0xFF != 0 {
        command |= 1 << UInt8(byte)
        delta.append(UInt8(offset >> (8 * byte) & 0xFF))
      }
      for byte in 0..<2 where length >> (8 * byte) & 0xFF != 0 {
        command |= 0x10 << UInt8(byte)
        delta.append(UInt8(length >> (8 * byte) & 0xFF))
      }
      delta[start] = command
      offset += length
      rest -= length
    }
  }
}
