internal import ArgumentParser
internal import Basics
internal import Integrations
internal import TraceModel

/// `doctor`
struct DoctorCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Report the health of integrations, security tools and what is kept.",
    discussion: """
      Changes nothing and asks nobody but the language models that are enabled. Ends with 3 when a security tool that is on can't \
      run, when a hook is broken or of another version, or when the event log is damaged.
      """)

  @Flag(help: "The security tools alone.")
  var security = false

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let report = try DoctorReport(context)
    let exit = report.isHealthy ? ExitStatus.ok : ExitStatus.configuration
    if security {
      return CommandResult(
        json: [
          "status": "ok", "schema_version": .string(TraceRecord.currentSchemaVersion),
          "doctor": .object(report.securityJSON),
        ], text: report.text([report.security], context.style), exitCode: exit)
    }
    var json: JSONObject = [
      "status": "ok", "schema_version": .string(TraceRecord.currentSchemaVersion), "doctor": .object(report.json),
    ]
    if let next = report.nextCommand {
      json["next_command"] = .string(next.command)
      json["next_steps"] = [.string(next.step)]
    }
    return CommandResult(json: .object(json), text: report.text(report.sections, context.style), exitCode: exit)
  }
}
