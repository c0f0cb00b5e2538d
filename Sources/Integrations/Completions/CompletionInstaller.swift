internal import Basics

/// Puts a completion script where the user's shell finds it, and takes it out again.
///
/// Files written: `$XDG_CONFIG_HOME/opentraces/completions/_ot.<shell>`; one line at the end of `~/.bashrc` or
/// `$ZDOTDIR/.zshrc`; for fish, which needs no line, one file for each name in `$XDG_CONFIG_HOME/fish/completions`.
public struct CompletionInstaller {
  public enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish
  }

  public struct Report: Sendable {
    public let shell: Shell
    public let scriptPath: String
    /// The shell's own file; for fish the one that it loads.
    public let startupPath: String
    /// The commands that are completed.
    public let names: [String]
    /// Whether anything was written or removed.
    public let changed: Bool
  }

  private static let mark = "# opentraces completions"
  private let environment: HostEnvironment
  private let shell: Shell

  public init(_ environment: HostEnvironment, shell: Shell) {
    self.environment = environment
    self.shell = shell
  }

  private var configHome: String { chosen("XDG_CONFIG_HOME") ?? environment.home + "/.config" }
  private var scriptPath: String { configHome + "/opentraces/completions/_ot." + shell.rawValue }

  private var startupPath: String {
    switch shell {
    case .bash: environment.home + "/.bashrc"
    case .zsh: (chosen("ZDOTDIR") ?? environment.home) + "/.zshrc"
    case .fish: fishFile("ot")
    }
  }

  private var fishDirectory: String { configHome + "/fish/completions" }
  private func fishFile(_ name: String) -> String { "\(fishDirectory)/\(name).fish" }
  private static func isOurs(_ text: [UInt8]) -> Bool { text.starts(with: mark.utf8) }

  private func chosen(_ variable: String) -> String? {
    environment.variables[variable].flatMap { $0.isEmpty ? nil : environment.expandingTilde($0) }
  }

  private var startupLine: String {
    let script = ShellText.quoted(scriptPath)
    return "[ -f \(script) ] && source \(script)  \(Self.mark)"
  }

  /// - Parameters:
  ///   - script: completes `opentraces`.
  ///   - aliases: other names that are completed alike, besides `ot`.
  /// - Throws: ``IntegrationError`` `PERMISSION_DENIED`; ``SystemError``.
  public func install(script: String, aliases: [String]) throws -> Report {
    var names = ["opentraces"]
    for name in ["ot"] + aliases where !names.contains(name) { names.append(name) }
    let text = Self.mark + "\n" + script + "\n" + binding(names.dropFirst()) + "\n"
    var edits = FileEdits()
    try edits.write(Array(text.utf8), mode: 0o644, to: scriptPath)
    if shell == .fish {
      for name in names {
        if let now = try edits.content(fishFile(name)), !Self.isOurs(now.text) {
          throw IntegrationError(
            code: "FOREIGN_FILE", kind: "completions", message: "\(fishFile(name)) is somebody else's.",
            hint: "move it away, or leave fish as it is", exitCode: 5)
        }
        try edits.write(Array(text.utf8), mode: 0o644, to: fishFile(name))
      }
    } else {
      let now = try edits.content(startupPath)
      try edits.write(adding(to: now?.text ?? []), mode: now?.mode ?? 0o644, to: startupPath)
    }
    return try apply(edits, names)
  }

  /// Removes the script and the line, byte for byte.
  public func uninstall() throws -> Report {
    var edits = FileEdits()
    edits.remove(scriptPath)
    if shell == .fish {
      for name in Files.list(fishDirectory) where name.hasSuffix(".fish") {
        let path = fishDirectory + "/" + name
        // Somebody else's file stays.
        if let now = try edits.content(path), Self.isOurs(now.text) { edits.remove(path) }
      }
    } else if let now = try edits.content(startupPath) {
      try edits.write(removing(from: now.text), mode: now.mode, to: startupPath)
    }
    return try apply(edits, [])
  }

  private func apply(_ edits: FileEdits, _ names: [String]) throws -> Report {
    do {
      try edits.apply()
    } catch let error as SystemError where error.isPermission {
      throw IntegrationError.unwritable(error.description)
    }
    return Report(
      shell: shell, scriptPath: scriptPath, startupPath: startupPath, names: names, changed: !edits.isEmpty)
  }

  /// What completes other names as `opentraces`.
  private func binding(_ names: ArraySlice<String>) -> String {
    names.map { name in
      switch shell {
      case .bash: "complete -o filenames -F _opentraces \(name)"
      case .zsh: "compdef _opentraces \(name)"
      case .fish: "complete -c \(name) -w opentraces"
      }
    }.joined(separator: "\n")
  }

  // MARK: The line

  private func adding(to text: [UInt8]) -> [UInt8] {
    let line = Array(startupLine.utf8)
    if text.split(separator: 0x0A).contains(where: { $0.elementsEqual(line) }) { return text }
    // A last line without line feed keeps lacking it: the line then stands after one of its own.
    return text + (text.last.map { $0 == 0x0A } ?? true ? line + [0x0A] : [0x0A] + line)
  }

  private func removing(from text: [UInt8]) -> [UInt8] {
    let line = Array(startupLine.utf8)
    var lines = text.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    lines.removeAll { $0 == line }
    return Array(lines.joined(separator: [0x0A]))
  }
}
