internal import Basics

/// The tool `regex`: formats of keys, keys in blocks, passwords in URLs, headers and assignments, and what identifies people.
///
/// One pass over the bytes looks for the places where something can begin; what is there decides without going back.
/// Cost: linear in the text.
struct PatternDetector: Sendable {
  /// Formats by the first byte of their prefix.
  private let byFirst: [[TokenPattern]]
  /// Formats that begin with a run of a fixed length.
  private let headless: [TokenPattern]
  /// What may begin at a byte.
  private let triggers: [Trigger]

  private struct Trigger: OptionSet, Sendable {
    let rawValue: UInt8
    static let word = Trigger(rawValue: 1)
    static let separator = Trigger(rawValue: 2)
    static let at = Trigger(rawValue: 4)
    static let dash = Trigger(rawValue: 8)
    static let phone = Trigger(rawValue: 16)
    static let escape = Trigger(rawValue: 32)
    static let percent = Trigger(rawValue: 64)
    static let control = Trigger(rawValue: 128)
  }

  static let shared = PatternDetector()

  /// Patterns in text, in order and without overlaps.
  static func spans(_ text: Bytes) -> [TextSpan] { shared.find(text, depth: 0) }

  private init() {
    var byFirst = [[TokenPattern]](repeating: [], count: 256)
    var headless: [TokenPattern] = []
    for pattern in TokenPattern.all {
      if let first = pattern.prefix.first { byFirst[Int(first)].append(pattern) } else { headless.append(pattern) }
    }
    self.byFirst = byFirst
    self.headless = headless
    triggers = (0..<256).map { byte -> Trigger in
      switch UInt8(byte) {
      case let byte where ByteSet.alphanumerics.contains(byte): .word
      case UInt8(ascii: ":"), UInt8(ascii: "="): .separator
      case UInt8(ascii: "@"): .at
      case UInt8(ascii: "-"): .dash
      case UInt8(ascii: "("), UInt8(ascii: "+"): .phone
      case UInt8(ascii: "\\"): .escape
      case UInt8(ascii: "%"): .percent
      case 0x1B: .control
      default: []
      }
    }
  }

  /// Texts inside of texts that are looked into.
  private static let depthLimit = 3

  private func find(_ text: Bytes, depth: Int) -> [TextSpan] {
    var found = SpanCollector()
    var at = 0
    while at < text.count {
      switch triggers[Int(text[at])] {
      case .word:
        let end = wordEnd(text, at)
        if let next = token(text, at, end, depth, &found) {
          at = next
          continue
        }
        at = end
        continue
      case .separator:
        if let next = Assignment.look(text, at, &found) {
          at = next
          continue
        }
      case .at: PersonalData.email(text, at, &found)
      case .dash:
        if let end = PrivateKeyBlock.look(text, at, &found) {
          at = end
          continue
        }
        Assignment.option(text, at, &found)
      case .phone: PersonalData.phone(text, at, &found)
      case .escape:
        // What is behind it belongs to no word: `\nghp_…` in JSON inside of JSON, `\u0026`, `\x1b`.
        if at + 1 < text.count, "nrtbf".utf8.contains(text[at + 1]) {
          at += 1
        } else {
          let length = hexLength(text, at + 1, UInt8(ascii: "u"), 4) + hexLength(text, at + 1, UInt8(ascii: "x"), 2)
          at += length > 0 ? length + colour(text, at + length + 1) : 0
        }
      case .percent: at += hexLength(text, at, UInt8(ascii: "%"), 2)
      case .control: at += colour(text, at + 1)
      default: break
      }
      at += 1
    }
    return found.sorted()
  }

  /// Bytes of `[1;31m`, which sets a colour behind an escape character.
  private func colour(_ text: Bytes, _ start: Int) -> Int {
    guard start < text.count, text[start] == UInt8(ascii: "[") else { return 0 }
    var at = start + 1
    while at < text.count, at - start < 16, ByteSet.digits.contains(text[at]) || text[at] == UInt8(ascii: ";") {
      at += 1
    }
    return at < text.count && ByteSet.alphanumerics.contains(text[at]) ? at - start + 1 : at - start
  }

  /// Bytes of an escape that begins with a letter and goes on with hexadecimal digits; 0 when there is none.
  private func hexLength(_ text: Bytes, _ at: Int, _ letter: UInt8, _ digits: Int) -> Int {
    guard at + digits < text.count, text[at] == letter else { return 0 }
    for offset in 1...digits where !ByteSet.hex.contains(text[at + offset]) { return 0 }
    return letter == UInt8(ascii: "%") ? digits : digits + 1
  }

  private func wordEnd(_ text: Bytes, _ start: Int) -> Int {
    var end = start + 1
    while end < text.count, triggers[Int(text[end])] == .word { end += 1 }
    return end
  }

  /// What begins at a word. Returns where to go on when something was found.
  private func token(_ text: Bytes, _ start: Int, _ end: Int, _ depth: Int, _ found: inout SpanCollector) -> Int? {
    let first = text[start]
    for pattern in byFirst[Int(first)] {
      guard start + pattern.prefix.count <= text.count,
        end - start == text.count - start || mayBegin(pattern, text, start)
      else { continue }
      if let range = pattern.match(text, at: start) {
        found.add(range, pattern.name, pattern.severity)
        return max(range.upperBound, end)
      }
    }
    let length = end - start
    if end < text.count {
      for pattern in headless where pattern.firstWord.contains(length) {
        if let range = pattern.match(text, at: start) {
          found.add(range, pattern.name, pattern.severity)
          return max(range.upperBound, end)
        }
      }
    }
    if (0x30...0x39).contains(first), let next = PersonalData.number(text, start, &found) { return max(next, end) }
    if let next = PersonalData.ipv6(text, start, &found) { return max(next, end) }
    switch Placeholder.lowered(first) {
    case UInt8(ascii: "b"):
      if let next = AuthorizationHeader.look(text, start, end, &found) { return next }
    case UInt8(ascii: "p"): Assignment.netrc(text, start, end, &found)
    default: break
    }
    if depth < Self.depthLimit, let run = Base64Text.run(text, start, end) {
      if let inner = Base64Text.decoded(Bytes(rebasing: text[run])) {
        let spans = inner.withUnsafeBufferPointer { find($0, depth: depth + 1) }
        if let worst = spans.max(by: { $0.severity < $1.severity }), worst.severity >= .high {
          found.add(run, worst.pattern, worst.severity)
          return run.upperBound
        }
      }
    }
    return nil
  }

  @inline(__always)
  private func mayBegin(_ pattern: TokenPattern, _ text: Bytes, _ start: Int) -> Bool {
    pattern.prefix.count < 2 || text[start + 1] == pattern.prefix[1]
  }
}

/// Spans as they are found.
struct SpanCollector {
  private var spans: [TextSpan] = []

  mutating func add(_ range: Range<Int>, _ pattern: String, _ severity: Severity) {
    guard !range.isEmpty else { return }
    spans.append(TextSpan(range, pattern, severity))
  }

  /// In order; of those that overlap the worst, then the longest, then the first.
  func sorted() -> [TextSpan] {
    guard spans.count > 1 else { return spans }
    let order = spans.enumerated().sorted { a, b in
      (a.element.range.lowerBound, a.offset) < (b.element.range.lowerBound, b.offset)
    }.map(\.element)
    var kept: [TextSpan] = []
    for span in order {
      guard let last = kept.last, last.range.overlaps(span.range) else {
        kept.append(span)
        continue
      }
      let isBetter = (span.severity, span.range.count) > (last.severity, last.range.count)
      let union = min(last.range.lowerBound, span.range.lowerBound)..<max(last.range.upperBound, span.range.upperBound)
      let name = isBetter ? span : last
      kept[kept.count - 1] = TextSpan(union, name.pattern, name.severity)
    }
    return kept
  }
}

/// Base64 of a text.
enum Base64Text {
  private static let least = 24
  /// Nothing longer is looked into.
  private static let most = 1 << 20

  /// The run of base64 that begins at a word, when it is long enough for something to hide in it.
  static func run(_ text: Bytes, _ start: Int, _ wordEnd: Int) -> Range<Int>? {
    // A run is looked at from its begin, once.
    if start > 0, ByteSet.base64.contains(text[start - 1]) || isInner(text[start - 1]) { return nil }
    // Most words are short and end in something else.
    if wordEnd - start < least, wordEnd == text.count || !isInner(text[wordEnd]) { return nil }
    var end = wordEnd
    while end < text.count, ByteSet.base64.contains(text[end]) || isInner(text[end]) { end += 1 }
    guard end - start >= least, end - start <= most else { return nil }
    while end < text.count, text[end] == UInt8(ascii: "=") { end += 1 }
    return start..<end
  }

  private static func isInner(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
      values[Int(byte)] = UInt8(value)
    }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    return values
  }()

  /// The text that a run stands for; nil when that is no text.
  static func decoded(_ run: Bytes) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in run {
      let value = values[Int(byte)]
      if value == 255 { break }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        let out = UInt8(truncatingIfNeeded: bits >> UInt32(count))
        // A text in ASCII: random bytes end here at once.
        guard (0x20...0x7E).contains(out) || out == 0x0A || out == 0x0D || out == 0x09 else { return nil }
        bytes.append(out)
      }
    }
    return bytes.count >= 12 ? bytes : nil
  }
}
