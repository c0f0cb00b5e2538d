internal import ArgumentParser
internal import Basics
internal import Integrations

/// `completions`
struct CompletionsCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print a shell completion script.")

  @Argument(help: "bash, zsh or fish; default: the shell in $SHELL.")
  var shell: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    if shell == "install" || shell == "uninstall" {
      throw UserFacingError.notImplemented("completions \(shell ?? "")")
    }
    let name = shell ?? Paths.name(context.environment.variables["SHELL"] ?? "bash")
    guard let kind = CompletionShell(rawValue: name) else {
      throw UserFacingError.usage(
        "unknown shell '\(name)'", command: "completions", hint: "completions takes bash, zsh or fish")
    }
    let script = OpentracesCommand.completionScript(for: kind)
    return CommandResult(
      json: ["status": "ok", "action": "print", "shell": .string(name), "script": .string(script)], text: script)
  }
}
