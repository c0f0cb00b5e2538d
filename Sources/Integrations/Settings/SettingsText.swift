internal import Basics

/// Why a settings file can't be read.
struct SettingsTextError: Error, Hashable {
  /// 1-based.
  let line: Int
  let message: String
}

/// A settings file as its user wrote it: JSON with the places of its values, so that parts can be added and taken out
/// without touching another byte. Comments and commas before a closing bracket are let through.
struct SettingsText {
  /// One step from a value to one inside it.
  enum Step: Hashable {
    case key(String)
    case index(Int)
  }

  struct Node {
    enum Kind {
      case scalar
      case string(String)
      case object([Member])
      case array([Node])
    }

    var range: Range<Int>
    var kind: Kind

    var string: String? { if case .string(let text) = kind { text } else { nil } }
    var members: [Member]? { if case .object(let members) = kind { members } else { nil } }
    var elements: [Node]? { if case .array(let elements) = kind { elements } else { nil } }

    /// A member by its key; where a key stands twice, the last one counts.
    subscript(key: String) -> Node? { members?.last { $0.key == key }?.value }
  }

  struct Member {
    var keyStart: Int
    var key: String
    var value: Node
  }

  private(set) var bytes: [UInt8]
  private(set) var root: Node

  /// Nesting that is followed; a settings file has no more.
  static let depthLimit = 64

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    var reader = SettingsReader(bytes)
    root = try reader.document()
  }

  func node(at path: [Step]) -> Node? {
    path.reduce(root as Node?) { node, step in
      switch step {
      case .key(let key): node?[key]
      case .index(let index): node?.elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      }
    }
  }

  /// What stands between the brackets of an empty object or list; nil when it is not empty.
  func blank(at path: [Step]) -> String? {
    guard let node = node(at: path), (node.members?.isEmpty ?? node.elements?.isEmpty) == true else { return nil }
    return String(decoding: bytes[(node.range.lowerBound + 1)..<(node.range.upperBound - 1)], as: UTF8.self)
  }

  /// What ``blank(at:)`` says of several paths of keys, by these joined with dots; without those that are not empty.
  func blanks(at paths: [[String]]) -> [String: String] {
    Dictionary(
      paths.compactMap { path in blank(at: path.map { .key($0) }).map { (path.joined(separator: "."), $0) } },
      uniquingKeysWith: { $1 })
  }

  // MARK: Changes

  /// Adds a value at the end of a list.
  mutating func append(_ value: JSONValue, at path: [Step]) throws {
    guard let list = node(at: path), let elements = list.elements else { return }
    try insert(value, key: nil, into: list, last: elements.last?.range, first: elements.first?.range.lowerBound)
  }

  /// Adds a member at the end of an object.
  mutating func add(_ key: String, _ value: JSONValue, at path: [Step]) throws {
    guard let object = node(at: path), let members = object.members else { return }
    try insert(value, key: key, into: object, last: members.last?.value.range, first: members.first?.keyStart)
  }

  private mutating func insert(_ value: JSONValue, key: String?, into container: Node, last: Range<Int>?, first: Int?)
    throws
  {
    let layout = SettingsLayout(bytes, root)
    let open = container.range.lowerBound
    if let last, let first {
      let isSpread = bytes[open..<first].contains(0x0A)
      let indent = isSpread ? layout.indent(at: first) : ""
      let text = layout.render(value, key: key, indent: indent, isSpread: isSpread)
      let gap = isSpread ? layout.newline + indent : " "
      try replace(last.upperBound..<last.upperBound, "," + gap + text)
    } else {
      let between = (open + 1)..<(container.range.upperBound - 1)
      // Nothing but white space and comments stands there; comments stay, and may reach to the end of their line.
      let comment = String(decoding: bytes[between], as: UTF8.self).trimmingEnd
      let isSpread = layout.isSpread || !comment.isEmpty
      let outer = layout.indent(ofLineAt: open)
      let text = layout.render(value, key: key, indent: outer + layout.unit, isSpread: isSpread)
      let inside = isSpread ? layout.newline + outer + layout.unit + text + layout.newline + outer : text
      try replace(between, comment + inside)
    }
  }

  /// Takes a value out of the object or list that holds it, with the comma that belongs to it.
  ///
  /// - Parameter blank: what shall stand between the brackets when it was the only one.
  mutating func remove(at path: [Step], blank: String = "") throws {
    guard let step = path.last, let container = node(at: path.dropLast()) else { return }
    let parts: [Range<Int>]
    let index: Int
    switch step {
    case .key(let key):
      let members = container.members ?? []
      guard let found = members.lastIndex(where: { $0.key == key }) else { return }
      parts = members.map { $0.keyStart..<$0.value.range.upperBound }
      index = found
    case .index(let found):
      parts = container.elements?.map(\.range) ?? []
      guard parts.indices.contains(found) else { return }
      index = found
    }
    if parts.count == 1 {
      try replace((container.range.lowerBound + 1)..<(container.range.upperBound - 1), blank)
    } else if index > 0 {
      try replace(parts[index - 1].upperBound..<parts[index].upperBound, "")
    } else {
      try replace(parts[0].lowerBound..<parts[1].lowerBound, "")
    }
  }

  private mutating func replace(_ range: Range<Int>, _ text: String) throws {
    var changed = bytes
    changed.replaceSubrange(range, with: Array(text.utf8))
    self = try SettingsText(changed)
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var end = self[...]
    while end.last?.isWhitespace == true { end.removeLast() }
    return String(end)
  }
}
