import TestSupport
import Testing

@testable import GitKit

@Suite struct TextDeltaTests {
  /// Applies a delta as gitformat-pack(5) describes it; nil when it is damaged.
  private func apply(_ delta: [UInt8], to base: [UInt8]) -> [UInt8]? {
    var rest = delta[...]
    func size() -> Int {
      var value = 0
      var shift = 0
      while let byte = rest.popFirst() {
        value |= Int(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { break }
      }
      return value
    }
    let (baseSize, targetSize) = (size(), size())
    guard baseSize == base.count else { return nil }
    var target: [UInt8] = []
    while let command = rest.popFirst() {
      guard command & 0x80 != 0 else {
        guard command > 0, rest.count >= Int(command) else { return nil }
        target += rest.prefix(Int(command))
        rest = rest.dropFirst(Int(command))
        continue
      }
      var (offset, length) = (0, 0)
      for bit in 0..<4 where command & 1 << bit != 0 { offset |= Int(rest.popFirst() ?? 0) << (8 * bit) }
      for bit in 0..<3 where command & 0x10 << bit != 0 { length |= Int(rest.popFirst() ?? 0) << (8 * bit) }
      if length == 0 { length = 0x10000 }
      guard offset + length <= base.count else { return nil }
      target += base[offset..<(offset + length)]
    }
    return target.count == targetSize ? target : nil
  }

  private func edited(_ base: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var text = base
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let at = Int.random(in: 0...text.count, using: &generator)
      let end = min(text.count, at + Int.random(in: 0...200, using: &generator))
      let piece: [UInt8]
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: piece = generator.bytes(Int.random(in: 0...300, using: &generator))
      case 1: piece = Array(base[..<min(base.count, Int.random(in: 0...70_000, using: &generator))])
      default: piece = []
      }
      text.replaceSubrange(at..<end, with: piece)
    }
    return text
  }

  private func delta(_ base: [UInt8], _ target: [UInt8], _ search: TextDelta.Search = .layout) -> [UInt8]? {
    base.withUnsafeBytes { base in target.withUnsafeBytes { TextDelta.make(from: base, to: $0, search) } }
  }

  @Test(arguments: [false, true])
  func deltaMakesTheTargetFromTheBase(ofPassages: Bool) throws {
    let search: TextDelta.Search = ofPassages ? .passages : .layout
    var generator = SeededGenerator(seed: 21)
    var made = 0
    for number in 0..<300 {
      let size = [0, 15, 16, 17, 31, 33, 200, 5_000, 140_000][number % 9]
      let base =
        number % 2 == 0 ? generator.bytes(size) : (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7 % 23 + 97) }
      let target = edited(base, &generator)
      guard let delta = self.delta(base, target, search) else { continue }
      made += 1
      #expect(Double(delta.count) <= Double(target.count) * search.longest)
      #expect(apply(delta, to: base) == target, "pair \(number)")
    }
    #expect(made > 90)
  }

  @Test func repeatedPassageIsCopiedWhole() throws {
    var generator = SeededGenerator(seed: 23)
    let passage = generator.bytes(100_003)
    let base = generator.bytes(777) + passage + generator.bytes(5_000)
    let target = generator.bytes(30_001) + passage + generator.bytes(11)
    let made = try #require(self.delta(base, target, .passages))
    #expect(apply(made, to: base) == target)
    // Everything else is inserted with one byte in front of each 127.
    #expect(made.count < 30_012 + 30_012 / 127 + 40)
  }

  @Test func unlikeTextsHaveNoDelta() {
    var generator = SeededGenerator(seed: 22)
    let (a, b) = (generator.bytes(1_000), generator.bytes(1_000))
    for search in [TextDelta.Search.layout, .passages] {
      #expect(delta(a, b, search) == nil)
      #expect(delta(a, [], search) == nil)
      #expect(delta([], a, search) == nil)
    }
  }
}
