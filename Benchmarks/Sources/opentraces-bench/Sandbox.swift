import Glibc

/// A temporary directory in which everything happens, and the environment of the programs that are measured: a home of
/// their own, no settings of the machine, fixed identities, no automatic maintenance.
struct Sandbox {
  let root: String
  let binary: String
  let git: String

  init(binary: String) throws {
    guard let path = File.resolved(binary) else { throw BenchError("no such program: \(binary)") }
    self.binary = path
    git = try Self.find("git")
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/opentraces-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw BenchError("make a temporary directory", errno) }
    let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    root = File.resolved(made) ?? made
    try File.write(
      "[user]\n\tname = Ada Author\n\temail = ada@example.com\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
        + "[init]\n\tdefaultBranch = main\n[commit]\n\tgpgSign = false\n[advice]\n\tdetachedHead = false\n",
      to: root + "/gitconfig")
  }

  func remove() { try? shell("rm -rf \"$1\"", root) }

  private static func find(_ name: String) throws -> String {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let candidates = path.split(separator: ":").map { "\($0)/\(name)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else { throw BenchError("no \(name) in PATH") }
    return found
  }

  func environment(home: String, time: Int? = nil) -> [String: String] {
    var variables = [
      "HOME": home, "OPENTRACES_HOME": home + "/.opentraces", "LC_ALL": "C", "TZ": "UTC",
      "PATH": getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": root + "/gitconfig", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat",
    ]
    if let time {
      variables["GIT_AUTHOR_DATE"] = "@\(time) +0000"
      variables["GIT_COMMITTER_DATE"] = "@\(time) +0000"
    }
    return variables
  }

  func opentraces(_ words: [String], in directory: String, home: String) -> Program {
    Program(path: binary, arguments: words, directory: directory, environment: environment(home: home))
  }

  /// - Parameters:
  ///   - time: author and committer time.
  ///   - committed: committer time alone.
  func git(
    _ words: [String], in directory: String, home: String? = nil, time: Int? = nil, committed: Int? = nil
  ) -> Program {
    var variables = environment(home: home ?? root, time: time)
    if let committed { variables["GIT_COMMITTER_DATE"] = "@\(committed) +0000" }
    return Program(path: git, arguments: words, directory: directory, environment: variables)
  }

  /// Runs a step that is not measured; its failure ends the measurement.
  func prepare(_ program: Program) throws {
    var program = program
    program.output = root + "/output"
    let run = try program.run()
    guard run.isSuccess else {
      let errors = File.read(root + "/output.err")
      let words = program.arguments.joined(separator: " ")
      throw BenchError("'\(program.path) \(words)' ended with \(run.status)\n\(errors)")
    }
  }

  /// Runs a small script with arguments `$1`, `$2`, …
  func shell(_ script: String, _ arguments: String...) throws {
    try prepare(
      Program(
        path: "/bin/sh", arguments: ["-ec", script, "sh"] + arguments, directory: "/",
        environment: environment(home: root)))
  }

  /// The lines that a program prints.
  func lines(of program: Program) throws -> [String] {
    try prepare(program)
    return File.read(root + "/output").split(separator: "\n").map(String.init)
  }
}
