internal import ArgumentParser

/// `trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Read kept sessions.",
    subcommands: [
      TraceGetCommand.self, TraceMapCommand.self, TraceSliceCommand.self, TracePartitionCommand.self,
      TraceQueryCommand.self, TraceSkillsCommand.self, TraceIndexCommand.self, TraceCompareCommand.self,
      TraceTeleportCommand.self,
    ])

  @OptionGroup var global: GlobalOptions
}
