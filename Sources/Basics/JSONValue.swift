#if canImport(Glibc)
  internal import Glibc
#endif

/// A JSON number as it was written, or as Python's `repr` would write it.
public struct JSONNumber: Hashable, Sendable {
  public let lexeme: String

  public init(lexeme: String) { self.lexeme = lexeme }
  public init(_ value: Int) { lexeme = String(value) }
  public init(_ value: Double) { lexeme = FloatText.python(value) }

  public var isInteger: Bool { !lexeme.utf8.contains { $0 == 0x2E || $0 == 0x65 || $0 == 0x45 } }
  public var int: Int? { isInteger ? Int(lexeme) : nil }
  public var double: Double? { Double(lexeme) }
}

/// The members of a JSON object in their order. Setting a key that exists keeps its place.
public struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  public private(set) var members: [(key: String, value: JSONValue)]

  public init() { members = [] }

  /// Keeps the last value of a repeated key, at the first one's place.
  public init(_ members: [(String, JSONValue)]) {
    self.members = []
    self.members.reserveCapacity(members.count)
    let unique = Set(members.map(\.0)).count == members.count
    if unique {
      self.members = members.map { (key: $0.0, value: $0.1) }
    } else {
      for (key, value) in members { self[key] = value }
    }
  }

  public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

  public var keys: [String] { members.map(\.key) }
  public var count: Int { members.count }
  public var isEmpty: Bool { members.isEmpty }

  public subscript(key: String) -> JSONValue? {
    get { members.first { Self.isSame($0.key, key) }?.value }
    set {
      let at = members.firstIndex { Self.isSame($0.key, key) }
      switch (at, newValue) {
      case (let at?, let value?): members[at].value = value
      case (let at?, nil): members.remove(at: at)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }

  public static func == (a: JSONObject, b: JSONObject) -> Bool {
    a.members.count == b.members.count
      && zip(a.members, b.members).allSatisfy { isSame($0.key, $1.key) && $0.value == $1.value }
  }

  /// Whether two texts have the same code points. `==` holds for canonically equivalent ones too.
  static func isSame(_ a: String, _ b: String) -> Bool {
    let (a, b) = (a.utf8, b.utf8)
    let count = a.count
    guard count == b.count else { return false }
    let isSame = a.withContiguousStorageIfAvailable { a in
      b.withContiguousStorageIfAvailable { b -> Bool in
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return memcmp(a, b, count) == 0
      }
    }
    return isSame.flatMap { $0 } ?? a.elementsEqual(b)
  }

  public func hash(into hasher: inout Hasher) {
    for member in members {
      hasher.combine(member.key)
      hasher.combine(member.value)
    }
  }
}

/// An owned JSON value that keeps number lexemes and member order. Equal are values that are written alike.
public indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// Parses one document.
  ///
  /// - Throws: ``JSONError``.
  public init(parsing bytes: some Collection<UInt8>) throws {
    self = try JSONParser().parse(bytes) { $0.owned() }
  }

  public init(parsing text: String) throws { try self.init(parsing: Array(text.utf8)) }

  public static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
  public static func double(_ value: Double) -> JSONValue { .number(JSONNumber(value)) }

  /// `.null` for nil.
  public static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
  public static func optional(_ value: Int?) -> JSONValue { value.map { .int($0) } ?? .null }
  public static func optional(_ value: Double?) -> JSONValue { value.map { .double($0) } ?? .null }
  public static func optional(_ value: Bool?) -> JSONValue { value.map { .bool($0) } ?? .null }
  public static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map { .string($0) }) }

  public var isNull: Bool { self == .null }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var int: Int? {
    if case .number(let value) = self { value.int } else { nil }
  }

  public var double: Double? {
    if case .number(let value) = self { value.double } else { nil }
  }

  public var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  public static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): JSONObject.isSame(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }

  /// The value of a member; nil when this is no object or has no such key.
  public subscript(key: String) -> JSONValue? { object?[key] }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral, ExpressibleByFloatLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
  public init(nilLiteral: ()) { self = .null }
}
