#if canImport(Glibc)
  internal import Glibc
#endif

/// Another program, run to its end.
public struct ChildProgram: Sendable {
  public let exitCode: Int32
  public let output: [UInt8]
  public let errors: [UInt8]

  public var succeeded: Bool { exitCode == 0 }

  /// Runs a program that `PATH` finds and waits for it, without a limit of time.
  ///
  /// Input and output go through files that have no name, so that neither side can block the other.
  ///
  /// - Parameter environment: the whole environment of the program.
  /// - Returns: nil when there is no such program.
  /// - Throws: ``SystemError`` when it can't be started.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String], directory: String, input: [UInt8] = []
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
    var child: pid_t = 0
    let variables = environment.map { "\($0.key)=\($0.value)" }.sorted()
    // posix_spawn can't change the directory everywhere; a shell that replaces itself can.
    let command = ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", directory, path]
    let result = withCStrings(command + arguments) { arguments in
      withCStrings(variables) { posix_spawn(&child, command[0], &actions, nil, arguments, $0) }
    }
    guard result == 0 else { throw SystemError("start", name, code: result) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return ChildProgram(
      exitCode: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: contents(files[1]), errors: contents(files[2]))
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
