internal import ArgumentParser
internal import Basics
internal import Integrations

/// The options that the set-up of every agent with hooks takes.
struct AgentSetupOptions: ParsableArguments {
  @Option(help: "Where the scripts go, instead of the agent's own directory of hooks.")
  var hooksDir: String?

  @Flag(help: "Say what would be done, change nothing.")
  var dryRun = false

  @Flag(help: "Take the hooks and their scripts out again.")
  var remove = false
}

/// `setup claude-code`
struct SetupClaudeCodeCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "claude-code", abstract: "Install or remove the hooks of Claude Code.",
    discussion: """
      Puts one script per event into the hooks directory and registers it in the settings file. Other entries, the \
      layout and the comments of the file stay as they are.
      """)

  @Option(help: "The settings file; ~/.claude/settings.json unless told.")
  var settingsFile: String?

  @OptionGroup var options: AgentSetupOptions

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let hooks = AgentHooks.claudeCode(
      context.environment, directory: options.hooksDir.map(context.settingsPath),
      settingsFile: settingsFile.map(context.settingsPath))
    return try AgentSetup(hooks: hooks, fileKey: "settings_file", context: context).run(options)
  }
}

/// `setup codex-cli`
struct SetupCodexCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "codex-cli", abstract: "Install or remove the hooks of Codex CLI.",
    discussion: """
      Puts one script per event into the hooks directory and registers it in hooks.json. Codex asks for a review of new \
      hooks before it runs them. config.toml is not touched.
      """)

  @Option(help: "Codex's hooks file; ~/.codex/hooks.json unless told.")
  var hooksFile: String?

  @OptionGroup var options: AgentSetupOptions

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let hooks = AgentHooks.codex(
      context.environment, directory: options.hooksDir.map(context.settingsPath),
      settingsFile: hooksFile.map(context.settingsPath))
    return try AgentSetup(hooks: hooks, fileKey: "hooks_file", context: context).run(options)
  }
}

extension CommandContext {
  /// A path of an option, a leading `~` expanded also where no shell did it.
  fileprivate func settingsPath(_ path: String) -> String { self.path(environment.expandingTilde(path)) }
}

/// What `setup claude-code` and `setup codex-cli` have in common.
private struct AgentSetup {
  let hooks: AgentHooks
  let fileKey: String
  let context: CommandContext

  func run(_ options: AgentSetupOptions) throws -> CommandResult {
    let (remove, dryRun) = (options.remove, options.dryRun)
    let installer = AgentHookInstaller(
      hooks, registry: ProjectRegistry(context.environment), version: ProductVersion.text, binary: context.executable)
    let report = remove ? try installer.remove(dryRun: dryRun) : try installer.install(dryRun: dryRun)
    var json: JSONObject = ["status": "ok"]
    if remove {
      json["action"] = "remove"
      json["removed"] = .strings(report.removed)
    } else if dryRun {
      json["plan"] = .array(
        report.installed.map { event, path in
          ["event": .string(event), "source": "hooks/opentraces-agent", "dest": .string(path)]
        })
    } else {
      json["installed"] = .object(JSONObject(report.installed.map { ($0.event, .string($0.path)) }))
      json["hooks_added"] = .strings(report.added)
      json["hooks_removed"] = .strings(report.removed)
    }
    if dryRun { json["dry_run"] = true }
    json[fileKey] = .string(hooks.settingsFile)
    json["changed"] = .bool(!report.changes.isEmpty)
    json["changes"] = .array(report.changes.map { ["action": .string($0.action), "path": .string($0.path)] })
    if !remove { json["next_steps"] = .strings(nextSteps) }
    return CommandResult(json: .object(json), text: text(report, remove: remove))
  }

  private var nextSteps: [String] {
    hooks.agent == .codexCLI
      ? [
        "Start a new Codex CLI session and accept the hooks when it asks for a review of them",
        "If config.toml says 'hooks = false' below [features], Codex runs none",
      ]
      : ["Start a new Claude Code session; sessions that run already keep their old hooks"]
  }

  private func text(_ report: AgentHookReport, remove: Bool) -> String {
    let style = context.style
    let name = hooks.agent == .codexCLI ? "Codex CLI" : "Claude Code"
    var lines = [style.bold(remove ? "\(name) hooks removed" : "\(name) hooks in \(hooks.settingsFile)")]
    let verb = report.isDryRun ? "would " : ""
    lines += report.changes.map { "  \(verb)\($0.action) \($0.path)" }
    if report.changes.isEmpty { lines.append("  nothing to do") }
    if !remove && !report.changes.isEmpty { lines += nextSteps.map { style.dim("next: \($0)") } }
    return lines.joined(separator: "\n") + "\n"
  }
}
