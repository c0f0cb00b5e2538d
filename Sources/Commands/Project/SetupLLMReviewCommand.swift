internal import ArgumentParser
internal import Basics
internal import SecurityTools

/// `setup llm-review`
struct SetupLLMReviewCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "llm-review", abstract: "Name the language model that reviews the rows of datasets.",
    discussion: """
      Nothing is asked but whether the address answers. The model of the security tool 'llm_pii' is a setting of its own: \
      opentraces config set security.llm_pii.base_url …. A key stays in an environment variable of yours, which \
      --api-key-env names.
      """)

  @Option(help: "openai-compat, ollama, anthropic or fake.")
  var apiFormat: String?

  @Option(help: ArgumentHelp("The address of the model's server.", valueName: "url"))
  var baseUrl: String?

  @Option(help: ArgumentHelp("The model's name.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The environment variable that holds the key.", valueName: "variable"))
  var apiKeyEnv: String?

  @Option(help: ArgumentHelp("Seconds for one answer (120).", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "Turn it on.")
  var enable = false

  @Flag(help: "Turn it off.")
  var disable = false

  @Flag(help: "Change nothing unless the address answers.")
  var test = false

  @Flag(help: "Show the settings, change nothing.")
  var print = false

  @Flag(help: "Ask nothing.")
  var noInteractive = false

  @Flag(help: .hidden)
  var project = false

  @OptionGroup var global: GlobalOptions

  private static let section = "llm_review"
  /// Seconds for a look whether the address answers.
  private static let patience = 5.0

  func validate() throws {
    if enable && disable { throw ValidationError("--enable and --disable exclude each other") }
    let hasValues = try !values().isEmpty
    if print && (enable || disable || test || hasValues) {
      throw ValidationError("--print shows the settings and goes with no other option")
    }
    if project { throw ValidationError("the model is a setting of the machine: there is no --project") }
  }

  /// What the options set.
  private func values() throws -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for (name, option, text) in [
      ("api_format", "--api-format", apiFormat), ("base_url", "--base-url", baseUrl), ("model", "--model", model),
      ("api_key_env", "--api-key-env", apiKeyEnv), ("timeout", "--timeout", timeout.map { "\($0)" }),
    ] {
      guard let text, let kind = SecurityKey.kind("security.\(Self.section).\(name)") else { continue }
      guard let value = kind.value(text), !(name == "model" && text.isEmpty) else {
        throw ValidationError("\(option) takes \(kind.description), not '\(text)'")
      }
      values[name] = value
    }
    return values
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let settings = try SecuritySettings(context.environment)
    if print {
      let json = settings.json(section: Self.section)
      return CommandResult(json: ["status": "ok", Self.section: json], text: Self.text(json, context.style))
    }
    if disable {
      try SecuritySettings.set(section: Self.section, ["enabled": false], context.environment)
      let json = try SecuritySettings(context.environment).json(section: Self.section)
      return CommandResult(
        json: ["status": "ok", "action": "disable", Self.section: json],
        text: "\(context.style.good("✓")) llm review is off\n")
    }
    var values = try values()
    if values.isEmpty, !enable, !test { values = try chosen(context) }
    // A key is for the address that it was given with, and so is the form.
    if let url = values["base_url"], url.string != settings.endpoint(Self.section).baseURL {
      if values["api_key_env"] == nil { values["api_key_env"] = "" }
      if values["api_format"] == nil { values["api_format"] = .string(ModelEndpoint.Format.openAI.rawValue) }
    }
    let candidate = settings.endpoint(Self.section, with: values)
    let reach = candidate.reach(within: Self.patience)
    if test, !reach.isReachable {
      throw UserFacingError(
        code: "LLM_UNREACHABLE", kind: "setup llm-review", message: "\(candidate.baseURL): \(reach.message)",
        hint: "nothing was changed; without --test the settings are kept as they are",
        exitCode: ExitStatus.configuration)
    }
    values["enabled"] = true
    try SecuritySettings.set(section: Self.section, values, context.environment)
    let json = try SecuritySettings(context.environment).json(section: Self.section)
    let style = context.style
    let mark = reach.isReachable ? style.good("✓") : style.partial("⚠")
    return CommandResult(
      json: [
        "status": "ok", "action": "install", Self.section: json, "reachable": .bool(reach.isReachable),
        "message": .string(reach.message),
      ],
      text: "\(mark) llm review is on: \(reach.message)\n" + Self.text(json, style))
  }

  private static func text(_ json: JSONValue, _ style: Style) -> String {
    let rows = ["enabled", "api_format", "base_url", "model", "api_key_env", "timeout"]
    return rows.map { name -> String in
      var shown = json[name]?.string ?? ""
      if let isOn = json[name]?.bool { shown = isOn ? "yes" : "no" }
      if let seconds = json[name]?.double { shown = "\(Int(seconds)) s" }
      return "  \(TextWidth.pad(name, to: 12)) \(shown.isEmpty ? style.dim("none") : shown)\n"
    }.joined()
  }

  // MARK: Asking

  private struct Preset {
    let name: String
    let format: ModelEndpoint.Format
    let url: String
    var key = ""
  }

  /// Addresses that are known, those of this machine first. Sources: what the projects and services document.
  private static let presets = [
    Preset(name: "ollama", format: .openAI, url: "http://localhost:11434/v1"),
    Preset(name: "lm-studio", format: .openAI, url: "http://localhost:1234/v1"),
    Preset(name: "llama-cpp", format: .openAI, url: "http://localhost:8080/v1"),
    Preset(name: "vllm", format: .openAI, url: "http://localhost:8000/v1"),
    Preset(name: "openai", format: .openAI, url: "https://api.openai.com/v1", key: "OPENAI_API_KEY"),
    Preset(name: "groq", format: .openAI, url: "https://api.groq.com/openai/v1", key: "GROQ_API_KEY"),
    Preset(name: "openrouter", format: .openAI, url: "https://openrouter.ai/api/v1", key: "OPENROUTER_API_KEY"),
    Preset(name: "together", format: .openAI, url: "https://api.together.xyz/v1", key: "TOGETHER_API_KEY"),
    Preset(name: "anthropic", format: .anthropic, url: "https://api.anthropic.com", key: "ANTHROPIC_API_KEY"),
  ]

  /// What the user picks; without a user it is a usage error.
  private func chosen(_ context: CommandContext) throws -> [String: JSONValue] {
    let needsOptions = UserFacingError(
      code: "INTERACTIVE_REQUIRED", kind: "setup llm-review", message: "there is nobody to ask which model it is",
      hint: "opentraces setup llm-review --base-url http://localhost:11434/v1 --model NAME", exitCode: ExitStatus.usage)
    if noInteractive { throw needsOptions }
    var menu = "Where is the model?\n"
    for (number, preset) in Self.presets.enumerated() {
      menu += "  \(number + 1) \(TextWidth.pad(preset.name, to: 11)) \(preset.url)\n"
    }
    guard let answer = context.ask(menu + "Number, or an address:") else { throw needsOptions }
    var values: [String: JSONValue] = [:]
    if let number = Int(answer), Self.presets.indices.contains(number - 1) {
      let preset = Self.presets[number - 1]
      values["api_format"] = .string(preset.format.rawValue)
      values["base_url"] = .string(preset.url)
      values["api_key_env"] = .string(preset.key)
    } else if ModelEndpoint.isAddress(answer) {
      values["base_url"] = .string(answer)
    } else {
      throw UserFacingError(
        code: "BAD_ANSWER", kind: "setup llm-review",
        message: answer.isEmpty ? "nothing was chosen" : "'\(answer)' is neither a number of the list nor an address",
        hint: "again, with 1 to \(Self.presets.count) or http://…", exitCode: ExitStatus.usage)
    }
    if let name = context.ask("The model's name:"), !name.isEmpty { values["model"] = .string(name) }
    return values
  }
}
