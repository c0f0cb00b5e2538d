internal import ArgumentParser

/// `trail`
struct TrailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trail", abstract: "Which session wrote which lines, and what became of them.",
    subcommands: [
      TrailBlameCommand.self, GraphCommand.self, TrackCommand.self, PullRequestCommand.self, ExportCommand.self,
    ])

  @OptionGroup var global: GlobalOptions
}

/// `trail blame`
struct TrailBlameCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blame", abstract: "Tie commits to sessions and sessions to commits.",
    subcommands: [BlameCommitCommand.self, PullRequestCommand.self], defaultSubcommand: BlameCommitCommand.self)
}
