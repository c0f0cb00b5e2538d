internal import ArgumentParser
internal import Basics
internal import Integrations
internal import SecurityTools

/// `setup trufflehog`
struct SetupTrufflehogCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "trufflehog", abstract: "Turn the security tool 'trufflehog' on or off.",
    discussion: """
      The program itself is not installed: see https://github.com/trufflesecurity/trufflehog. It is run without asking issuers \
      whether keys are in use; "security": {"trufflehog": {"verify_secrets": true}} in config.json lets it.
      """)

  @Flag(help: "Turn it on.")
  var enable = false

  @Flag(help: "Turn it off.")
  var disable = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if enable && disable { throw ValidationError("--enable and --disable exclude each other") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let isThere = context.environment.program("trufflehog") != nil
    if !disable, !isThere {
      // With the flag the answer is about the program, without it about who could install it.
      throw UserFacingError(
        code: enable ? "TRUFFLEHOG_MISSING" : "INTERACTIVE_REQUIRED", kind: "setup trufflehog",
        message: "there is no trufflehog on PATH",
        hint: "install it (https://github.com/trufflesecurity/trufflehog), then opentraces setup trufflehog",
        exitCode: enable ? ExitStatus.configuration : ExitStatus.usage)
    }
    try SecuritySettings.set(.trufflehog, ["enabled": .bool(!disable)], context.environment)
    let version = isThere ? ExternalTool.trufflehogVersion(context.environment.variables) : nil
    let action = disable ? "disable" : "enable"
    let style = context.style
    return CommandResult(
      json: [
        "status": "ok", "action": .string(action), "trufflehog_enabled": .bool(!disable),
        "trufflehog_version": .optional(version),
      ],
      text: disable
        ? "\(style.good("✓")) trufflehog is off\n"
        : "\(style.good("✓")) trufflehog is on  \(style.dim(version ?? ""))\nnext: opentraces bucket security run --all\n"
    )
  }
}

/// `setup privacy-filter`
struct SetupPrivacyFilterCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "privacy-filter", abstract: "Turn the security tool 'privacy_filter' on or off.",
    discussion: """
      No model comes along: --command names a program of yours. For each line {"text": "…"} on its standard input it prints a line \
      {"spans": [{"start": 0, "end": 5, "type": "PERSON", "score": 0.99}]}, positions in Unicode scalars.
      """)

  @Flag(help: "Turn it on.")
  var enable = false

  @Flag(help: "Turn it off.")
  var disable = false

  @Option(help: ArgumentHelp("What runs the model.", valueName: "command"))
  var command: String?

  @Option(help: ArgumentHelp("The model's name, for those who read the settings.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("From 0 to 1: spans that score less stay (0.7).", valueName: "score"))
  var scoreThreshold: Double?

  @Flag(help: .hidden)
  var installDeps = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if enable && disable { throw ValidationError("--enable and --disable exclude each other") }
    if let scoreThreshold, !(0...1).contains(scoreThreshold) {
      throw ValidationError("--score-threshold takes a number from 0 to 1")
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if installDeps { throw UserFacingError.notImplemented("setup privacy-filter --install-deps") }
    var values: [String: JSONValue] = [:]
    if let command { values["command"] = .string(command) }
    if let model { values["model_name"] = .string(model) }
    if let scoreThreshold { values["score_threshold"] = .double(scoreThreshold) }
    let before = try SecuritySettings(context.environment)
    if !disable, command == nil, before.privacyFilterCommand == nil {
      throw UserFacingError(
        code: "PRIVACY_FILTER_MISSING", kind: "setup privacy-filter", message: "no program is named that runs a model",
        hint: "opentraces setup privacy-filter --command '…'; --help says what it has to speak",
        exitCode: ExitStatus.configuration)
    }
    values["enabled"] = .bool(!disable)
    try SecuritySettings.set(.privacyFilter, values, context.environment)
    let settings = try SecuritySettings(context.environment)
    let style = context.style
    return CommandResult(
      json: [
        "status": "ok", "action": "setup-privacy-filter", "enabled": .bool(!disable),
        "model": .string(settings.privacyFilterModel), "score_threshold": .double(settings.privacyFilterThreshold),
        "command": .optional(settings.privacyFilterCommand),
      ],
      text: disable
        ? "\(style.good("✓")) privacy_filter is off\n"
        : "\(style.good("✓")) privacy_filter is on  \(style.dim(settings.privacyFilterModel))\n"
          + "next: opentraces bucket security run --all\n")
  }
}
