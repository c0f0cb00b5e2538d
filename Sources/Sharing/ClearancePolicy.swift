internal import Basics
public import SecurityTools
internal import TraceModel

/// The tools that have to have gone over a trace before it may leave, and how they were told to.
public struct ClearancePolicy: Sendable {
  public let tools: [ToolName]
  public let options: SecurityOptions

  /// Identifies the user's own rules and lists without giving them away; nil when there are none.
  private let own: String?

  public init(tools: [ToolName], options: SecurityOptions, own: String? = nil) {
    self.tools = tools
    self.options = options
    self.own = own
  }

  /// Whether one of the tools is a program of somebody else's: texts that it did not see do not leave.
  public var asksPrograms: Bool { tools.contains(where: \.isExternal) }

  /// Whether what becomes of a text depends on nothing else: then what was filtered once stays as it is when more comes.
  /// What the classifier says changes no text.
  var looksAtOneText: Bool {
    Set(tools).isSubset(of: [.regex, .entropy, .businessLogic, .pathAnonymizer, .classifier])
  }

  public var isConfigured: Bool { !tools.isEmpty }

  /// To be raised with any change of what is found, or of what is made of it.
  static let rules = "3"

  /// Identifies tools, options and rules: what was cleared under another one is out of date. Says nothing about the
  /// options themselves.
  public var digest: String {
    var material: JSONObject = [
      "security_version": .string(TrailVersions.security), "rules": .string(Self.rules),
      "tools": .strings(tools.map(\.rawValue)),
    ]
    // Only of tools that run. Names of users are not in it: it would change with who runs the command.
    if let own, !tools.isEmpty { material["own"] = .string(own) }
    if tools.contains(.classifier) { material["sensitivity"] = .string(options.sensitivity) }
    for tool in tools where tool.isExternal {
      if let setting = options.external[tool]?.setting { material[tool.rawValue] = .string(setting) }
    }
    if tools.contains(.capsuleScope) { material["excluded_paths"] = .strings(options.excludedPaths) }
    return "sha256:" + Digest.contentID(canonicalization: "opentraces.clearance_policy.v1", .object(material))
  }
}
