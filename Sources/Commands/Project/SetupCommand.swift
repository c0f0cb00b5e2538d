internal import ArgumentParser
internal import Basics
internal import Integrations

/// `setup`
struct SetupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup", abstract: "Wire opentraces into git and the agents.",
    subcommands: [
      SetupClaudeCodeCommand.self, SetupCodexCommand.self, SetupPiCommand.self, SetupGitCommand.self,
      SetupBucketCommand.self, SetupTrufflehogCommand.self, SetupPrivacyFilterCommand.self,
      SetupLLMReviewCommand.self,
    ])

  @OptionGroup var global: GlobalOptions
}

/// `setup git`
struct SetupGitCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "git", abstract: "Install or remove the git hooks of this repository.",
    discussion: """
      Installs post-commit, post-rewrite, post-merge, post-checkout and a pre-push guard beside the hooks that are there, hides the \
      private refs from fetches, and lets fetches bring the notes of others.
      """)

  @Flag(help: "Take the hooks and settings out again.")
  var remove = false

  @Flag(help: "Say what would be done, change nothing.")
  var dryRun = false

  @Option(help: "How hooks are installed: auto, file, config or manual.")
  var strategy: String = "auto"

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if GitHookInstaller.Strategy(rawValue: strategy) == nil {
      throw ValidationError("--strategy takes auto, file, config or manual")
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    var options = context.hookOptions
    options.strategy = GitHookInstaller.Strategy(rawValue: strategy) ?? .auto
    let installer = try GitHookInstaller(try context.repository(), options: options)
    let report = remove ? try installer.remove(dryRun: dryRun) : try installer.install(dryRun: dryRun)
    if let error = report.error, !context.isJSON { throw error }
    return CommandResult(
      json: report.json, text: text(report, context.style), exitCode: report.error?.exitCode ?? ExitStatus.ok)
  }

  private func text(_ report: GitSetupReport, _ style: Style) -> String {
    let verb = report.isDryRun ? "would " : ""
    var lines = report.changes.map { "  \(verb)\($0.action) \($0.subject)" }
    if lines.isEmpty { lines = ["  nothing to do"] }
    let title = remove ? "git hooks removed" : "git hooks in \(report.state.hookDirectory)"
    return ([style.bold(title)] + lines).joined(separator: "\n") + "\n"
  }
}
