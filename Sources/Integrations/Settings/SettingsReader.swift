internal import Basics

/// Reads the values of a settings file and their places.
struct SettingsReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws -> SettingsText.Node {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    try skipSpace()
    let node = try value(depth: 0)
    try skipSpace()
    guard at == bytes.count else { throw problem("something follows the end of the value") }
    return node
  }

  private func problem(_ message: String) -> SettingsTextError {
    SettingsTextError(line: 1 + bytes[..<min(at, bytes.count)].count { $0 == 0x0A }, message: message)
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  /// Skips white space and comments.
  private mutating func skipSpace() throws {
    while let byte = next {
      if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
        at += 1
      } else if byte == UInt8(ascii: "/") {
        try skipComment()
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws {
    let second = at + 1 < bytes.count ? bytes[at + 1] : 0
    if second == UInt8(ascii: "/") {
      while let byte = next, byte != 0x0A { _ = byte; at += 1 }
      return
    }
    guard second == UInt8(ascii: "*") else { throw problem("unexpected '/'") }
    var end = at + 2
    while end + 1 < bytes.count, !(bytes[end] == UInt8(ascii: "*") && bytes[end + 1] == UInt8(ascii: "/")) { end += 1 }
    guard end + 1 < bytes.count else { throw problem("a comment has no end") }
    at = end + 2
  }

  private mutating func value(depth: Int) throws -> SettingsText.Node {
    guard depth < SettingsText.depthLimit else { throw problem("nested too deep") }
    let start = at
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""):
      let text = try string()
      return SettingsText.Node(range: start..<at, kind: .string(text))
    case nil: throw problem("the file ends too early")
    default:
      while let byte = next, Self.isWord(byte) { _ = byte; at += 1 }
      guard start < at, (try? JSONValue(parsing: bytes[start..<at])) != nil else {
        throw problem("neither a value nor a name in quotes")
      }
      return SettingsText.Node(range: start..<at, kind: .scalar)
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private mutating func string() throws -> String {
    let start = at
    at += 1
    while let byte = next, byte != UInt8(ascii: "\""), byte != 0x0A { at += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard next == UInt8(ascii: "\"") else { throw problem("a text has no closing quote") }
    at += 1
    guard let text = (try? JSONValue(parsing: bytes[start..<at]))?.string else {
      throw problem("a text holds something that is not allowed in it")
    }
    return text
  }

  private mutating func object(depth: Int) throws -> SettingsText.Node {
    let start = at
    var members: [SettingsText.Member] = []
    try list(closing: UInt8(ascii: "}")) { reader in
      let keyStart = reader.at
      guard reader.next == UInt8(ascii: "\"") else { throw reader.problem("a name in quotes is missing") }
      let key = try reader.string()
      try reader.skipSpace()
      guard reader.next == UInt8(ascii: ":") else { throw reader.problem("a colon is missing") }
      reader.at += 1
      try reader.skipSpace()
      members.append(SettingsText.Member(keyStart: keyStart, key: key, value: try reader.value(depth: depth + 1)))
    }
    return SettingsText.Node(range: start..<at, kind: .object(members))
  }

  private mutating func array(depth: Int) throws -> SettingsText.Node {
    let start = at
    var elements: [SettingsText.Node] = []
    try list(closing: UInt8(ascii: "]")) { reader in elements.append(try reader.value(depth: depth + 1)) }
    return SettingsText.Node(range: start..<at, kind: .array(elements))
  }

  /// Reads what stands between brackets, parts separated by commas.
  private mutating func list(closing: UInt8, _ part: (inout SettingsReader) throws -> Void) throws {
    at += 1
    try skipSpace()
    while next != closing {
      try part(&self)
      try skipSpace()
      if next == UInt8(ascii: ",") {
        at += 1
        try skipSpace()
      } else if next != closing {
        throw problem("a comma or a closing bracket is missing")
      }
    }
    at += 1
  }
}
