/// Colours of terminal output. Off, every function returns its text unchanged.
public struct Style: Sendable {
  public let isOn: Bool

  public init(isOn: Bool) { self.isOn = isOn }

  private func paint(_ code: String, _ text: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  public func bold(_ text: String) -> String { paint("1", text) }
  public func dim(_ text: String) -> String { paint("2", text) }
  public func good(_ text: String) -> String { paint("32", text) }
  public func partial(_ text: String) -> String { paint("33", text) }
  public func bad(_ text: String) -> String { paint("31", text) }
  public func trace(_ text: String) -> String { paint("36", text) }
  public func commit(_ text: String) -> String { paint("33", text) }
  public func path(_ text: String) -> String { paint("34", text) }
  public func missing(_ text: String) -> String { paint("35", text) }
  public func head(_ text: String) -> String { paint("1;36", text) }
  public func branch(_ text: String) -> String { paint("1;32", text) }
  public func remote(_ text: String) -> String { paint("31", text) }
  public func tag(_ text: String) -> String { paint("1;33", text) }

  /// A line of a graph: dim in the first column, then in turn five colours.
  public func lane(_ column: Int, _ text: String) -> String {
    column == 0 ? dim(text) : paint(["34", "35", "36", "33", "32"][(column - 1) % 5], text)
  }

  /// Bytes of a text without its colours.
  public func plainByteCount(_ text: String) -> Int {
    guard isOn else { return text.utf8.count }
    var count = 0
    var isCode = false
    for byte in text.utf8 {
      if byte == 0x1B { isCode = true }
      if !isCode { count += 1 }
      if byte == 0x6D { isCode = false }
    }
    return count
  }

  /// Green from 75 percent on, yellow from 50, red below.
  public func share(_ percent: Int, _ text: String) -> String {
    percent >= 75 ? good(text) : percent >= 50 ? partial(text) : bad(text)
  }
}

/// Widths of text on a terminal.
public enum TextWidth {
  /// Columns that a text takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
  public static func of(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    if scalar.value < 0x300 {
      // A digit with the sign for a key cap is an emoji as well.
      let isEmoji = character.unicodeScalars.count > 1 && character.unicodeScalars.contains { $0.value == 0xFE0F }
      return isEmoji ? 2 : scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? 0 : 1
    }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.value {
    case 0x200B...0x200F, 0x2060...0x2064, 0xFE00...0xFE0F, 0xFEFF, 0xE0000...0xE0FFF: return 0
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18AFF, 0x1B000...0x1B2FF, 0x1F200...0x1F265,
      0x20000...0x3FFFD:
      return 2
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: return character.unicodeScalars.contains { $0.value == 0xFE0F } ? 2 : 1
    }
  }

  /// The text cut to `columns`, with an ellipsis where something is missing.
  public static func cut(_ text: String, to columns: Int) -> String {
    guard of(text) > columns else { return text }
    var result = ""
    var used = 0
    for character in text {
      let next = width(character)
      if used + next > max(0, columns - 1) { break }
      result.append(character)
      used += next
    }
    return result + "…"
  }

  /// The text with blanks up to `columns`.
  public static func pad(_ text: String, to columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - of(text)))
  }

  public static func padLeft(_ text: String, to columns: Int) -> String {
    String(repeating: " ", count: max(0, columns - of(text))) + text
  }
}
