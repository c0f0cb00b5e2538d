internal import Basics

/// Walks over the commands of a script and notes what they certainly did.
struct ShellEffectReader {
  private(set) var effects: [ShellEffect] = []
  /// Nil after a `cd` to an unknown place.
  private var directory: String?
  private var stopsAtErrors = false

  init(directory: String) { self.directory = directory }

  /// Reads one chain. The script's result tells only that the last chain ran to its end; of the
  /// others, what stands behind a command that can fail is not certain.
  mutating func read(_ chain: [ShellPipeline], isLast: Bool) {
    for pipeline in chain {
      let isKnown = read(pipeline, mayFail: !isLast && !stopsAtErrors)
      if !isKnown, !isLast, !stopsAtErrors { return }
    }
  }

  /// Returns whether the pipeline hardly ever fails.
  private mutating func read(_ pipeline: ShellPipeline, mayFail: Bool) -> Bool {
    guard let last = pipeline.last, pipeline.count <= 2 else { return false }
    let input = pipeline.count == 2 ? ShellOutput.text(of: pipeline[0]) : nil
    if let target = outputTarget(of: last) {
      return write(ShellOutput.text(of: last, input: input), to: target)
    }
    guard let words = last.arguments, let name = words.first, !hasInputFile(last) else {
      if last.words.first.map({ Self.moves.contains($0.text) }) ?? true { directory = nil }
      return false
    }
    let arguments = Array(words.dropFirst())
    switch name {
    case "cd": return pipeline.count == 1 && change(to: arguments)
    case "pushd", "popd":
      directory = nil
      return false
    case "set":
      stopsAtErrors = stopsAtErrors || arguments.first.map { $0.hasPrefix("-e") } ?? false
      return true
    case "echo", "printf", "true", ":", "export": return true
    case "mkdir": return arguments.contains("-p")
    case "tee": return tee(arguments, text: ShellOutput.text(of: last, input: input))
    default:
      guard pipeline.count == 1 else { return false }
      if !mayFail || name == "rm" && arguments.first?.contains("f") == true {
        change(name, arguments)
      }
      return name == "touch" || name == "rm" && arguments.first?.contains("f") == true
    }
  }

  /// Commands that go to another directory.
  private static let moves: Set<String> = ["cd", "pushd", "popd"]

  private func hasInputFile(_ command: ShellCommand) -> Bool {
    command.redirects.contains { $0.operator == "<" || $0.operator == "<<<" }
  }

  /// The redirection of standard output, when there is exactly one.
  private func outputTarget(of command: ShellCommand) -> (path: String, appends: Bool)? {
    let found = command.redirects.filter {
      [">", ">>", ">|"].contains($0.operator) && ($0.descriptor ?? 1) == 1
    }
    guard found.count == 1, let target = found.first?.target, target.isCertain,
      !target.text.hasPrefix("/dev/")
    else { return nil }
    return (target.text, found[0].operator == ">>")
  }

  private func resolve(_ path: String) -> String? {
    if path.hasPrefix("/") { return Paths.absolute(path, base: "/") }
    return directory.map { Paths.absolute(path, base: $0) }
  }

  private mutating func note(_ path: String, _ change: ShellEffect.Change) {
    guard let path = resolve(path), !path.hasPrefix("/dev/") else { return }
    effects.append(ShellEffect(path: path, change: change))
  }

  private mutating func change(to arguments: [String]) -> Bool {
    guard arguments.count == 1, let target = arguments.first, target != "-" else {
      directory = nil
      return false
    }
    directory = resolve(target)
    return true
  }

  private mutating func write(_ text: String?, to target: (path: String, appends: Bool)) -> Bool {
    guard let text else { return false }
    note(target.path, target.appends ? .append(text) : .write(text))
    return true
  }

  private mutating func tee(_ arguments: [String], text: String?) -> Bool {
    guard let text else { return false }
    let appends = arguments.contains("-a") || arguments.contains("--append")
    for path in arguments where !path.hasPrefix("-") {
      note(path, appends ? .append(text) : .write(text))
    }
    return true
  }

  private mutating func change(_ name: String, _ arguments: [String]) {
    switch name {
    case "rm": remove(arguments)
    case "touch": for path in arguments where !path.hasPrefix("-") { note(path, .touch) }
    case "mv": move(arguments) { .rename(from: $0) }
    case "cp": move(arguments) { .copy(from: $0) }
    case "sed": substitute(arguments)
    case "git": git(arguments)
    default: break
    }
  }

  private mutating func git(_ arguments: [String]) {
    let rest = Array(arguments.dropFirst())
    switch arguments.first {
    case "rm" where !rest.contains("--cached") && !rest.contains("-n"): remove(rest)
    case "mv" where !rest.contains("-n") && !rest.contains("-k"): move(rest) { .rename(from: $0) }
    default: break
    }
  }

  private mutating func remove(_ arguments: [String]) {
    for path in arguments where !path.hasPrefix("-") { note(path, .delete) }
  }

  private mutating func move(_ arguments: [String], _ change: (String) -> ShellEffect.Change) {
    let options = arguments.filter { $0.hasPrefix("-") }
    let paths = arguments.filter { !$0.hasPrefix("-") }
    guard options.allSatisfy({ $0 == "-f" || $0 == "-p" || $0 == "--" || $0 == "-v" }),
      paths.count == 2, let source = resolve(paths[0]),
      let target = destination(of: paths[0], at: paths[1])
    else { return }
    note(target, change(source))
  }

  /// Where a file ends up. A target without extension may be a directory: then it is not certain.
  private func destination(of source: String, at target: String) -> String? {
    let name = Paths.name(source)
    if target.hasSuffix("/") { return name.isEmpty ? nil : target + name }
    let isFile = { (name: String) in name.dropFirst().contains(".") }
    guard isFile(name), isFile(Paths.name(target)) else { return nil }
    return target
  }

  private mutating func substitute(_ arguments: [String]) {
    guard let call = SedCall(arguments), call.isInPlace else { return }
    for path in call.files { note(path, .substitute(call.substitution)) }
  }
}
