internal import Basics
internal import TraceModel

/// What a call of Codex asked to be done.
struct CodexCommand {
  let call: ToolCall
  /// The working directory of the turn.
  let directory: String?

  /// The script that a shell runs; nil for other tools, and for a program that is called directly.
  var script: String? {
    if let command = words, command.count >= 3, Self.isShell(command[0]), Self.options.contains(command[1]) {
      return command[2]
    }
    guard words == nil, isShellCall else { return nil }
    return call.input["cmd"]?.string ?? call.input["command"]?.string
  }

  /// The command as one line, for display.
  var line: String? {
    isShellCall ? script ?? words?.joined(separator: " ") : nil
  }

  private var isShellCall: Bool { Self.shellTools.contains(call.toolName) }

  /// Tools that run a command line.
  static let shellTools: Set<String> = [
    "exec_command", "shell", "shell_command", "local_shell_call", "local_shell", "container.exec", "unified_exec",
    "bash", "Bash",
  ]

  private var words: [String]? {
    guard let list = (call.input["command"] ?? call.input["cmd"])?.array else { return nil }
    let words = list.compactMap(\.string)
    return words.count == list.count ? words : nil
  }

  private static let options: Set<String> = ["-c", "-lc", "-ic", "-lic"]

  private static func isShell(_ program: String) -> Bool {
    ["bash", "sh", "zsh", "dash"].contains(Paths.name(program))
  }

  /// The directory of the call: its own, else that of the turn.
  var workingDirectory: String? {
    let own = call.input["workdir"]?.string ?? call.input["working_directory"]?.string
    guard let own, !own.isEmpty else { return directory }
    if own.utf8.first == 0x2F { return Paths.absolute(own, base: "/") }
    return directory.map { Paths.absolute(own, base: $0) }
  }

  /// The patch that the call applies, and the directory its paths start from.
  var patch: (text: String, directory: String?)? {
    if call.toolName == "apply_patch" {
      let text = call.input["patch"]?.string ?? call.input["raw"]?.string ?? words?.last
      return text.flatMap { Self.holdsPatch($0) ? ($0, workingDirectory) : nil }
    }
    if let words, words.count == 2, Self.isApplyPatch(words[0]), Self.holdsPatch(words[1]) {
      return (words[1], workingDirectory)
    }
    guard let script, Self.holdsPatch(script) else { return nil }
    return hereDocument(in: script)
  }

  private static func holdsPatch(_ text: String) -> Bool { TextSearch.contains(text, "*** Begin Patch") }

  private static func isApplyPatch(_ name: some StringProtocol) -> Bool {
    name == "apply_patch" || name == "applypatch"
  }

  /// `[cd directory &&] apply_patch <<'EOF'`, or the patch as a quoted argument.
  private func hereDocument(in script: String) -> (text: String, directory: String?)? {
    guard let begin = script.range(of: "*** Begin Patch") else { return nil }
    let head = script[..<begin].split { $0 == "\n" || $0 == ";" || $0 == "&" }.map { Self.trimmed($0) }
    guard let command = head.last(where: { !$0.isEmpty }) else { return nil }
    let words = command.split { " <'\"\\".contains($0) }
    guard let name = words.first, Self.isApplyPatch(name) else { return nil }
    return (String(script[begin...]), Self.moved(workingDirectory, by: head.dropLast()))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop { $0 == " " || $0 == "\t" }
    let end = start.lastIndex { $0 != " " && $0 != "\t" }
    return end.map { start[...$0] } ?? ""
  }

  /// The directory after the commands in front. Nil when it is not certain.
  private static func moved(_ directory: String?, by commands: some Sequence<Substring>) -> String? {
    var directory = directory
    for command in commands where command.hasPrefix("cd ") {
      let target = command.dropFirst(3).filter { $0 != "'" && $0 != "\"" }
      if target.contains(where: { "$`*?~".contains($0) }) { return nil }
      directory =
        target.hasPrefix("/")
        ? Paths.absolute(String(target), base: "/") : directory.map { Paths.absolute(String(target), base: $0) }
    }
    return directory
  }
}

extension String {
  /// The place of the first occurrence, found by bytes.
  fileprivate func range(of part: StaticString) -> Index? {
    let wanted = part.withUTF8Buffer { Array($0) }
    return TextSearch.offsets(of: wanted, in: Array(utf8), limit: 1).first.map { utf8.index(startIndex, offsetBy: $0) }
  }
}
