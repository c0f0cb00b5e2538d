/// What a finished program left behind.
public struct ShellResult: Sendable, CustomStringConvertible {
  /// The exit code; 128 plus the signal's number when a signal ended it.
  public let exitCode: Int32
  public let outputBytes: [UInt8]
  public let errorBytes: [UInt8]
  /// It had to be ended because it took too long.
  public let timedOut: Bool

  public var output: String { String(decoding: outputBytes, as: UTF8.self) }
  public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
  /// The output without its last line feed.
  public var line: String { output.hasSuffix("\n") ? String(output.dropLast()) : output }
  public var lines: [String] { output.split(separator: "\n").map(String.init) }
  public var succeeded: Bool { exitCode == 0 && !timedOut }

  public var description: String { "exit \(exitCode)\(timedOut ? " (too slow)" : "")\n\(output)\(errors)" }
}

/// A program that a test needed did not do its work.
public struct ShellFailure: Error, CustomStringConvertible {
  public let command: String
  public let result: ShellResult

  public var description: String { "\(command): \(result)" }
}
