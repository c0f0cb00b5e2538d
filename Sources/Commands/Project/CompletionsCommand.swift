internal import ArgumentParser
internal import Basics
internal import Integrations

/// `completions`
struct CompletionsCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print or install a shell completion script.",
    usage: "opentraces completions [install | uninstall] [bash | zsh | fish] [--alias <name>] [--quiet]",
    discussion: "Without a shell: the one in $SHELL.")

  @Argument(help: "install or uninstall, and bash, zsh or fish.")
  var words: [String] = []

  @Option(help: "With install: another name that is completed alike. Can be repeated.")
  var alias: [String] = []

  @Flag(name: .shortAndLong, help: "With install and uninstall: print nothing.")
  var quiet = false

  @OptionGroup var global: GlobalOptions

  private var action: String { words.first.flatMap { Self.actions.contains($0) ? $0 : nil } ?? "print" }
  private static let actions = ["install", "uninstall"]

  func validate() throws {
    if words.count > (action == "print" ? 1 : 2) { throw ValidationError("completions takes one shell") }
    if action != "install", !alias.isEmpty { throw ValidationError("--alias goes with install only") }
    if action == "print", quiet { throw ValidationError("--quiet goes with install and uninstall only") }
    let isName = { (name: String) in
      !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "_-.".contains($0) }
    }
    if let bad = alias.first(where: { !isName($0) }) { throw ValidationError("'\(bad)' is no name for a command") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let name =
      words.last.flatMap { Self.actions.contains($0) ? nil : $0 }
      ?? Paths.name(context.environment.variables["SHELL"] ?? "bash")
    guard let shell = CompletionInstaller.Shell(rawValue: name), let kind = CompletionShell(rawValue: name) else {
      throw UserFacingError.usage(
        "unknown shell '\(name)'", command: "completions", hint: "completions takes bash, zsh or fish")
    }
    let script = OpentracesCommand.completionScript(for: kind)
    let installer = CompletionInstaller(context.environment, shell: shell)
    switch action {
    case "install": return result(try installer.install(script: script, aliases: alias))
    case "uninstall": return result(try installer.uninstall())
    default:
      return CommandResult(
        json: ["status": "ok", "action": "print", "shell": .string(name), "script": .string(script)], text: script)
    }
  }

  private func result(_ report: CompletionInstaller.Report) -> CommandResult {
    let json: JSONValue = [
      "status": "ok", "action": .string(action), "shell": .string(report.shell.rawValue),
      "script_path": .string(report.scriptPath), "rc_path": .string(report.startupPath),
      "names": .strings(report.names), "changed": .bool(report.changed),
    ]
    if quiet { return CommandResult(json: json, text: "") }
    let text =
      action == "install"
      ? "\(report.names.joined(separator: ", ")) completed in \(report.shell.rawValue) from its next start on\n"
        + "  \(report.scriptPath)\n  \(report.startupPath)\n"
      : report.changed
        ? "completions of \(report.shell.rawValue) removed\n"
        : "no completions of \(report.shell.rawValue) were there\n"
    return CommandResult(json: json, text: text)
  }
}
