import Basics
import TestSupport

/// Random JSON values with everything that is awkward to write or to read.
struct JSONSamples {
  var generator: SeededGenerator

  private static let scalars: [Unicode.Scalar] =
    ["a", "z", "\"", "\\", "/", " ", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}"]
    + ["é", "\u{301}", "\u{2028}", "\u{FFFD}", "\u{FFFF}", "😀", "\u{10FFFF}", "\u{E000}", "{", "]", ",", ":"]

  private static let integers = [
    "0", "-0", "7", "-1", "9007199254740993", "12345678901234567890", "-98765432109876543210987654321",
  ]

  mutating func pick<T>(_ from: [T]) -> T { from[Int.random(in: 0..<from.count, using: &generator)] }

  mutating func text() -> String {
    var view = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...9, using: &generator) { view.append(pick(Self.scalars)) }
    return String(view)
  }

  /// A finite double from all over the range.
  mutating func double() -> Double {
    if Bool.random(using: &generator) {
      let digits = Double(Int.random(in: -99_999...99_999, using: &generator))
      return digits / pick([1, 10, 1000, 1e7, 1e-11, 1e-18])
    }
    let value = Double(bitPattern: generator.next())
    return value.isFinite ? value : 0.1
  }

  private mutating func number() -> String {
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return pick(Self.integers)
    case 1: return String(Int(truncatingIfNeeded: generator.next()))
    case 2: return pick(["1.0", "1e5", "1E+5", "-0.0", "0.10", "1e-7", "1e16", "123456789012345678.0", "5e-324"])
    default: return FloatText.python(double())
    }
  }

  mutating func value(depth: Int = 4) -> JSONValue {
    let kinds = depth > 0 ? 7 : 5
    switch Int.random(in: 0..<kinds, using: &generator) {
    case 0: return pick([.null, .bool(true), .bool(false)])
    case 1, 2: return .number(JSONNumber(lexeme: number()))
    case 3, 4: return .string(text())
    case 5: return .array((0..<Int.random(in: 0...5, using: &generator)).map { _ in value(depth: depth - 1) })
    default:
      let members = (0..<Int.random(in: 0...5, using: &generator)).map { _ in (text(), value(depth: depth - 1)) }
      return .object(JSONObject(members))
    }
  }

  /// The bytes with a few random changes.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let interesting =
      Array("\"\\{}[],:0123456789.eE+-tfnu \n\t\r/".utf8)
      + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xE2, 0xED, 0xFF]
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let at = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.insert(pick(interesting), at: at)
      case 1 where !bytes.isEmpty: bytes.remove(at: at)
      case 2 where !bytes.isEmpty: bytes[at] = pick(interesting)
      case 3 where !bytes.isEmpty: bytes = Array(bytes[..<at])
      default: bytes.append(pick(interesting))
      }
    }
    return bytes
  }
}
