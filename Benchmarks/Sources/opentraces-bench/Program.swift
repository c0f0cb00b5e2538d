import Glibc

/// What one run of a program took.
struct Run {
  let seconds: Double
  /// Largest resident set of the program and of what it started. Linux counts the size of the process that started it
  /// as well, so this program keeps no data in memory.
  let peakBytes: Int
  let status: Int32

  var isSuccess: Bool { status == 0 }
}

/// A program with its arguments, run in a directory with an environment of its own.
struct Program {
  let path: String
  let arguments: [String]
  let directory: String
  let environment: [String: String]
  /// Where the standard output goes; the standard error goes to the same name with `.err`.
  var output = "/dev/null"

  /// Runs to the end.
  func run() throws -> Run {
    let start = Self.now()
    let child = try spawn()
    var status: Int32 = 0
    var usage = rusage()
    while wait4(child, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw BenchError("wait for \(path)", errno) }
    }
    return Run(
      seconds: Self.now() - start, peakBytes: usage.ru_maxrss * 1024,
      status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F)
  }

  private func spawn() throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let errors = output == "/dev/null" ? output : output + ".err"
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // A child starts where its parent is; there is one thread.
    guard chdir(directory) == 0 else { throw BenchError("enter \(directory)", errno) }
    var child: pid_t = 0
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let code = Self.withCStrings([path] + arguments) { words in
      Self.withCStrings(variables) { posix_spawn(&child, path, &actions, nil, words, $0) }
    }
    guard code == 0 else { throw BenchError("start \(path)", code) }
    return child
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }

  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// Something that a measurement needs did not work.
struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  init(_ attempt: String, _ code: Int32) { description = "cannot \(attempt): \(String(cString: strerror(code)))" }
}
