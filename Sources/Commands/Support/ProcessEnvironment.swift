internal import Basics
internal import Glibc
internal import Ingest

/// What the operating system tells about this process.
enum ProcessEnvironment {
  static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      entry += 1
    }
    return variables
  }

  /// The path of the running program, symbolic links resolved where the system tells it.
  static func executable(_ arguments: [String]) -> String {
    let resolved = Files.resolvingLinks("/proc/self/exe")
    return resolved == "/proc/self/exe" ? arguments.first ?? "opentraces" : resolved
  }

  /// What `uname` and the environment tell of the machine.
  static func machine(_ variables: [String: String]) -> MachineFacts {
    var names = utsname()
    guard uname(&names) == 0 else { return MachineFacts() }
    func text(_ field: some Any) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    let shell = variables["SHELL"].map { Paths.name($0) }
    return MachineFacts(
      os: text(names.sysname).lowercased(), arch: text(names.machine),
      shell: shell.flatMap { $0.isEmpty ? nil : $0 })
  }

  /// A line of the standard input, without its line feed; nil at the end.
  @Sendable static func line() -> String? { readLine() }

  /// Whether a person can be asked: questions go to the standard error.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
  static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Columns of the terminal on standard output.
  static var terminalWidth: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  static func writeError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      if let base = bytes.baseAddress { _ = Glibc.write(STDERR_FILENO, base, bytes.count) }
    }
  }

  static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let got = read(STDIN_FILENO, &chunk, chunk.count)
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { return bytes }
      bytes += chunk[..<got]
    }
  }
}
