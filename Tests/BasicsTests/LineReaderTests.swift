import Basics
import TestSupport
import Testing

@Suite struct LineReaderTests {
  private struct Line: Equatable {
    let number: Int
    let offset: Int
    let text: String
    let isTerminated: Bool

    init(_ number: Int, _ offset: Int, _ text: String, _ isTerminated: Bool = true) {
      (self.number, self.offset, self.text, self.isTerminated) = (number, offset, text, isTerminated)
    }
  }

  private func lines(_ text: String) -> [Line] {
    var lines: [Line] = []
    PaddedBuffer(copying: Array(text.utf8)).forEachLine {
      lines.append(Line($0.number, $0.offset, String(decoding: $0.bytes, as: UTF8.self), $0.isTerminated))
    }
    return lines
  }

  @Test func emptyTextHasNoLines() { #expect(lines("").isEmpty) }

  @Test func emptyLinesAreLines() {
    #expect(lines("\n\na\n") == [Line(1, 0, ""), Line(2, 1, ""), Line(3, 2, "a")])
  }

  @Test func lastLineMayLackItsLineFeed() {
    #expect(lines("a\nb") == [Line(1, 0, "a"), Line(2, 2, "b", false)])
  }

  @Test func carriageReturnBelongsToTheLine() {
    #expect(lines("a\r\nb\rc\r\n") == [Line(1, 0, "a\r"), Line(2, 3, "b\rc\r")])
  }

  @Test func hugeLineIsOneLine() {
    let huge = String(repeating: "x", count: 9 << 20)
    let found = lines("a\n" + huge + "\nb")
    #expect(found.map(\.text.utf8.count) == [1, 9 << 20, 1])
    #expect(found.map(\.offset) == [0, 2, (9 << 20) + 3])
  }

  @Test func linesCanBeParsedWhereTheyStand() throws {
    let parser = JSONParser()
    var values: [Int?] = []
    try PaddedBuffer(copying: Array("{\"a\":1}\r\n{\"a\":2} \n{\"a\":3}".utf8)).forEachLine { line in
      values.append(try parser.parse(padded: line.bytes) { $0["a"]?.int })
    }
    #expect(values == [1, 2, 3])
  }

  @Test func fileCanBeReadFromAnOffset() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "one\ntwo\n")
    let rest = try PaddedBuffer(readingFile: path, from: 4)
    #expect(String(decoding: rest.bytes, as: UTF8.self) == "two\n")
    #expect(try PaddedBuffer(readingFile: path, from: 99).count == 0)
    #expect { try PaddedBuffer(readingFile: path + "x") } throws: { ($0 as? SystemError)?.isNotFound == true }
  }
}
