public import Basics

/// What a workflow asks of the security tools of its datasets: the block `security` of its front matter.
public struct SecurityContract: Sendable, Hashable {
  public let required: [ToolName]
  public let optional: [ToolName]
  /// On from the start, besides the required ones.
  public let defaults: [ToolName]
  public let disallowed: [ToolName]
  /// Whether a required tool may be turned off at all.
  public let allowsDisablingRequired: Bool

  /// Why a block is none. It must not be taken for one that asks for nothing.
  public struct Problem: Error, Hashable, CustomStringConvertible {
    public let description: String
  }

  /// Tools that look at rows; a dataset can name no other.
  public static let rowTools: Set<ToolName> = [
    .regex, .entropy, .privacyFilter, .llmPII, .businessLogic, .pathAnonymizer,
  ]

  private static let lists = ["required_tools", "optional_tools", "default_enabled_tools", "disallowed_tools"]
  private static let flag = "allow_disable_required"

  /// - Parameter json: the block as an object; null and an empty one ask for nothing.
  /// - Throws: ``Problem``.
  public init(json: JSONValue) throws {
    let object: JSONObject
    switch json {
    case .null: object = [:]
    case .object(let members): object = members
    default: throw Problem(description: "'security' is no object")
    }
    if let other = object.keys.first(where: { !Self.lists.contains($0) && $0 != Self.flag }) {
      throw Problem(description: "'\(other)' is no member of 'security'")
    }
    func tools(_ key: String) throws -> [ToolName] {
      guard let value = object[key], !value.isNull else { return [] }
      guard let names = value.array else { throw Problem(description: "'\(key)' is no list") }
      let tools = try names.map { name in
        guard let text = name.string, let tool = ToolName(rawValue: text) else {
          throw Problem(description: "'\(key)' names no tool: \(name.string ?? "something that is no text")")
        }
        return tool
      }
      return Set(tools).sorted()
    }
    required = try tools(Self.lists[0])
    optional = try tools(Self.lists[1])
    defaults = try tools(Self.lists[2])
    disallowed = try tools(Self.lists[3])
    switch object[Self.flag] {
    case nil, .null?: allowsDisablingRequired = false
    case .bool(let isAllowed)?: allowsDisablingRequired = isAllowed
    default: throw Problem(description: "'\(Self.flag)' is neither true nor false")
    }
    try check()
  }

  private func check() throws {
    for (first, second, words) in [
      (required, disallowed, "required and disallowed"), (optional, disallowed, "optional and disallowed"),
      (required, optional, "required and optional"),
    ] {
      if let both = first.first(where: second.contains) {
        throw Problem(description: "\(both.rawValue) is \(words)")
      }
    }
    if let unknown = defaults.first(where: { !required.contains($0) && !optional.contains($0) }) {
      throw Problem(description: "\(unknown.rawValue) is on by default and neither required nor optional")
    }
  }

  /// Tools that the contract names and that can't look at rows: no dataset can be made with it.
  public var unfit: [ToolName] { Set(required + optional).subtracting(Self.rowTools).sorted() }
}
