internal import ArgumentParser

/// A command of the program: parses its arguments, calls one service, returns what to print.
protocol ContextCommand: ParsableCommand {
  func run(_ context: CommandContext) throws -> CommandResult
}

/// Options that every command takes, at any place of the command line.
struct GlobalOptions: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @Flag(name: .customLong("no-color"), help: "Print without colours.")
  var noColor = false

  @Option(name: .long, help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
  var color: String?

  func validate() throws {
    if let color, !["auto", "always", "never"].contains(color) {
      throw ValidationError("--color takes auto, always or never, not '\(color)'")
    }
  }
}
