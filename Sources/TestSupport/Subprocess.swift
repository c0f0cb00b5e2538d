internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// Runs a program and waits for it.
///
/// Input and output go through files, so neither side can block the other and a child left behind holds nothing up.
///
/// - Parameters:
///   - executable: a path, or a name that is looked up in the `PATH` of `environment`.
///   - environment: the whole environment of the program.
///   - timeout: seconds after which it is ended.
/// - Returns: the result; exit code 127 when there is no such program.
/// - Throws: ``SystemError`` when nothing can be started.
public func run(
  _ executable: String, _ arguments: [String] = [], environment: [String: String], input: [UInt8] = [],
  directory: String, timeout: Double = 60
) throws -> ShellResult {
  let files = try Subprocess.Streams(input: input)
  defer { files.remove() }
  let child = try Subprocess.start(
    Subprocess.find(executable, environment), arguments, environment: environment, directory: directory, files)
  let (code, timedOut) = Subprocess.wait(child, timeout: timeout)
  return ShellResult(
    exitCode: code, outputBytes: try Files.readIfPresent(files.output) ?? [],
    errorBytes: try Files.readIfPresent(files.errors) ?? [], timedOut: timedOut)
}

/// The steps of ``run(_:_:environment:input:directory:timeout:)``.
enum Subprocess {
  /// The files that stand for the standard streams.
  struct Streams {
    let base: String
    var input: String { base + "/in" }
    var output: String { base + "/out" }
    var errors: String { base + "/err" }

    init(input bytes: [UInt8]) throws {
      base = try TemporaryDirectory.make()
      try Files.append(bytes, to: input)
    }

    func remove() {
      // A file left in the temporary directory harms no test.
      try? Files.removeTree(base)
    }
  }

  static func find(_ executable: String, _ environment: [String: String]) -> String {
    if executable.contains("/") { return executable }
    let directories = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return directories.map { "\($0)/\(executable)" }.first { access($0, X_OK) == 0 } ?? executable
  }

  static func start(
    _ path: String, _ arguments: [String], environment: [String: String], directory: String, _ files: Streams
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, files.input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, files.errors, O_WRONLY | O_CREAT, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that ending it ends its children.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var child: pid_t = 0
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    // posix_spawn can't change the directory everywhere; git can, and a shell that replaces itself can.
    let command =
      Paths.name(path) == "git" && directory.hasPrefix("/")
      ? [path, "-C", directory] : ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", directory, path]
    let result = withCStrings(command + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&child, command[0], &actions, &attributes, arguments, $0) }
    }
    guard result == 0 else { throw SystemError("start", path, code: result) }
    return child
  }

  private static func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      var empty: UnsafeMutablePointer<CChar>?
      return withUnsafePointer(to: &empty) { body(buffer.baseAddress.map { UnsafePointer($0) } ?? $0) }
    }
  }

  static func wait(_ child: pid_t, timeout: Double) -> (code: Int32, timedOut: Bool) {
    let deadline = MonotonicClock.seconds() + timeout
    var status: Int32 = 0
    var pause: UInt32 = 100
    var timedOut = false
    while waitpid(child, &status, timedOut ? 0 : WNOHANG) == 0 {
      if MonotonicClock.seconds() > deadline {
        kill(-child, SIGKILL)
        timedOut = true
      } else {
        usleep(pause)
        pause = min(pause * 2, 5_000)
      }
    }
    let signal = status & 0x7F
    return (signal == 0 ? status >> 8 & 0xFF : 128 + signal, timedOut)
  }
}
