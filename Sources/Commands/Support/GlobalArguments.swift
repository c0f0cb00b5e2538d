internal import Basics
internal import Integrations

/// The options that may stand anywhere on the command line, and the rest.
struct GlobalArguments {
  private(set) var rest: [String] = []
  private(set) var isJSON = false
  private var color: String?
  private let environment: HostEnvironment

  init(_ words: [String], environment: HostEnvironment) {
    self.environment = environment
    var isLiteral = false
    var index = words.startIndex
    while index < words.endIndex {
      let word = words[index]
      index += 1
      if isLiteral {
        rest.append(word)
        continue
      }
      switch word {
      case "--":
        isLiteral = true
        rest.append(word)
      case "--json": isJSON = true
      case "--no-color": color = "never"
      case "--color" where index < words.endIndex && ["auto", "always", "never"].contains(words[index]):
        color = words[index]
        index += 1
      case "--color=auto", "--color=always", "--color=never": color = String(word.dropFirst(8))
      default: rest.append(word)
      }
    }
  }

  /// `--color`, then `NO_COLOR`, then `FORCE_COLOR`, then whether there is a terminal that knows colours.
  private func isColored(isTerminal: Bool) -> Bool {
    func isSet(_ name: String) -> Bool { !(environment.variables[name] ?? "").isEmpty }
    if isJSON || color == "never" { return false }
    if color == "always" { return true }
    if isSet("NO_COLOR") { return false }
    if isSet("FORCE_COLOR") || isSet("CLICOLOR_FORCE") { return true }
    return isTerminal && environment.variables["TERM"] != "dumb"
  }

  func context(environment: HostEnvironment, executable: String) -> CommandContext {
    let isTerminal = ProcessEnvironment.isOutputTerminal
    let width =
      environment.variables["COLUMNS"].flatMap { Int($0) } ?? (isTerminal ? ProcessEnvironment.terminalWidth : nil)
    return CommandContext(
      environment: environment, directory: Files.currentDirectory, executable: executable, isJSON: isJSON,
      style: Style(isOn: isColored(isTerminal: isTerminal)), width: max(40, width ?? 100), isTerminal: isTerminal,
      clock: { Timestamp.now() }, writeError: { ProcessEnvironment.writeError($0) },
      readLine: ProcessEnvironment.canAsk ? ProcessEnvironment.line : nil)
  }
}
