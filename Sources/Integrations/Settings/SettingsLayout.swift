internal import Basics

/// How a settings file is laid out, so that what is added looks like the rest.
struct SettingsLayout {
  private let bytes: [UInt8]
  let newline: String
  /// What one level is indented by.
  let unit: String
  /// Whether values stand on lines of their own: not in a file of one line.
  let isSpread: Bool

  init(_ bytes: [UInt8], _ root: SettingsText.Node) {
    self.bytes = bytes
    let firstFeed = bytes.firstIndex(of: 0x0A)
    newline = firstFeed.map { $0 > 0 && bytes[$0 - 1] == 0x0D } ?? false ? "\r\n" : "\n"
    let parts = root.members?.map(\.keyStart) ?? []
    isSpread = parts.isEmpty || bytes[root.range.lowerBound..<parts[0]].contains(0x0A)
    let indents = parts.map { Self.spaces(bytes, before: $0) }.filter { !$0.isEmpty }
    unit = isSpread ? indents.first ?? "  " : "  "
  }

  /// The white space before a place, when nothing else stands before it in its line.
  func indent(at place: Int) -> String { Self.spaces(bytes, before: place) }

  private static func spaces(_ bytes: [UInt8], before place: Int) -> String {
    var start = place
    while start > 0, bytes[start - 1] == 0x20 || bytes[start - 1] == 0x09 { start -= 1 }
    guard start == 0 || bytes[start - 1] == 0x0A else { return "" }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  /// The white space at the start of the line that holds a place.
  func indent(ofLineAt place: Int) -> String {
    let start = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return String(decoding: bytes[start..<place].prefix { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)
  }

  /// A value as text, its first line not indented.
  func render(_ value: JSONValue, key: String?, indent: String, isSpread: Bool) -> String {
    let name = key.map { scalar(.string($0)) + ": " } ?? ""
    return name + render(value, indent: indent, isSpread: isSpread)
  }

  private func render(_ value: JSONValue, indent: String, isSpread: Bool) -> String {
    if let object = value.object, !object.isEmpty {
      let parts = object.members.map { scalar(.string($0.key)) + ": " + render($0.value, in: indent, isSpread) }
      return bracketed(parts, "{", "}", indent: indent, isSpread: isSpread)
    }
    if let array = value.array, !array.isEmpty {
      return bracketed(array.map { render($0, in: indent, isSpread) }, "[", "]", indent: indent, isSpread: isSpread)
    }
    return scalar(value)
  }

  private func render(_ value: JSONValue, in indent: String, _ isSpread: Bool) -> String {
    render(value, indent: indent + unit, isSpread: isSpread)
  }

  private func bracketed(_ parts: [String], _ open: String, _ close: String, indent: String, isSpread: Bool) -> String {
    guard isSpread else { return open + parts.joined(separator: ", ") + close }
    let gap = newline + indent + unit
    return open + gap + parts.joined(separator: "," + gap) + newline + indent + close
  }

  private func scalar(_ value: JSONValue) -> String { String(decoding: CanonicalJSON.line(value), as: UTF8.self) }
}
