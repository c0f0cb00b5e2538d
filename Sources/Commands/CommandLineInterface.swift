internal import ArgumentParser
internal import Basics
internal import Glibc
internal import Integrations
internal import SecurityTools

/// The program: takes the arguments, runs a command, prints, returns the exit code.
public enum CommandLineInterface {
  public static func run(_ arguments: [String]) -> Int32 {
    signal(SIGPIPE, SIG_DFL)
    let words = Array(arguments.dropFirst())
    if words == ["--version"] {
      Output.write("opentraces, version \(ProductVersion.text)\n")
      return ExitStatus.ok
    }
    let environment = HostEnvironment(variables: ProcessEnvironment.variables())
    if words.first == "_hook" { return HookEntry.run(Array(words.dropFirst()), environment: environment) }
    if words.first == "_pi-bridge" {
      return HookEntry.bridge(
        Array(words.dropFirst()), environment: environment, executable: ProcessEnvironment.executable(arguments))
    }
    SecretRedactor.take { (try? SecuritySettings(environment))?.ownRules }
    let globals = GlobalArguments(words, environment: environment)
    let context = globals.context(environment: environment, executable: ProcessEnvironment.executable(arguments))
    do {
      if words.first == PushGuard.word { return try PushGuard.run(Array(words.dropFirst()), context) }
      return try execute(globals.rest, context)
    } catch {
      let command = globals.rest.prefix { !$0.hasPrefix("-") }.prefix(2).joined(separator: " ")
      return fail(UserFacingError.mapping(error, command: command.isEmpty ? "opentraces" : command), context)
    }
  }

  private static func execute(_ words: [String], _ context: CommandContext) throws -> Int32 {
    if let missing = UnbuiltCommands.match(words) { throw UserFacingError.notImplemented(missing) }
    // What hooks and schedules run most of the time with nothing to do takes no tree of commands.
    if words == BucketRemotePushCommand.words, let result = try BucketRemotePushCommand.unchanged(context) {
      return show(result, context)
    }
    let command: any ParsableCommand
    do {
      command = try OpentracesCommand.parseAsRoot(words)
    } catch {
      return try help(error, words)
    }
    guard let command = command as? any ContextCommand else { return try showHelp(of: command, words) }
    return show(try command.run(context), context)
  }

  private static func show(_ result: CommandResult, _ context: CommandContext) -> Int32 {
    if context.isJSON {
      if let lines = result.lines {
        for line in lines { Output.write(String(decoding: CanonicalJSON.line(line), as: UTF8.self) + "\n") }
      } else {
        let json = result.json
        let bytes = result.isOneLine ? CanonicalJSON.spacedLine(json) + [0x0A] : CanonicalJSON.pretty(json)
        Output.write(String(decoding: bytes, as: UTF8.self))
      }
    } else if !result.text.isEmpty {
      Output.write(result.text.hasSuffix("\n") ? result.text : result.text + "\n")
    }
    return result.exitCode
  }

  /// The parser's own help command answers by asking for help; a group without its verb is a usage error.
  private static func showHelp(of command: any ParsableCommand, _ words: [String]) throws -> Int32 {
    var command = command
    let verbs = type(of: command).configuration.subcommands.compactMap { $0.configuration.commandName }
    if !words.isEmpty && !verbs.isEmpty {
      let path = knownPath(words)
      throw UserFacingError.usage(
        "opentraces \(path) needs one of: \(verbs.joined(separator: ", "))", command: path,
        hint: "opentraces \(path) --help")
    }
    do {
      try command.run()
      return ExitStatus.ok
    } catch {
      return try help(error, words)
    }
  }

  /// Help goes to standard output; everything else that the parser refuses is a usage error.
  private static func help(_ error: any Error, _ words: [String]) throws -> Int32 {
    guard OpentracesCommand.exitCode(for: error) == .success else {
      let text = OpentracesCommand.message(for: error)
      let command = Self.knownPath(words)
      throw UserFacingError.usage(
        text.isEmpty ? "wrong usage" : text, command: command,
        hint: "opentraces \(command)\(command.isEmpty ? "" : " ")--help")
    }
    Output.write(OpentracesCommand.fullMessage(for: error) + "\n")
    return ExitStatus.ok
  }

  /// The words at the start that name a command.
  private static func knownPath(_ words: [String]) -> String {
    var path: [String] = []
    var command: any ParsableCommand.Type = OpentracesCommand.self
    for word in words {
      guard let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word }) else {
        break
      }
      path.append(word)
      command = next
    }
    return path.joined(separator: " ")
  }

  private static func fail(_ error: UserFacingError, _ context: CommandContext) -> Int32 {
    if context.isJSON {
      Output.write(String(decoding: CanonicalJSON.pretty(error.json), as: UTF8.self))
    } else {
      context.warn("error: \(error.message)")
      if let hint = error.hint { context.warn("hint: \(hint)") }
    }
    return error.exitCode
  }
}

/// Standard output.
enum Output {
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let base = bytes.baseAddress {
        let put = Glibc.write(STDOUT_FILENO, base + done, bytes.count - done)
        if put < 0 {
          if errno == EINTR { continue }
          return
        }
        done += put
      }
    }
  }
}
