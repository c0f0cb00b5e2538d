internal import Basics

typealias Bytes = UnsafeBufferPointer<UInt8>

/// A set of bytes.
struct ByteSet: Sendable {
  private var low: (UInt64, UInt64) = (0, 0)
  /// Whether bytes of characters outside of ASCII belong to it.
  private var high = false

  init(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      if byte < 64 {
        low.0 |= 1 << UInt64(byte)
      } else if byte < 128 {
        low.1 |= 1 << UInt64(byte - 64)
      } else {
        high = true
      }
    }
  }

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return low.0 >> UInt64(byte) & 1 != 0 }
    if byte < 128 { return low.1 >> UInt64(byte & 63) & 1 != 0 }
    return high
  }

  private static func range(_ first: Character, _ last: Character) -> [UInt8] {
    Array((first.asciiValue ?? 0)...(last.asciiValue ?? 0))
  }

  private static let lower = range("a", "z")
  private static let upper = range("A", "Z")
  static let digits = ByteSet(range("0", "9"))
  static let alphanumerics = ByteSet(lower + upper + range("0", "9"))
  static let words = ByteSet(lower + upper + range("0", "9") + Array("_-".utf8))
  static let base64 = ByteSet(lower + upper + range("0", "9") + Array("+/".utf8))
  static let hex = ByteSet(range("0", "9") + range("a", "f") + range("A", "F"))

  /// The class of a letter in ``SecretRules``.
  static func named(_ name: Character) -> ByteSet? {
    switch name {
    case "A": alphanumerics
    case "W": words
    case "L": ByteSet(lower + upper)
    case "D": digits
    case "U": ByteSet(upper + range("0", "9"))
    case "a": ByteSet(lower + range("0", "9"))
    case "H": ByteSet(range("0", "9") + range("a", "f"))
    case "X": hex
    case "B": base64
    case "T": ByteSet(lower + upper + range("0", "9") + Array("_-.~".utf8))
    default: nil
    }
  }
}

/// One format of a key.
struct TokenPattern: Sendable {
  private enum Part: Sendable {
    case literal([UInt8])
    case run(ByteSet, ClosedRange<Int>)
    case mark
  }

  let name: String
  let severity: Severity
  private let parts: [Part]
  private let flags: Set<String>
  private let isOwn: Bool
  /// The bytes that every match begins with; empty when it begins with a run.
  let prefix: [UInt8]
  /// The length of the word that a match begins with, when it begins with a run.
  let firstWord: ClosedRange<Int>

  /// All formats of ``SecretRules``.
  static let all: [TokenPattern] = SecretRules.text.split(separator: "\n").compactMap { TokenPattern(rule: $0) }

  /// Bytes of a run without an upper bound.
  private static let most = 1 << 16
  /// The same of a pattern of the user's own, which nobody has tried.
  private static let ownMost = 1 << 30

  /// - Parameter isOwn: of the user: then what looks like a placeholder counts as well.
  init?(rule: Substring, isOwn: Bool = false) {
    self.isOwn = isOwn
    let fields = rule.split(separator: "|", omittingEmptySubsequences: false)
    guard fields.count == 5, let severity = Severity(rawValue: String(fields[1])) else { return nil }
    name = String(fields[0])
    self.severity = severity
    flags = Set(fields[2].split(separator: ",").map(String.init))
    var parts: [Part] = []
    var rest = fields[3]
    while let first = rest.first {
      if first == "<" || first == ">" {
        parts.append(.mark)
        rest = rest.dropFirst()
      } else if first == "{" {
        guard let end = rest.firstIndex(of: "}"), let letter = rest.dropFirst().first, let set = ByteSet.named(letter)
        else { return nil }
        let counts = rest[rest.index(rest.startIndex, offsetBy: 2)..<end].split(
          separator: ",", omittingEmptySubsequences: false)
        guard counts.count <= 2, let least = counts.first.flatMap({ Int($0) }),
          let most = counts.count == 1
            ? least : counts[1].isEmpty ? (isOwn ? Self.ownMost : Self.most) : Int(counts[1]),
          0 <= least, 0 < most,
          least <= most, least <= Self.most, counts.count > 1 && counts[1].isEmpty || most <= Self.most
        else { return nil }
        parts.append(.run(set, least...most))
        rest = rest[rest.index(after: end)...]
      } else {
        let literal = rest.prefix { !"<>{".contains($0) }
        parts.append(.literal(Array(literal.utf8)))
        rest = rest[literal.endIndex...]
      }
    }
    self.parts = parts
    if case .literal(let bytes)? = parts.first { prefix = bytes } else { prefix = [] }
    var word = 0...0
    for part in parts {
      if case .run(_, let count) = part {
        // What follows the first run and its literal is not of one word.
        if word != 0...0 { break }
        word = count
      } else if case .literal(let bytes) = part {
        let more = bytes.prefix { ByteSet.alphanumerics.contains($0) }.count
        word = (word.lowerBound + more)...(word.upperBound + more)
        if more < bytes.count { break }
      }
    }
    firstWord = word
  }

  /// Whether no run takes what the part behind it begins with: nothing goes back, and the whole would never be found.
  var isUnambiguous: Bool {
    zip(parts, parts.dropFirst()).allSatisfy { first, second in
      guard case .run(let set, let count) = first, count.lowerBound < count.upperBound else { return true }
      switch second {
      case .literal(let bytes): return bytes.first.map { !set.contains($0) } ?? true
      case .run(let next, _): return !(0...UInt8.max).contains { set.contains($0) && next.contains($0) }
      case .mark: return true
      }
    }
  }

  /// Whether it begins with something that tells it from other words, and does not run over the whole of a text.
  var isSpecific: Bool {
    prefix.count >= 3 && ByteSet.alphanumerics.contains(prefix[0])
      && parts.contains { if case .run = $0 { true } else { prefix.count >= 8 } }
  }

  /// A key of this format, for tests: characters of each run by what `pick` chooses.
  func sample(_ pick: (_ characters: [UInt8], _ count: ClosedRange<Int>) -> [UInt8]) -> [UInt8] {
    parts.flatMap { part -> [UInt8] in
      switch part {
      case .mark: []
      case .literal(let bytes): bytes
      case .run(let set, let count): pick((0x21...0x7E).filter { set.contains($0) }, count)
      }
    }
  }

  /// What a key of this format at a position takes out; nil when there is none. Cost: its length.
  func match(_ text: Bytes, at start: Int) -> Range<Int>? {
    var at = start
    var marks: [Int] = []
    var body = start..<start
    for part in parts {
      switch part {
      case .mark: marks.append(at)
      case .literal(let bytes):
        guard at + bytes.count <= text.count, bytes.indices.allSatisfy({ text[at + $0] == bytes[$0] }) else {
          return nil
        }
        at += bytes.count
      case .run(let set, let count):
        let from = at
        let limit = min(text.count, from + count.upperBound)
        while at < limit, set.contains(text[at]) { at += 1 }
        guard at - from >= count.lowerBound else { return nil }
        if at - from > body.count { body = from..<at }
      }
    }
    if at < text.count, ByteSet.alphanumerics.contains(text[at]) { return nil }
    guard isPlausible(Bytes(rebasing: text[body])) else { return nil }
    return marks.count == 2 ? marks[0]..<marks[1] : start..<at
  }

  private func isPlausible(_ body: Bytes) -> Bool {
    if isOwn { return true }
    if Placeholder.isOne(body) { return false }
    guard !flags.isEmpty else { return true }
    let kinds = ByteKinds(body)
    if flags.contains("digit") && kinds.digits == 0 { return false }
    if flags.contains("cased") && (kinds.upper == 0 || kinds.lower == 0) { return false }
    return !flags.contains("mixed") || (kinds.digits > 0 && kinds.upper > 0 && kinds.lower > 0)
  }
}

/// How many bytes of a text are of which kind.
struct ByteKinds {
  var digits = 0
  var upper = 0
  var lower = 0
  var other = 0

  init(_ text: some Sequence<UInt8>) {
    for byte in text {
      switch byte {
      case 0x30...0x39: digits += 1
      case 0x41...0x5A: upper += 1
      case 0x61...0x7A: lower += 1
      default: other += 1
      }
    }
  }

  /// Of digits, upper and lower case and others, how many occur.
  var count: Int { [digits, upper, lower, other].count { $0 > 0 } }
}

/// Shannon entropy of bytes.
enum Entropy {
  /// Bits per byte.
  static func bits(_ text: some Collection<UInt8>) -> Double {
    guard !text.isEmpty else { return 0 }
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { counts in
      counts.initialize(repeating: 0)
      for byte in text { counts[Int(byte)] += 1 }
      let total = Double(text.count)
      var bits = 0.0
      for count in counts where count > 0 {
        let share = Double(count) / total
        bits -= share * share.logarithm
      }
      return bits
    }
  }
}
