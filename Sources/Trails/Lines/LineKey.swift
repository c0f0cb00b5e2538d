internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// What identifies a line when white space does not count.
struct LineKey: Hashable, Sendable {
  /// FNV-1a (64 bits) of the bytes that are not white space; 0 for a blank line.
  let hash: UInt64
  /// Characters (Unicode scalars) that are not white space.
  let length: Int

  var isBlank: Bool { length == 0 }

  static let blank = LineKey(hash: 0, length: 0)

  init(hash: UInt64, length: Int) {
    self.hash = hash
    self.length = length
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    var hash = LineHash.basis
    var length = 0
    for byte in bytes where !LineHash.isSpace(byte) {
      hash = LineHash.step(hash, byte)
      if byte & 0xC0 != 0x80 { length &+= 1 }
    }
    self.init(hash: length == 0 ? 0 : hash, length: length)
  }
}

extension LineKey {
  init(_ line: String) {
    var line = line
    self = line.withUTF8 { LineKey($0) }
  }
}

/// FNV-1a with 64 bits: stable over releases, because ledgers store it.
enum LineHash {
  static let basis: UInt64 = 0xcbf2_9ce4_8422_2325

  @inline(__always)
  static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

  @inline(__always)
  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// The hash of a line as it is, without a final carriage return.
  static func raw(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash = basis
    var pendingReturn = false
    for byte in bytes {
      if pendingReturn { hash = step(hash, 0x0D) }
      pendingReturn = byte == 0x0D
      if !pendingReturn { hash = step(hash, byte) }
    }
    return hash
  }
}

/// The lines of one text, hashed.
struct HashedLines: Sendable {
  var keys: [LineKey] = []
  /// Hashes of the lines as they are.
  var raw: [UInt64] = []

  static let empty = HashedLines()

  private init() {}

  /// Cost: one pass over the bytes.
  init(_ text: UnsafeRawBufferPointer) {
    keys.reserveCapacity(text.count / 24)
    raw.reserveCapacity(text.count / 24)
    Self.forEachLine(text) { append($0) }
  }

  /// The lines of some ranges; the others count as blank. Cost: finding the line feeds, and one pass over the ranges.
  ///
  /// - Parameter ranges: ascending, of lines from 0.
  init(_ text: UnsafeRawBufferPointer, only ranges: some Sequence<Range<Int>>) {
    keys.reserveCapacity(text.count / 24)
    raw.reserveCapacity(text.count / 24)
    var ranges = ranges.makeIterator()
    var wanted = ranges.next()
    Self.forEachLine(text) { line in
      while let range = wanted, range.upperBound <= keys.count { wanted = ranges.next() }
      if wanted?.contains(keys.count) == true {
        append(line)
      } else {
        keys.append(.blank)
        raw.append(LineHash.basis)
      }
    }
  }

  private static func forEachLine(_ text: UnsafeRawBufferPointer, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var at = 0
    while at < text.count {
      let rest = text.count - at
      let end = memchr(base + at, 0x0A, rest).map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? text.count
      body(UnsafeBufferPointer(start: base + at, count: end - at))
      at = end + 1
    }
  }

  private mutating func append(_ line: UnsafeBufferPointer<UInt8>) {
    let end = line.last == 0x0D ? line.count - 1 : line.count
    var bare = LineHash.basis
    var whole = LineHash.basis
    var characters = 0
    for at in 0..<end {
      let byte = line[at]
      whole = LineHash.step(whole, byte)
      if LineHash.isSpace(byte) { continue }
      bare = LineHash.step(bare, byte)
      if byte & 0xC0 != 0x80 { characters &+= 1 }
    }
    keys.append(LineKey(hash: characters == 0 ? 0 : bare, length: characters))
    raw.append(whole)
  }

  init(_ lines: [String]) {
    keys.reserveCapacity(lines.count)
    raw.reserveCapacity(lines.count)
    for var line in lines {
      line.withUTF8 { append($0) }
    }
  }

  var count: Int { keys.count }

  /// Those of the wanted hashes that a line has. Cost: lines.
  func present(among wanted: Set<UInt64>) -> Set<UInt64> {
    Set(keys.lazy.map(\.hash).filter { wanted.contains($0) })
  }

  /// Hashes of the nearest lines above and below that are not blank; ``LineNeighbours/edge`` at the ends.
  func neighbours(of line: Int) -> LineNeighbours {
    var above = line - 1
    while above >= 0, keys[above].isBlank { above -= 1 }
    var below = line + 1
    while below < keys.count, keys[below].isBlank { below += 1 }
    return LineNeighbours(
      above: above >= 0 ? keys[above].hash : LineNeighbours.edge,
      below: below < keys.count ? keys[below].hash : LineNeighbours.edge)
  }
}

/// What stands around a line.
struct LineNeighbours: Hashable, Sendable {
  /// The start or the end of the file.
  static let edge: UInt64 = 1
  /// Not known: fits nothing.
  static let unknown: UInt64 = 2

  let above: UInt64
  let below: UInt64

  var isUnknown: Bool { above == Self.unknown && below == Self.unknown }

  /// How many of the two agree: 0 to 2.
  func agreement(with other: LineNeighbours) -> Int {
    (above == other.above && above != Self.unknown ? 1 : 0)
      + (below == other.below && below != Self.unknown ? 1 : 0)
  }
}
