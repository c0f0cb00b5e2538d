internal import ArgumentParser

/// The root of the command tree.
struct OpentracesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "opentraces",
    abstract: "Keeps the record of AI coding sessions inside the git repository they changed.",
    version: "opentraces, version \(ProductVersion.text)",
    subcommands: [
      InitCommand.self, SetupCommand.self, StatusCommand.self, DoctorCommand.self, RemoveCommand.self,
      TrailCommand.self,
      TraceCommand.self, BucketCommand.self, SecurityCommand.self, GitBackfillCommand.self, ConfigCommand.self,
      CompletionsCommand.self,
    ])

  @OptionGroup var global: GlobalOptions
}
