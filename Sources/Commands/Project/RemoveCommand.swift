internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations

/// `remove`
struct RemoveCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Take opentraces out of this repository; what was captured stays.")

  @Flag(help: "Delete the captured sessions, the event log and the notes as well.")
  var all = false

  @Flag(help: "Do not ask.")
  var yes = false

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.repository()
    if all && !yes && context.isTerminal && !context.isJSON {
      throw UserFacingError(
        code: "PURGE_NEEDS_CONFIRMATION", kind: "remove",
        message: "remove --all deletes every captured session of this repository",
        hint: "opentraces remove --all --yes", exitCode: ExitStatus.usage)
    }
    let removal = try ProjectRemoval(
      repository, options: context.hookOptions, registry: ProjectRegistry(context.environment))
    let result = try removal.run(all: all)
    var lines = ["removed: \(result.removed.isEmpty ? "nothing was there" : result.removed.joined(separator: ", "))"]
    lines += result.purged.map { "  \($0.name) was \($0.id.hex)" }
    lines += result.nextSteps.map { "  \($0)" }
    return CommandResult(json: result.json, text: lines.joined(separator: "\n") + "\n")
  }
}
