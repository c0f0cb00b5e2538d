internal import Basics
internal import Integrations
internal import SecurityTools

/// What the user's settings say about the security tools: `security` in `config.json`.
struct SecuritySettings {
  private let json: JSONObject
  private let environment: HostEnvironment

  /// - Throws: `CORRUPT_CONFIG`.
  init(_ environment: HostEnvironment) throws {
    self.environment = environment
    json = try ProjectRegistry(environment).settings()["security"]?.object ?? [:]
  }

  /// Turns these tools on and all others off, in `config.json`.
  static func enable(_ tools: Set<ToolName>, _ environment: HostEnvironment) throws {
    try ProjectRegistry(environment).update { settings in
      var security = settings["security"]?.object ?? [:]
      for tool in ToolName.allCases where tools.contains(tool) || security[tool.rawValue] != nil {
        var options = security[tool.rawValue]?.object ?? [:]
        options["enabled"] = .bool(tools.contains(tool))
        security[tool.rawValue] = .object(options)
      }
      settings["security"] = .object(security)
    }
  }

  private func option(_ tool: ToolName, _ name: String) -> JSONValue? { json[tool.rawValue]?[name] }

  func isEnabled(_ tool: ToolName) -> Bool { option(tool, "enabled")?.bool ?? false }

  /// In the order in which they run.
  var enabled: [ToolName] { ToolName.allCases.filter(isEnabled) }

  /// Strings of the user's own that are replaced.
  var customStrings: [String] { json["custom_redact_strings"]?.array?.compactMap(\.string) ?? [] }

  var options: SecurityOptions { options(for: enabled) }

  /// - Parameter tools: those that are to run, whether they are enabled or not.
  func options(for tools: [ToolName]) -> SecurityOptions {
    var options = SecurityOptions()
    let users = ["USER", "USERNAME", "LOGNAME"].compactMap { environment.variables[$0] }
    options.names = users + customStrings
    if let sensitivity = option(.classifier, "sensitivity")?.string { options.sensitivity = sensitivity }
    // One that is not there is asked as well: that it did not run is to be told, and what is cleared stays what it is.
    if tools.contains(.trufflehog) {
      let verifies = option(.trufflehog, "verify_secrets")?.bool ?? false
      options.external[.trufflehog] = ExternalTool(.trufflehog(verifies: verifies), environment: environment.variables)
    }
    if tools.contains(.privacyFilter) {
      options.external[.privacyFilter] = ExternalTool(
        .helper(command: privacyFilterCommand ?? "", model: privacyFilterModel, threshold: privacyFilterThreshold),
        environment: environment.variables)
    }
    if let paths = option(.capsuleScope, "exclude")?.array?.compactMap(\.string) { options.excludedPaths = paths }
    return options
  }

  /// The user's own program that knows the model.
  var privacyFilterCommand: String? {
    option(.privacyFilter, "command")?.string.flatMap { $0.contains { !$0.isWhitespace } ? $0 : nil }
  }

  var privacyFilterModel: String { option(.privacyFilter, "model_name")?.string ?? "openai/privacy-filter" }
  var privacyFilterThreshold: Double { option(.privacyFilter, "score_threshold")?.double ?? 0.7 }

  /// Sets options of a tool, in `config.json`; null takes one away.
  static func set(_ tool: ToolName, _ values: [String: JSONValue], _ environment: HostEnvironment) throws {
    try ProjectRegistry(environment).update { settings in
      var security = settings["security"]?.object ?? [:]
      var options = security[tool.rawValue]?.object ?? [:]
      for (name, value) in values.sorted(by: { $0.key < $1.key }) { options[name] = value == .null ? nil : value }
      security[tool.rawValue] = .object(options)
      settings["security"] = .object(security)
    }
  }

  /// What `security tools` says of a tool.
  func info(_ tool: ToolName) -> JSONValue {
    let isEnabled = isEnabled(tool)
    let setup = Self.setupCommands[tool]
    return [
      "name": .string(tool.rawValue), "display_name": .string(tool.displayName), "kind": .string(tool.kind.rawValue),
      "enabled": .bool(isEnabled), "state": .string(state(tool)), "detail": .optional(detail(tool)),
      "setup_cmd": .optional(setup), "disable_cmd": .optional(setup.map { $0 + " --disable" }),
    ]
  }

  private static let setupCommands: [ToolName: String] = [
    .trufflehog: "opentraces setup trufflehog", .privacyFilter: "opentraces setup privacy-filter",
  ]

  /// `missing` for a tool that is wanted and can't run here.
  private func state(_ tool: ToolName) -> String {
    guard isEnabled(tool) else { return "disabled" }
    let isThere =
      switch tool {
      case .trufflehog: environment.program("trufflehog") != nil
      case .privacyFilter: privacyFilterCommand != nil
      case .llmPII: false
      default: true
      }
    return isThere ? "enabled" : "missing"
  }

  private func detail(_ tool: ToolName) -> String? {
    switch tool {
    case .regex: "\(PatternCatalog.count) built-in detectors"
    case .entropy: "random-looking runs of 16 to 180 characters"
    case .businessLogic: "internal hosts and URLs, connection strings, account numbers"
    case .pathAnonymizer: "user names in paths"
    case .capsuleScope: "\(options.excludedPaths.count) excluded paths"
    case .classifier: "sensitivity=\(options.sensitivity)"
    case .trufflehog: isEnabled(tool) ? ExternalTool.trufflehogVersion(environment.variables) : nil
    case .privacyFilter: privacyFilterModel
    case .llmPII: nil
    }
  }
}
