internal import ArgumentParser

/// `trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Read kept sessions.", subcommands: [TraceGetCommand.self])

  @OptionGroup var global: GlobalOptions
}
