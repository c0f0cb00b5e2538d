/// A piece of a shell command.
enum ShellToken: Equatable {
  case word(ShellWord)
  /// `&&`, `||`, `;`, `|`, `&`, a line feed, or a parenthesis.
  case control(String)
  /// A redirection operator and the file descriptor in front of it.
  case redirect(String, descriptor: Int?)
  /// The body of a here-document that belongs to the command before it.
  case hereDocument(ShellWord)
}

/// A word after quote removal.
struct ShellWord: Equatable {
  var text: String
  /// False when the shell would expand something in it.
  var isCertain: Bool
  var isQuoted = false
}

/// Splits a POSIX shell command into tokens. Nothing is expanded.
struct ShellLexer {
  private let bytes: [UInt8]
  private var at = 0
  private var tokens: [ShellToken] = []
  private var pending: [(delimiter: ShellWord, stripsTabs: Bool)] = []

  private init(_ command: String) { bytes = Array(command.utf8) }

  /// The tokens, or nil when a quote or here-document is not closed.
  static func tokens(of command: String) -> [ShellToken]? {
    var lexer = ShellLexer(command)
    return lexer.run() ? lexer.tokens : nil
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    at + ahead < bytes.count ? bytes[at + ahead] : nil
  }

  private mutating func run() -> Bool {
    while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0D: at += 1
      case 0x5C where peek(1) == 0x0A: at += 2
      case 0x0A:
        at += 1
        tokens.append(.control("\n"))
        guard readHereDocuments() else { return false }
      case 0x23: while let next = peek(), next != 0x0A { at += 1 }
      case UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"), 0x28, 0x29: readControl(byte)
      case UInt8(ascii: "<"), UInt8(ascii: ">"): guard readRedirect(nil) else { return false }
      default: guard readWordOrDescriptor() else { return false }
      }
    }
    return pending.isEmpty
  }

  private mutating func readControl(_ byte: UInt8) {
    if byte == UInt8(ascii: "&"), peek(1) == UInt8(ascii: ">") {
      at += 2
      return tokens.append(.redirect("&>", descriptor: nil))
    }
    let isDouble = peek(1) == byte && byte != 0x28 && byte != 0x29
    at += isDouble ? 2 : 1
    let text = String(decoding: [byte], as: UTF8.self)
    tokens.append(.control(isDouble ? text + text : text))
  }

  private mutating func readRedirect(_ descriptor: Int?) -> Bool {
    let operators = ["<<<", "<<-", "<<", "<&", "<(", "<", ">>", ">|", ">&", ">(", ">"]
    guard let found = operators.first(where: { bytes[at...].starts(with: $0.utf8) }) else {
      return false
    }
    at += found.utf8.count
    guard found == "<<" || found == "<<-" else {
      tokens.append(.redirect(found, descriptor: descriptor))
      return true
    }
    while peek() == 0x20 || peek() == 0x09 { at += 1 }
    guard let delimiter = readWord() else { return false }
    pending.append((delimiter, found == "<<-"))
    return true
  }

  private mutating func readWordOrDescriptor() -> Bool {
    let digits = bytes[at...].prefix { (0x30...0x39).contains($0) }
    if !digits.isEmpty, let next = peek(digits.count), next == 0x3C || next == 0x3E {
      at += digits.count
      return readRedirect(Int(String(decoding: digits, as: UTF8.self)))
    }
    guard let word = readWord() else { return false }
    tokens.append(.word(word))
    return true
  }

  private mutating func readHereDocuments() -> Bool {
    for (delimiter, stripsTabs) in pending {
      guard let body = readHereDocument(delimiter, stripsTabs) else { return false }
      tokens.insert(.hereDocument(body), at: tokens.count - 1)
    }
    pending = []
    return true
  }

  private mutating func readHereDocument(_ delimiter: ShellWord, _ stripsTabs: Bool) -> ShellWord? {
    var body: [UInt8] = []
    while at < bytes.count {
      var line = bytes[at...].prefix { $0 != 0x0A }
      at = min(line.endIndex + 1, bytes.count)
      if stripsTabs { line = line.drop { $0 == 0x09 } }
      if line.elementsEqual(delimiter.text.utf8) {
        let special: Set<UInt8> = [0x24, 0x60, 0x5C]
        let isCertain = delimiter.isQuoted || !body.contains(where: special.contains)
        let text = String(decoding: body, as: UTF8.self)
        return ShellWord(text: text, isCertain: isCertain, isQuoted: true)
      }
      body += line
      body.append(0x0A)
    }
    return nil
  }
}

extension ShellLexer {
  /// Reads one word up to a blank or an operator; nil when a quote is not closed.
  private mutating func readWord() -> ShellWord? {
    var text: [UInt8] = []
    var word = ShellWord(text: "", isCertain: peek() != UInt8(ascii: "~"))
    scan: while let byte = peek() {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D, 0x28, 0x29, 0x26, 0x3B, 0x3C, 0x3E, 0x7C: break scan
      case 0x27: guard readSingleQuoted(&text, &word) else { return nil }
      case 0x22: guard readDoubleQuoted(&text, &word) else { return nil }
      case 0x5C: readEscape(&text, &word)
      default:
        if Self.isExpanded(byte) { word.isCertain = false }
        text.append(byte)
        at += 1
      }
    }
    word.text = String(decoding: text, as: UTF8.self)
    return word
  }

  /// `$`, backquote, `*`, `?`, `[`, `{`
  private static func isExpanded(_ byte: UInt8) -> Bool {
    [0x24, 0x60, 0x2A, 0x3F, 0x5B, 0x7B].contains(byte)
  }

  private mutating func readEscape(_ text: inout [UInt8], _ word: inout ShellWord) {
    word.isQuoted = true
    if let next = peek(1), next != 0x0A { text.append(next) }
    at = min(at + 2, bytes.count)
  }

  private mutating func readSingleQuoted(_ text: inout [UInt8], _ word: inout ShellWord) -> Bool {
    word.isQuoted = true
    let inside = bytes[(at + 1)...].prefix { $0 != 0x27 }
    guard inside.endIndex < bytes.count else { return false }
    text += inside
    at = inside.endIndex + 1
    return true
  }

  private mutating func readDoubleQuoted(_ text: inout [UInt8], _ word: inout ShellWord) -> Bool {
    word.isQuoted = true
    at += 1
    while let byte = peek() {
      switch byte {
      case 0x22:
        at += 1
        return true
      case 0x5C: readEscapeInQuotes(&text)
      default:
        if byte == 0x24 || byte == 0x60 { word.isCertain = false }
        text.append(byte)
        at += 1
      }
    }
    return false
  }

  private mutating func readEscapeInQuotes(_ text: inout [UInt8]) {
    switch peek(1) {
    case 0x0A: break
    case let next? where [0x22, 0x5C, 0x24, 0x60].contains(next): text.append(next)
    case let next?:
      text.append(0x5C)
      text.append(next)
    case nil: text.append(0x5C)
    }
    at = min(at + 2, bytes.count)
  }
}
