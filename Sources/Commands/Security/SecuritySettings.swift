internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools

/// What the user's settings say about the security tools: `security` in `config.json`.
struct SecuritySettings {
  private let json: JSONObject
  private let environment: HostEnvironment
  private let rules: [OwnRule]
  private let allowed: AllowList
  /// Strings of the user's own that are replaced.
  private let customStrings: [String]

  /// - Parameter repository: at hand; what its ``AllowFile`` lists is no secret.
  /// - Throws: `CORRUPT_CONFIG`: a rule that can't be read finds nothing, and nobody would know.
  init(_ environment: HostEnvironment, repository: Repository? = nil) throws {
    self.environment = environment
    let registry = ProjectRegistry(environment)
    let all = try registry.settings()["security"]
    func corrupt(_ message: String) -> IntegrationError { .corruptConfig(registry.path, message) }
    guard all == nil || all?.object != nil else { throw corrupt("security is no object") }
    let settings = all?.object ?? [:]
    json = settings
    if let problem = SecurityKey.problem(in: settings) { throw corrupt(problem) }
    rules = try (settings["regex"]?["custom"]?.array ?? []).enumerated().map { number, rule in
      do { return try OwnRule(json: rule) } catch { throw corrupt("security.regex.custom[\(number)]: \(error)") }
    }
    func texts(_ name: String) -> [String] { settings[name]?.array?.compactMap(\.string) ?? [] }
    customStrings = texts("custom_redact_strings")
    var list = AllowList(texts("allow"))
    if let repository { list.add(try AllowFile(repository).list) }
    allowed = list
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

  var options: SecurityOptions { options(for: enabled) }

  /// - Parameter tools: those that are to run, whether they are enabled or not.
  func options(for tools: [ToolName]) -> SecurityOptions {
    var options = SecurityOptions()
    let users = ["USER", "USERNAME", "LOGNAME"].compactMap { environment.variables[$0] }
    options.names = users + customStrings
    options.rules = ownRules
    options.allowed = allowed
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
    if tools.contains(.llmPII) {
      options.external[.llmPII] = ExternalTool(
        .model(PersonalDataModel(endpoint("llm_pii"), answers: environment.opentracesHome + "/cache")),
        environment: environment.variables)
    }
    if let paths = option(.capsuleScope, "exclude")?.array?.compactMap(\.string) { options.excludedPaths = paths }
    return options
  }

  /// Rules and strings of the user's own.
  var ownRules: [OwnRule] {
    rules + customStrings.map { OwnRule("custom_string", literal: $0) }
  }

  /// What identifies the user's own rules and lists; nil when there are none. Keyed with something that stays on this
  /// machine, for it leaves: short texts could be guessed from a digest of them.
  func ownDigest() throws -> String? {
    let asksModel = isEnabled(.llmPII)
    if rules.isEmpty, allowed.isEmpty, customStrings.isEmpty, !asksModel { return nil }
    let material: JSONValue = [
      "key": .string(try RulesKey.get(environment)), "custom": json["regex"]?["custom"] ?? [],
      "allowed": .strings(allowed.entries),
      "strings": .strings(customStrings),
      "model": asksModel ? [.string(endpoint("llm_pii").baseURL), .string(endpoint("llm_pii").model)] : .null,
    ]
    return String(Digest.sha256Hex(CanonicalJSON.encode(material)).prefix(32))
  }

  /// The model of a section.
  ///
  /// - Parameters:
  ///   - section: `llm_pii` or `llm_review`.
  ///   - values: that take the place of those in the settings.
  func endpoint(_ section: String, with values: [String: JSONValue] = [:]) -> ModelEndpoint {
    let json = json[section]
    func text(_ name: String, _ usual: String) -> String { (values[name] ?? json?[name])?.string ?? usual }
    return ModelEndpoint(
      ModelEndpoint.Format(rawValue: text("api_format", "")) ?? .openAI,
      baseURL: text("base_url", "http://localhost:11434/v1"), model: text("model", "gemma3n:e4b"),
      keyVariable: text("api_key_env", ""), timeout: (values["timeout"] ?? json?["timeout"])?.double ?? 120,
      environment: environment.variables)
  }

  /// Whether the model of a section is to be asked.
  func isEnabled(section: String) -> Bool { json[section]?["enabled"]?.bool ?? false }

  /// What the settings say of a section, without the key itself.
  func json(section: String) -> JSONValue {
    let model = endpoint(section)
    var object: JSONObject = [
      "enabled": .bool(isEnabled(section: section)), "api_format": .string(model.format.rawValue),
      "base_url": .string(model.baseURL), "model": .string(model.model), "api_key_env": .string(model.keyVariable),
      "timeout": .double(model.timeout),
    ]
    if section == "llm_review" { object["prompt_version"] = .string(json[section]?["prompt_version"]?.string ?? "1") }
    return .object(object)
  }

  /// The user's own program that knows the model.
  var privacyFilterCommand: String? {
    option(.privacyFilter, "command")?.string.flatMap { $0.contains { !$0.isWhitespace } ? $0 : nil }
  }

  var privacyFilterModel: String { option(.privacyFilter, "model_name")?.string ?? "openai/privacy-filter" }
  var privacyFilterThreshold: Double { option(.privacyFilter, "score_threshold")?.double ?? 0.7 }

  /// Sets options of a tool, in `config.json`; null takes one away.
  static func set(_ tool: ToolName, _ values: [String: JSONValue], _ environment: HostEnvironment) throws {
    try set(section: tool.rawValue, values, environment)
  }

  /// - Parameter section: the name of a tool, or another one; nil for what stands beside them.
  static func set(section: String?, _ values: [String: JSONValue], _ environment: HostEnvironment) throws {
    try ProjectRegistry(environment).update { settings in
      var security = settings["security"]?.object ?? [:]
      var options = section.map { security[$0]?.object ?? [:] } ?? security
      for (name, value) in values.sorted(by: { $0.key < $1.key }) { options[name] = value == .null ? nil : value }
      if let section { security[section] = .object(options) } else { security = options }
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

  /// Seconds that a model is waited for when somebody asks how it is.
  private static let patience = 2.0

  /// `missing` for a tool that is wanted and can't run here, `unreachable` for one whose model does not answer.
  private func state(_ tool: ToolName) -> String {
    guard isEnabled(tool) else { return "disabled" }
    let isThere =
      switch tool {
      case .trufflehog: environment.program("trufflehog") != nil
      case .privacyFilter: privacyFilterCommand != nil
      case .llmPII: endpoint("llm_pii").format == .fake || environment.program("curl") != nil
      default: true
      }
    if tool == .llmPII, isThere, !endpoint("llm_pii").reach(within: Self.patience).isReachable { return "unreachable" }
    return isThere ? "enabled" : "missing"
  }

  private func detail(_ tool: ToolName) -> String? {
    switch tool {
    case .regex:
      "\(PatternCatalog.count) built-in detectors" + (rules.isEmpty ? "" : ", \(rules.count) of your own")
    case .entropy: "random-looking runs of 16 to 180 characters"
    case .businessLogic: "internal hosts and URLs, connection strings, account numbers"
    case .pathAnonymizer: "user names in paths"
    case .capsuleScope: "\(options.excludedPaths.count) excluded paths"
    case .classifier: "sensitivity=\(options.sensitivity)"
    case .trufflehog: isEnabled(tool) ? ExternalTool.trufflehogVersion(environment.variables) : nil
    case .privacyFilter: privacyFilterModel
    case .llmPII: "\(endpoint("llm_pii").format.rawValue) / \(endpoint("llm_pii").model)"
    }
  }
}
