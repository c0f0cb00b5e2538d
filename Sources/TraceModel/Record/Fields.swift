public import Basics

/// A value with one JSON form: every field is written, in a fixed order.
public protocol JSONRepresentable {
  /// Reads the value; unknown members are ignored.
  ///
  /// - Throws: ``RecordError`` when a required member is absent or a member breaks its type or range.
  init(json: JSONValue) throws
  func toJSON() -> JSONValue
}

/// Typed access to the members of one JSON object. A member that is `null` counts as absent.
struct Fields {
  private let object: JSONObject
  private let context: String

  init(_ json: JSONValue, _ context: String) throws {
    guard let object = json.object else { throw RecordError(.wrongType, field: context) }
    self.object = object
    self.context = context
  }

  private func value(_ key: String) -> JSONValue? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  private func name(_ key: String) -> String { "\(context).\(key)" }

  private func read<T>(_ key: String, _ convert: (JSONValue) -> T?) throws -> T? {
    guard let value = value(key) else { return nil }
    guard let result = convert(value) else { throw RecordError(.wrongType, field: name(key)) }
    return result
  }

  func string(_ key: String) throws -> String? { try read(key) { $0.string } }
  func int(_ key: String) throws -> Int? { try read(key) { $0.int } }
  func double(_ key: String) throws -> Double? { try read(key) { $0.double } }
  func bool(_ key: String) throws -> Bool? { try read(key) { $0.bool } }
  func array(_ key: String) throws -> [JSONValue]? { try read(key) { $0.array } }
  func object(_ key: String) throws -> JSONObject? { try read(key) { $0.object } }
  func count(_ key: String) throws -> Int { try int(key) ?? 0 }

  func required(_ key: String) throws -> String { try require(key, string(key)) }
  func requiredInt(_ key: String) throws -> Int { try require(key, int(key)) }
  func requiredBool(_ key: String) throws -> Bool { try require(key, bool(key)) }

  private func require<T>(_ key: String, _ value: T?) throws -> T {
    guard let value else { throw RecordError(.missing, field: name(key)) }
    return value
  }

  func strings(_ key: String) throws -> [String] { try optionalStrings(key) ?? [] }

  func optionalStrings(_ key: String) throws -> [String]? {
    try array(key)?.map { element in
      guard let text = element.string else { throw RecordError(.wrongType, field: name(key)) }
      return text
    }
  }

  func list<T: JSONRepresentable>(_ key: String, of type: T.Type = T.self) throws -> [T] {
    try array(key)?.map(T.init(json:)) ?? []
  }

  func part<T: JSONRepresentable>(_ key: String, of type: T.Type = T.self) throws -> T? {
    try value(key).map(T.init(json:))
  }

  func word<T: RawRepresentable>(_ key: String, of type: T.Type = T.self) throws -> T?
  where T.RawValue == String {
    guard let text = try string(key) else { return nil }
    guard let word = T(rawValue: text) else { throw RecordError(.invalidValue, field: name(key)) }
    return word
  }

  func requiredWord<T: RawRepresentable>(_ key: String) throws -> T where T.RawValue == String {
    try require(key, word(key))
  }

  func check(_ condition: Bool, _ key: String) throws {
    if !condition { throw RecordError(.invalidValue, field: name(key)) }
  }
}

extension JSONValue {
  /// The JSON of a list.
  static func list(_ values: [some JSONRepresentable]) -> JSONValue {
    .array(values.map { $0.toJSON() })
  }

  /// The JSON of a value that may be absent.
  static func part(_ value: (some JSONRepresentable)?) -> JSONValue { value?.toJSON() ?? .null }

  /// The JSON of a word of a vocabulary.
  static func word<T: RawRepresentable>(_ value: T?) -> JSONValue where T.RawValue == String {
    .optional(value?.rawValue)
  }
}
