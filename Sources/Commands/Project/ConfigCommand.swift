internal import ArgumentParser
internal import Basics
internal import Integrations
internal import SecurityTools

/// `config`
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Show or set configuration.",
    subcommands: [ConfigTrackingModeCommand.self, ConfigSetCommand.self])

  @OptionGroup var global: GlobalOptions
}

/// `config tracking-mode`
struct ConfigTrackingModeCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracking-mode", abstract: "Show or set which repositories agents' hooks capture.",
    discussion: """
      global: every repository that an agent works in, unless it is excluded. manual: only those that 'opentraces init' \
      enrolled.
      """)

  @Argument(help: "global or manual; nothing to show the present mode.")
  var mode: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let mode, mode != "global", mode != "manual" {
      throw ValidationError("tracking-mode takes global or manual, not '\(mode)'")
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let registry = ProjectRegistry(context.environment)
    if let mode { try registry.setTrackingMode(mode) }
    let present = try registry.trackingMode()
    return CommandResult(
      json: ["status": "ok", "tracking_mode": .string(present)], text: "tracking mode: \(present)\n")
  }
}

/// `config set KEY VALUE --project`, and the one key that is not of a project
struct ConfigSetCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Set a value in this project's marker, or for all projects.",
    discussion: """
      With --project: excluded, review_policy, agents, default_visibility. Lists are separated by commas.
      Without it: security.<tool>.enabled and the other settings of the security tools (docs/security.md); and pi-consent. \
      auto: sessions of Pi are captured where those of the other agents are. explicit: only in \
      repositories that 'opentraces init --agent pi' enrolled.
      """)

  @Argument(
    help:
      "excluded, review_policy, agents or default_visibility; pi-consent or security.… without --project.")
  var key: String

  @Argument(help: "The value.")
  var value: String

  @Flag(help: "Write it to this project's .opentraces.json.")
  var project = false

  @OptionGroup var global: GlobalOptions

  private static let keys = ["excluded", "review_policy", "agents", "default_visibility"]

  func run(_ context: CommandContext) throws -> CommandResult {
    guard project else { return try setForAllProjects(context) }
    guard Self.keys.contains(key) else {
      throw UserFacingError(
        code: "UNKNOWN_CONFIG_KEY", kind: "config", message: "unknown key '\(key)'",
        hint: "one of: " + Self.keys.joined(separator: ", "), exitCode: ExitStatus.usage)
    }
    let repository = try context.repository()
    let stored = try parsed()
    try Enrolment.setMarker(key, stored, in: repository)
    return CommandResult(
      json: ["status": "ok", "scope": "project", "key": .string(key), "value": stored],
      text: "\(key) = \(value)  (\(ProjectMarker.fileName))\n")
  }

  private func setForAllProjects(_ context: CommandContext) throws -> CommandResult {
    if key.hasPrefix("security.") { return try setSecurity(context) }
    guard key == "pi-consent" else { throw UserFacingError.notImplemented("config set without --project") }
    guard ["auto", "explicit"].contains(value) else { throw invalid("auto or explicit") }
    let registry = ProjectRegistry(context.environment)
    try registry.setPiConsent(value)
    return CommandResult(
      json: ["status": "ok", "scope": "global", "key": .string(key), "value": .string(value)],
      text: "\(key) = \(value)  (\(registry.path))\n")
  }

  private func setSecurity(_ context: CommandContext) throws -> CommandResult {
    guard let kind = SecurityKey.kind(key) else {
      throw UserFacingError(
        code: "UNKNOWN_CONFIG_KEY", kind: "config", message: "unknown key '\(key)'",
        hint: "one of: " + SecurityKey.all.map { "security." + $0.name }.joined(separator: ", "),
        exitCode: ExitStatus.usage)
    }
    guard let stored = kind.value(value) else {
      guard let problem = kind.problem(value) else { throw invalid(kind.description) }
      throw UserFacingError(
        code: "INVALID_CONFIG_VALUE", kind: "config", message: problem,
        hint: "docs/security.md tells how rules are written",
        exitCode: ExitStatus.usage)
    }
    let parts = key.split(separator: ".").dropFirst().map(String.init)
    try SecuritySettings.set(
      section: parts.count > 1 ? parts[0] : nil, [parts[parts.count - 1]: stored], context.environment)
    return CommandResult(
      json: ["status": "ok", "scope": "global", "key": .string(key), "value": stored],
      text: "\(key) = \(stored.bool.map { "\($0)" } ?? value)  (\(ProjectRegistry(context.environment).path))\n")
  }

  private static func bool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "1", "yes", "on": true
    case "false", "0", "no", "off": false
    default: nil
    }
  }

  private func parsed() throws -> JSONValue {
    switch key {
    case "excluded":
      guard let isOn = Self.bool(value) else { throw invalid("true or false") }
      return .bool(isOn)
    case "review_policy":
      guard ["review", "auto"].contains(value) else { throw invalid("review or auto") }
      return .string(value)
    case "default_visibility":
      guard ["private", "public"].contains(value) else { throw invalid("private or public") }
      return .string(value)
    default:
      let agents = value.split(separator: ",").map { AgentName(name: String($0)) }
      guard !agents.isEmpty, !agents.contains(nil) else { throw invalid("claude-code, codex-cli or pi") }
      return .strings(agents.compactMap { $0?.rawValue })
    }
  }

  private func invalid(_ allowed: String) -> UserFacingError {
    UserFacingError(
      code: "INVALID_CONFIG_VALUE", kind: "config", message: "'\(value)' is no value for \(key)",
      hint: "\(key) takes \(allowed)", exitCode: ExitStatus.usage)
  }
}
