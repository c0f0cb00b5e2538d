internal import ArgumentParser
internal import Basics
internal import SecurityTools

/// `security`
struct SecurityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "security", abstract: "Look at the security tools and try them.",
    subcommands: [SecurityToolsCommand.self, SecuritySanitizeCommand.self])

  @OptionGroup var global: GlobalOptions
}

/// `security tools`
struct SecurityToolsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tools", abstract: "The tools, in the order in which they run.",
    subcommands: [SecurityToolsListCommand.self, SecurityToolsInfoCommand.self])

  @OptionGroup var global: GlobalOptions
}

/// `security tools list`
struct SecurityToolsListCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the tools.")

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let settings = try SecuritySettings(context.environment)
    let tools = ToolName.allCases.map(settings.info)
    return CommandResult(
      json: ["status": "ok", "schema_version": "opentraces.security_tools.v1", "tools": .array(tools)],
      text: tools.map { SecurityToolText.line($0, context.style) }.joined(), isOneLine: true)
  }
}

/// `security tools info`
struct SecurityToolsInfoCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "info", abstract: "Show one tool.")

  @Argument(help: "The name of a tool.")
  var name: String

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    guard let tool = ToolName(rawValue: name) else {
      throw UserFacingError(
        code: "UNKNOWN_TOOL", kind: "security tools info", message: "unknown security tool: '\(name)'",
        hint: "one of: " + ToolName.allCases.map(\.rawValue).joined(separator: ", "), exitCode: ExitStatus.failure)
    }
    let info = try SecuritySettings(context.environment).info(tool)
    return CommandResult(json: info, text: SecurityToolText.line(info, context.style), isOneLine: true)
  }
}

/// Tools for people.
enum SecurityToolText {
  static func line(_ info: JSONValue, _ style: Style) -> String {
    let isOn = info["enabled"]?.bool ?? false
    let state = info["state"]?.string ?? ""
    return "  \(isOn ? style.good("[on ]") : style.dim("[off]")) "
      + style.bold(TextWidth.pad(info["name"]?.string ?? "", to: 16)) + " "
      + TextWidth.pad(info["kind"]?.string ?? "", to: 12) + " "
      + (state == "missing" ? style.bad(TextWidth.pad(state, to: 9)) : TextWidth.pad(state, to: 9)) + " "
      + style.dim(info["detail"]?.string ?? "") + "\n"
  }
}
