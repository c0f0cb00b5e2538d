import CGit2
import TestSupport
import Testing

@Suite struct InflateTests {
  private func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ot_deflate_bound(bytes.count))
    output.removeLast(output.count - ot_deflate(bytes, bytes.count, 6, &output, output.count))
    return output
  }

  private func inflated(_ stream: [UInt8], room: Int) -> (bytes: [UInt8], taken: Int)? {
    var output = [UInt8](repeating: 0, count: room)
    var (taken, made) = (0, 0)
    guard ot_inflate(stream, stream.count, &output, room, &taken, &made) == 1 else { return nil }
    return (Array(output[..<made]), taken)
  }

  @Test func aWholeStreamIsInflatedWhateverFollowsIt() {
    var generator = SeededGenerator(seed: 11)
    for size in [0, 1, 100, 5_000, 300_000] {
      let bytes = generator.bytes(size).map { $0 & 0x0F }
      let stream = deflated(bytes)
      for rest in [0, 1, 5_000] {
        let found = inflated(stream + generator.bytes(rest), room: size + 1)
        #expect(found?.bytes == bytes && found?.taken == stream.count)
      }
    }
  }

  @Test func whatIsCutShortDamagedOrTooLargeIsRefused() {
    var generator = SeededGenerator(seed: 12)
    let bytes = generator.bytes(4_000).map { $0 & 0x1F }
    let stream = deflated(bytes)
    #expect(inflated(stream, room: bytes.count - 1) == nil)
    for cut in stride(from: 0, to: stream.count, by: 13) {
      #expect(inflated(Array(stream[..<cut]), room: bytes.count + 1) == nil)
      var damaged = stream
      damaged[cut] ^= 0x40
      let found = inflated(damaged, room: bytes.count + 1)
      #expect(found == nil || found?.bytes == bytes)
    }
  }
}
