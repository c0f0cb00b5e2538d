import Basics
import TestSupport

/// Lines whose true author stands at their end in white space, which attribution does not look at and git keeps.
struct FuzzText {
  /// White space at the end of an agent's lines. Those of people have none.
  static let marks = ["A": " ", "B": "\t", "C": " \t"]

  var generator: SeededGenerator
  private var counter = 0
  private let idioms = [
    "}", "    return nil", "else {", "  end", "return x", "// MARK: -", "    log(error)", "x = 0", "  })", "import os",
  ]

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  mutating func chance(_ percent: Int) -> Bool { random(1...100) <= percent }

  mutating func pick<T>(_ values: [T]) -> T? { values.isEmpty ? nil : values[random(0...(values.count - 1))] }

  mutating func line(by author: String?) -> String {
    counter += 1
    let text: String
    switch random(0...19) {
    case 0, 1, 2: text = pick(idioms) ?? ""
    case 3: return ""
    case 4: text = "v\(counter)"
    case 5: text = "  call\(counter)(now)"
    default: text = "  let value\(counter) = make(\"something\", \(counter * 7))"
    }
    return text + (author.flatMap { Self.marks[$0] } ?? "")
  }

  mutating func lines(_ count: Int, by author: String?) -> [String] { (0..<count).map { _ in line(by: author) } }

  static func author(of line: some StringProtocol) -> String? {
    let mark = String(line.reversed().prefix { $0 == " " || $0 == "\t" }.reversed())
    return marks.first { $0.value == mark }?.key
  }

  /// A line as it is whatever its indentation.
  static func bare(_ line: String) -> String { String(line.drop { $0 == " " || $0 == "\t" }) }

  static func split(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  static func join(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  /// Changes some runs of lines.
  mutating func change(_ lines: [String], by author: String?) -> [String] {
    var lines = lines
    for _ in 0..<random(1...2) {
      let at = random(0...lines.count)
      let end = min(lines.count, at + random(0...3))
      let count = random((end == at ? 1 : 0)...4)
      lines.replaceSubrange(at..<end, with: self.lines(count, by: author))
    }
    return lines
  }
}
