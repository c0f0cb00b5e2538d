#if canImport(Glibc)
  internal import Glibc
#endif

/// Text forms of JSON values.
public enum CanonicalJSON {
  /// The canonical forms that hashes are made of. All sort keys by code point and refuse nothing but NaN and infinity.
  public enum Form: Sendable {
    /// `,` and `:` as separators, raw UTF-8: ids and content hashes of layers, nodes and events.
    case compact
    /// `, ` and `: ` as separators, raw UTF-8: messages.
    case spaced
    /// `, ` and `: ` as separators, `\uXXXX` for everything outside ASCII: records and compaction summaries.
    case spacedASCII
  }

  public static func encode(_ value: JSONValue, form: Form = .compact) -> [UInt8] {
    var writer = JSONWriter(
      itemSeparator: form == .compact ? "," : ", ", keySeparator: form == .compact ? ":" : ": ",
      sorted: true, asciiOnly: form == .spacedASCII, canonicalNumbers: true)
    writer.write(value)
    return writer.bytes
  }

  /// The compact canonical form of an object one of whose members is encoded already. Saves encoding it again.
  public static func encode(_ object: JSONObject, with key: String, encoded: [UInt8]) -> [UInt8] {
    var all = object
    all[key] = .null
    var writer = JSONWriter(
      itemSeparator: ",", keySeparator: ":", sorted: true, asciiOnly: false, canonicalNumbers: true)
    writer.spliced = (key, encoded)
    writer.write(.object(all))
    return writer.bytes
  }

  /// One line, keys in their own order, raw UTF-8, number lexemes as they are: stored rows.
  public static func line(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter(
      itemSeparator: ",", keySeparator: ":", sorted: false, asciiOnly: false, canonicalNumbers: false)
    writer.write(value)
    return writer.bytes
  }

  /// One line for other programs: `, ` and `: ` as separators, keys in their own order, `\uXXXX` for everything outside
  /// ASCII, number lexemes as they are.
  public static func spacedLine(_ value: JSONValue) -> [UInt8] {
    var writer = JSONWriter(
      itemSeparator: ", ", keySeparator: ": ", sorted: false, asciiOnly: true, canonicalNumbers: false)
    writer.write(value)
    return writer.bytes
  }

  /// Two spaces of indentation and a final line feed.
  public static func pretty(_ value: JSONValue, sorted: Bool = false, asciiOnly: Bool = false) -> [UInt8] {
    var writer = JSONWriter(
      itemSeparator: ",", keySeparator: ": ", sorted: sorted, asciiOnly: asciiOnly, canonicalNumbers: false,
      indent: 2)
    writer.write(value)
    return writer.bytes + [0x0A]
  }
}

/// Appends JSON text to a byte array.
struct JSONWriter {
  let itemSeparator: StaticString
  let keySeparator: StaticString
  let sorted: Bool
  let asciiOnly: Bool
  let canonicalNumbers: Bool
  var indent: Int?
  /// The value of this key of the outermost object is these bytes.
  var spliced: (key: String, bytes: [UInt8])?
  private(set) var bytes: [UInt8] = []
  private var depth = 0

  init(
    itemSeparator: StaticString, keySeparator: StaticString, sorted: Bool, asciiOnly: Bool,
    canonicalNumbers: Bool, indent: Int? = nil
  ) {
    self.itemSeparator = itemSeparator
    self.keySeparator = keySeparator
    self.sorted = sorted
    self.asciiOnly = asciiOnly
    self.canonicalNumbers = canonicalNumbers
    self.indent = indent
  }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: put("null")
    case .bool(let flag): put(flag ? "true" : "false")
    case .number(let number): write(number)
    case .string(let text): write(text)
    case .array(let elements): write(elements)
    case .object(let object): write(object)
    }
  }

  private mutating func put(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func newline() {
    guard let indent else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: indent * depth))
  }

  private mutating func write(_ elements: [JSONValue]) {
    guard !elements.isEmpty else { return put("[]") }
    put("[")
    depth += 1
    for (position, element) in elements.enumerated() {
      if position > 0 { put(itemSeparator) }
      newline()
      write(element)
    }
    depth -= 1
    newline()
    put("]")
  }

  private mutating func write(_ object: JSONObject) {
    guard !object.isEmpty else { return put("{}") }
    let members = sorted ? Self.sorted(object.members) : object.members
    put("{")
    depth += 1
    for (position, member) in members.enumerated() {
      if position > 0 { put(itemSeparator) }
      newline()
      write(member.key)
      put(keySeparator)
      if depth == 1, let spliced, spliced.key == member.key {
        bytes += spliced.bytes
      } else {
        write(member.value)
      }
    }
    depth -= 1
    newline()
    put("}")
  }

  /// By code point, which is the order of the UTF-8 bytes. Most objects are in order already or nearly so.
  private static func sorted(
    _ members: [(key: String, value: JSONValue)]
  ) -> [(key: String, value: JSONValue)] {
    func compare(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int32 {
      guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
      return memcmp(x, y, min(a.count, b.count))
    }
    func precedes(_ a: String, _ b: String) -> Bool {
      var a = a
      var b = b
      return a.withUTF8 { a in
        b.withUTF8 { b in
          let order = compare(a, b)
          return order == 0 ? a.count < b.count : order < 0
        }
      }
    }
    let isSorted = zip(members, members.dropFirst()).allSatisfy { precedes($0.key, $1.key) }
    return isSorted ? members : members.sorted { precedes($0.key, $1.key) }
  }

  private mutating func write(_ number: JSONNumber) {
    guard canonicalNumbers else {
      bytes.append(contentsOf: number.lexeme.utf8)
      return
    }
    if number.isInteger {
      bytes.append(contentsOf: (number.lexeme == "-0" ? "0" : number.lexeme).utf8)
    } else {
      bytes.append(contentsOf: (number.double.map(FloatText.python) ?? number.lexeme).utf8)
    }
  }

  private mutating func write(_ text: String) {
    bytes.append(0x22)
    if asciiOnly {
      var text = text
      let isPlain = text.withUTF8 { bytes in
        guard bytes.allSatisfy({ $0 < 0x7F }) else { return false }
        writeRuns(bytes)
        return true
      }
      if !isPlain { for scalar in text.unicodeScalars { writeASCII(scalar) } }
    } else {
      var text = text
      text.withUTF8 { writeRuns($0) }
    }
    bytes.append(0x22)
  }

  /// Copies what needs no escape in one go.
  private mutating func writeRuns(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    for (at, byte) in text.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
      bytes.append(contentsOf: text[start..<at])
      writeByte(byte)
      start = at + 1
    }
    bytes.append(contentsOf: text[start...])
  }

  private mutating func writeByte(_ byte: UInt8) {
    switch byte {
    case 0x22: put("\\\"")
    case 0x5C: put("\\\\")
    case 0x0A: put("\\n")
    case 0x0D: put("\\r")
    case 0x09: put("\\t")
    case 0x08: put("\\b")
    case 0x0C: put("\\f")
    case 0..<0x20: unicodeEscape(UInt16(byte))
    default: bytes.append(byte)
    }
  }

  private mutating func writeASCII(_ scalar: Unicode.Scalar) {
    if scalar.value < 0x7F { return writeByte(UInt8(scalar.value)) }
    for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { unicodeEscape(unit) }
  }

  private mutating func unicodeEscape(_ unit: UInt16) {
    put("\\u")
    for shift in [12, 8, 4, 0] as [UInt16] { bytes.append(Hex.digit(UInt8(unit >> shift & 0xF))) }
  }
}
