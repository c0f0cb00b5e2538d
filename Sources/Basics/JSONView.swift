internal import CSimdJSON

#if canImport(Glibc)
  internal import Glibc
#endif

/// The sort of a JSON value. Integers and floats are told apart by their lexeme (`1` and `1.0` differ).
public enum JSONKind: UInt8, Sendable {
  case null, bool, integer, float, string, array, object
}

/// A JSON value inside a text that a ``JSONParser`` has just parsed.
///
/// A view borrows the text and the parser's node array: it is valid only inside the closure it was handed to. It is two
/// words and an index, so pass it by value. Nothing is unescaped or copied before it is asked for.
public struct JSONView {
  let text: UnsafePointer<UInt8>
  let nodes: UnsafePointer<ot_json_node>
  let index: Int

  init(text: UnsafePointer<UInt8>, nodes: UnsafePointer<ot_json_node>, index: Int) {
    self.text = text
    self.nodes = nodes
    self.index = index
  }

  private var node: ot_json_node { nodes[index] }

  private func at(_ index: Int) -> JSONView { JSONView(text: text, nodes: nodes, index: index) }

  public var kind: JSONKind {
    switch Int(node.kind) {
    case OT_JSON_FALSE, OT_JSON_TRUE: .bool
    case OT_JSON_INTEGER: .integer
    case OT_JSON_FLOAT: .float
    case OT_JSON_STRING: .string
    case OT_JSON_ARRAY: .array
    case OT_JSON_OBJECT: .object
    default: .null
    }
  }

  public var isNull: Bool { Int(node.kind) == OT_JSON_NULL }

  /// Elements of an array or members of an object; 0 for scalars.
  public var count: Int { kind == .array || kind == .object ? Int(node.length) : 0 }

  /// The bytes of a scalar as they stand in the text: a number's lexeme, or a string's inside without unescaping.
  public var rawText: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: text + Int(node.offset), count: Int(node.length))
  }

  /// Whether ``rawText`` of a string contains escapes.
  public var isEscaped: Bool { node.escaped != 0 }

  /// The unescaped string, or nil for other kinds. Cost: linear in its length.
  public var string: String? {
    guard Int(node.kind) == OT_JSON_STRING else { return nil }
    let raw = rawText
    guard node.escaped != 0, let start = raw.baseAddress else { return String(decoding: raw, as: UTF8.self) }
    return String(unsafeUninitializedCapacity: raw.count) { out in
      guard let target = out.baseAddress else { return 0 }
      return ot_json_unescape(start, raw.count, target)
    }
  }

  /// The unescaped bytes of a string, or nil for other kinds.
  public var bytes: [UInt8]? {
    guard Int(node.kind) == OT_JSON_STRING else { return nil }
    let raw = rawText
    guard node.escaped != 0, let start = raw.baseAddress else { return [UInt8](raw) }
    return [UInt8](unsafeUninitializedCapacity: raw.count) { out, count in
      guard let target = out.baseAddress else { return }
      count = ot_json_unescape(start, raw.count, target)
    }
  }

  public var bool: Bool? {
    switch Int(node.kind) {
    case OT_JSON_TRUE: true
    case OT_JSON_FALSE: false
    default: nil
    }
  }

  /// The value of an integer that fits, else nil.
  public var int: Int? {
    kind == .integer ? Int(String(decoding: rawText, as: UTF8.self)) : nil
  }

  public var double: Double? {
    kind == .integer || kind == .float ? Double(String(decoding: rawText, as: UTF8.self)) : nil
  }

  /// Whether this is a string with exactly this text. Allocates only when the string has escapes.
  public func equals(_ expected: StaticString) -> Bool {
    guard Int(node.kind) == OT_JSON_STRING else { return false }
    if node.escaped != 0 { return string.map { JSONObject.isSame($0, expected.description) } ?? false }
    return node.length == UInt32(expected.utf8CodeUnitCount)
      && memcmp(text + Int(node.offset), expected.utf8Start, expected.utf8CodeUnitCount) == 0
  }

  /// Whether this is a string that starts with `prefix` (which must contain nothing that JSON escapes).
  public func hasStringPrefix(_ prefix: StaticString) -> Bool {
    Int(node.kind) == OT_JSON_STRING && Int(node.length) >= prefix.utf8CodeUnitCount
      && memcmp(text + Int(node.offset), prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
  }

  /// The value of the last member with this key, or nil (also when this is no object). Cost: members of the object.
  public subscript(key: StaticString) -> JSONView? {
    find { $0.equals(key) }
  }

  /// The value of the last member with this key, or nil (also when this is no object). Cost: members of the object.
  @_disfavoredOverload
  public subscript(key: String) -> JSONView? {
    find { $0.string.map { JSONObject.isSame($0, key) } ?? false }
  }

  private func find(_ matches: (JSONView) -> Bool) -> JSONView? {
    guard Int(node.kind) == OT_JSON_OBJECT else { return nil }
    var found: JSONView?
    var at = index + 1
    for _ in 0..<Int(node.length) {
      if matches(self.at(at)) { found = self.at(at + 1) }
      at = Int(nodes[at + 1].next)
    }
    return found
  }

  /// The elements of an array; empty for other kinds.
  public var elements: Elements { Elements(parent: self, left: kind == .array ? count : 0) }

  /// The members of an object in file order, duplicates included; empty for other kinds.
  public var members: Members { Members(parent: self, left: kind == .object ? count : 0) }

  public struct Elements: Sequence, IteratorProtocol {
    let parent: JSONView
    var left: Int
    var next_: Int

    init(parent: JSONView, left: Int) {
      self.parent = parent
      self.left = left
      next_ = parent.index + 1
    }

    public mutating func next() -> JSONView? {
      guard left > 0 else { return nil }
      left -= 1
      let view = JSONView(text: parent.text, nodes: parent.nodes, index: next_)
      next_ = Int(parent.nodes[next_].next)
      return view
    }
  }

  public struct Members: Sequence, IteratorProtocol {
    let parent: JSONView
    var left: Int
    var next_: Int

    init(parent: JSONView, left: Int) {
      self.parent = parent
      self.left = left
      next_ = parent.index + 1
    }

    public mutating func next() -> (key: String, value: JSONView)? {
      guard left > 0 else { return nil }
      left -= 1
      let key = JSONView(text: parent.text, nodes: parent.nodes, index: next_)
      let value = JSONView(text: parent.text, nodes: parent.nodes, index: next_ + 1)
      next_ = Int(parent.nodes[next_ + 1].next)
      return (key.string ?? "", value)
    }
  }

  /// A copy that outlives the parser. Cost: the size of the value.
  public func owned() -> JSONValue {
    switch kind {
    case .null: .null
    case .bool: .bool(bool ?? false)
    case .integer, .float: .number(JSONNumber(lexeme: String(decoding: rawText, as: UTF8.self)))
    case .string: .string(string ?? "")
    case .array: .array(elements.map { $0.owned() })
    case .object: .object(JSONObject(members.map { ($0.key, $0.value.owned()) }))
    }
  }
}
