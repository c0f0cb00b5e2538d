import TestSupport
import Testing

@testable import Trails

@Suite struct LineHashTests {
  @Test func linesOfRangesAreHashedAsAllLinesAre() {
    var generator = SeededGenerator(seed: 31)
    for _ in 0..<200 {
      let count = Int.random(in: 0...30, using: &generator)
      let text = (0..<count).map { _ in
        ["a b\n", "\n", " \t\r\n", "é = 1;\n", "x"].randomElement(using: &generator) ?? ""
      }
      .joined()
      let bytes = Array(text.utf8)
      let whole = bytes.withUnsafeBytes { HashedLines($0) }
      var ranges: [Range<Int>] = []
      var at = 0
      while at < whole.count {
        let start = Int.random(in: at...whole.count, using: &generator)
        let end = Int.random(in: start...whole.count, using: &generator)
        ranges.append(start..<end)
        at = end + 1
      }
      let part = bytes.withUnsafeBytes { HashedLines($0, only: ranges) }
      #expect(part.count == whole.count)
      for line in 0..<whole.count {
        let isWanted = ranges.contains { $0.contains(line) }
        #expect(part.keys[line] == (isWanted ? whole.keys[line] : .blank))
        if isWanted { #expect(part.raw[line] == whole.raw[line]) }
      }
      let lines = bytes.withUnsafeBytes { text in
        let lines = TextLines(text)
        return (0..<whole.count).map { Array(lines[$0]) }
      }
      let joined = Array(lines.joined(separator: [0x0A]))
      #expect(joined == (bytes.last == 0x0A ? Array(bytes.dropLast()) : bytes))
    }
  }
}
