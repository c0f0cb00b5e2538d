/// Tells whether a line of a language names a definition.
struct DefinitionSyntax {
  private let language: SourceLanguage
  private let keywords: [String: Definition.Kind]
  private let modifiers: Set<String>

  init(_ language: SourceLanguage) {
    self.language = language
    keywords = language.keywords
    modifiers = language.modifiers
  }

  /// - Parameter next: the next line that is not blank.
  func definition(in line: SourceLine, next: SourceLine?) -> (name: String, kind: Definition.Kind)? {
    guard let first = line.text.utf8.first, Self.startsWord(first) || first == 0x40 || first == 0x23 else { return nil }
    var words = WordScanner(line.text)
    var skipped = 0
    while let word = words.next() {
      if let kind = keywords[word] {
        var rest = words
        // `class func` is no class.
        if let name = name(after: &rest, kind), language != .swift || !Self.isSwiftMember(name) { return (name, kind) }
      }
      if language == .swift, word == "init" || word == "subscript" || word == "deinit" {
        return words.opensList || word == "deinit" ? (word, .function) : nil
      }
      guard modifiers.contains(word) || word.utf8.first == 0x40 else { break }
      words.skipArguments()
      skipped += 1
    }
    if language == .script, let name = assigned(line.text) { return (name, .function) }
    return language.hasBareFunctions ? bareFunction(line, next).map { ($0, .function) } : nil
  }

  private func name(after words: inout WordScanner, _ kind: Definition.Kind) -> String? {
    switch language {
    case .go:
      // The receiver of a method is part of what it is called.
      let receiver = kind == .function ? words.parenthesized() : nil
      guard let name = words.next(), Self.isName(name) else { return nil }
      let type = receiver?.split { !Self.isNameCharacter($0) }.map(String.init).dropFirst().first
      return type.map { "\($0).\(name)" } ?? name
    case .rust:
      words.skipAngles()
      guard let name = words.next(), Self.isName(name) else { return nil }
      return words.rest.hasPrefix(" for ") ? (Self.firstName(words.rest.dropFirst(5)) ?? name) : name
    case .script:
      if words.rest.hasPrefix("*") || words.rest.hasPrefix(" *") { words.skipSign() }
      guard let name = words.next(), Self.isName(name) else { return nil }
      // `type` and the like are names as well.
      if kind == .type || kind == .module, let sign = words.rest.first(where: { $0 != " " }) {
        return sign == ":" || sign == "(" || sign == "," || sign == ";" ? nil : name
      }
      return name
    case .ruby:
      guard let name = words.next() else { return nil }
      return name.hasPrefix("self.") ? String(name.dropFirst(5)) : name
    case .cLike where kind == .type:
      // `struct x y;` and `struct x *f()` only use the type.
      guard let name = words.next(), Self.isName(name) else { return nil }
      let rest = words.rest.drop { $0 == " " }
      return rest.isEmpty || rest.hasPrefix("{") || rest.hasPrefix(":") || rest.hasPrefix("final") ? name : nil
    case .swift where kind == .function:
      return words.next()
    default:
      guard let name = words.next(), Self.isName(name) else { return nil }
      return name
    }
  }

  /// `const name = (a) => …`, `name = function …`
  private func assigned(_ text: Substring) -> String? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let right = text[text.index(after: equals)...].drop { $0 == " " }
    let isFunction =
      right.hasPrefix("function") || right.hasPrefix("async ")
      || (right.contains("=>") && (right.hasPrefix("(") || right.hasPrefix("<") || Self.isArrow(right)))
    guard isFunction else { return nil }
    var words = WordScanner(text[..<equals])
    var last: String?
    while let word = words.next() {
      if last != nil, !modifiers.contains(last ?? ""), last != "let", last != "var" { break }
      last = word
    }
    return last.flatMap { Self.isName($0) ? $0 : nil }
  }

  private static func isSwiftMember(_ word: String) -> Bool { ["func", "var", "let", "subscript"].contains(word) }

  private static func isArrow(_ text: Substring) -> Bool {
    text.drop { isNameCharacter($0) }.drop { $0 == " " }.hasPrefix("=>")
  }

  /// A name directly before the first parenthesis of a line behind which a block begins.
  private func bareFunction(_ line: SourceLine, _ next: SourceLine?) -> String? {
    let text = line.text
    guard let open = text.firstIndex(of: "("), open > text.startIndex else { return nil }
    let left = text[..<open]
    guard !left.contains(where: { "=.\"'`!+-/%;{}?|".contains($0) }) || (language == .cLike && left.contains("::"))
    else { return nil }
    let name = String(left.reversed().prefix { Self.isNameCharacter($0) || $0 == "~" || $0 == ":" }.reversed())
    guard !name.isEmpty, !SourceLanguage.statements.contains(name) else { return nil }
    let before = left.dropLast(name.count)
    let words = before.split(separator: " ")
    if words.contains(where: { SourceLanguage.statements.contains(String($0)) }) { return nil }
    switch language {
    case .shell: return before.isEmpty && text[open...].hasPrefix("()") ? name : nil
    case .script: guard before.allSatisfy({ Self.isNameCharacter($0) || $0 == " " || $0 == "*" }) else { return nil }
    // A function has a type before its name; at the start of a line in C, for what stands inside is a call.
    case .cLike: guard !words.isEmpty && line.indentation == 0 || left.contains("::") else { return nil }
    default: guard !words.isEmpty || name.first?.isUppercase == true else { return nil }
    }
    let opens = line.opensBlock && text.utf8.last == 0x7B
    let opensBelow = !text.hasSuffix(";") && !text.hasSuffix(",") && next?.text.utf8.first == 0x7B
    let goesOn = language != .script && (text.hasSuffix(",") || text.hasSuffix("("))
    return opens || opensBelow || goesOn || text.hasSuffix("}") ? name : nil
  }

  private static func startsWord(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || byte == 0x5F || byte == 0x24 || byte >= 0x80
      || byte == 0x7E || byte == 0x2A
  }

  static func isNameCharacter(_ character: Character) -> Bool {
    character == "_" || character == "$" || character.isLetter || character.isNumber
  }

  private static func isName(_ word: String) -> Bool {
    guard let first = word.first else { return false }
    return (first == "_" || first == "$" || first.isLetter) && word.allSatisfy { isNameCharacter($0) }
  }

  private static func firstName(_ text: Substring) -> String? {
    let name = text.prefix { isNameCharacter($0) }
    return name.isEmpty ? nil : String(name)
  }
}

/// The words at the start of a line, one after the other.
struct WordScanner {
  private(set) var rest: Substring

  init(_ text: Substring) { rest = text }

  /// Names with what may be part of them (`@` before, `!` after; dots and signs in Ruby's and Swift's names).
  mutating func next() -> String? {
    rest = rest.drop { $0 == " " }
    var end = rest.startIndex
    while end < rest.endIndex {
      let character = rest[end]
      guard DefinitionSyntax.isNameCharacter(character) || "@!?.".contains(character) else { break }
      end = rest.index(after: end)
    }
    if end == rest.startIndex {
      end = rest.firstIndex { !"+-*/%<>=&|^~".contains($0) } ?? rest.endIndex
    }
    guard end > rest.startIndex else { return nil }
    defer { rest = rest[end...] }
    return String(rest[..<end])
  }

  var opensList: Bool { rest.first == "(" || rest.first == "?" || rest.first == "<" }

  mutating func skipSign() { rest = rest.drop { $0 == " " }.dropFirst() }

  /// Skips `(…)` directly behind a word, as in `pub(crate)` and `@available(…)`, and a string as in `extern "C"`.
  mutating func skipArguments() {
    if rest.hasPrefix("("), let end = rest.firstIndex(of: ")") { rest = rest[rest.index(after: end)...] }
    let text = rest.drop { $0 == " " }
    if text.hasPrefix("\""), let end = text.dropFirst().firstIndex(of: "\"") { rest = text[text.index(after: end)...] }
  }

  /// Skips `<…>`.
  mutating func skipAngles() {
    let text = rest.drop { $0 == " " }
    guard text.hasPrefix("<") else { return }
    var depth = 0
    for at in text.indices {
      if text[at] == "<" { depth += 1 }
      if text[at] == ">" {
        depth -= 1
        if depth == 0 {
          rest = text[text.index(after: at)...]
          return
        }
      }
    }
  }

  /// What stands in the parentheses that come next; nil when none do.
  mutating func parenthesized() -> Substring? {
    let text = rest.drop { $0 == " " }
    guard text.hasPrefix("("), let end = text.firstIndex(of: ")") else { return nil }
    rest = text[text.index(after: end)...]
    return text[text.index(after: text.startIndex)..<end]
  }
}
