internal import ArgumentParser

/// `trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Read kept sessions.", subcommands: [])

  @OptionGroup var global: GlobalOptions
}
