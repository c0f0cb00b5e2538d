#if canImport(Glibc)
  internal import Glibc
#endif

/// Another program, run to its end.
public struct ChildProgram: Sendable {
  public let exitCode: Int32
  public let output: [UInt8]
  public let errors: [UInt8]

  public var succeeded: Bool { exitCode == 0 }

  /// What a program that did not end in time has for an exit code, as timeout(1) has.
  public static let timedOut: Int32 = 124

  /// Runs a program that `PATH` finds and waits for it.
  ///
  /// Input and output go through files that have no name, so that neither side can block the other.
  ///
  /// - Parameters:
  ///   - environment: the whole environment of the program.
  ///   - directory: to run it in; nil for that of this process.
  ///   - seconds: after which it, and what it started in its process group, is killed; nil to wait for ever.
  /// - Returns: nil when there is no such program.
  /// - Throws: ``SystemError`` when it can't be started.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String], directory: String?, input: [UInt8] = [],
    seconds: Double? = nil
  ) throws -> ChildProgram? {
    guard let path = find(name, environment["PATH"] ?? "/usr/bin:/bin") else { return nil }
    let files = try (0..<3).map { _ in try unnamedFile() }
    defer { files.forEach { close($0) } }
    try input.withUnsafeBytes { bytes in
      guard write(files[0], bytes.baseAddress, bytes.count) == bytes.count else {
        throw SystemError.last("write for", name)
      }
    }
    lseek(files[0], 0, SEEK_SET)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, file) in files.enumerated() { posix_spawn_file_actions_adddup2(&actions, file, Int32(target)) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own can be killed whole. It is then no longer in the terminal's foreground: only for programs that
    // ask nobody.
    if seconds != nil { posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP)) }
    var child: pid_t = 0
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    // posix_spawn can't change the directory everywhere; a shell that replaces itself can.
    let command = directory.map { ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", $0, path] } ?? [path]
    let result = withCStrings(command + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&child, command[0], &actions, &attributes, arguments, $0) }
    }
    guard result == 0 else { throw SystemError("start", name, code: result) }
    let exitCode = wait(for: child, seconds: seconds)
    return ChildProgram(exitCode: exitCode, output: contents(files[1]), errors: contents(files[2]))
  }

  /// Starts a program that goes on by itself when this one has ended: in a process group of its own, without input and
  /// output.
  ///
  /// - Parameter path: of the program.
  /// - Returns: whether it was started.
  @discardableResult
  public static func startDetached(
    _ path: String, _ arguments: [String], environment: [String: String], directory: String
  ) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for target in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    let command = ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", directory, path]
    var child: pid_t = 0
    return withCStrings(command + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&child, command[0], &actions, &attributes, arguments, $0) }
    } == 0
  }

  private static func wait(for child: pid_t, seconds: Double?) -> Int32 {
    let deadline = seconds.map { MonotonicClock.seconds() + $0 }
    var status: Int32 = 0
    while true {
      let ended = waitpid(child, &status, deadline == nil ? 0 : WNOHANG)
      if ended == child { break }
      // Somebody else has taken its exit code: nothing is known of it.
      if ended < 0, errno != EINTR { return 127 }
      guard ended == 0, let deadline else { continue }
      guard MonotonicClock.seconds() < deadline else {
        kill(-child, SIGKILL)
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return timedOut
      }
      MonotonicClock.pause(milliseconds: 5)
    }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

  private static func find(_ name: String, _ path: String) -> String? {
    path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 && !Files.isDirectory($0) }
  }

  private static func unnamedFile() throws -> Int32 {
    var template = Array("/tmp/opentraces-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw SystemError.last("create", "/tmp/opentraces-XXXXXX") }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    return file
  }

  private static func contents(_ file: Int32) -> [UInt8] {
    let size = Int(lseek(file, 0, SEEK_END))
    lseek(file, 0, SEEK_SET)
    return [UInt8](unsafeUninitializedCapacity: max(0, size)) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, max(0, size)))
    }
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
}
