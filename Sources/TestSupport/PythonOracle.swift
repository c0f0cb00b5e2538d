internal import Basics

/// What Python says, asked for many inputs in one run.
public enum PythonOracle {
  private static let environment = SealedEnvironment(home: "/nonexistent").variables

  public static let isPresent: Bool =
    (try? run("python3", ["-c", "pass"], environment: environment, directory: "/").succeeded) ?? false

  /// Applies `answer(data)`, which `script` defines, to each input; `data` is a byte string and the answer a text.
  ///
  /// - Returns: one answer per input. An exception is the answer `!`.
  public static func answers(_ script: String, to inputs: [[UInt8]]) throws -> [String] {
    let program = """
      import sys
      \(script)
      out = []
      for line in sys.stdin:
        try:
          text = answer(bytes.fromhex(line))
        except Exception:
          text = '!'
        out.append(text.encode().hex())
      print('\\n'.join(out))
      """
    let input = inputs.map { Hex.encode($0) + "\n" }.joined()
    let result = try run(
      "python3", ["-c", program], environment: environment, input: Array(input.utf8), directory: "/")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).prefix(inputs.count)
    guard result.succeeded, lines.count == inputs.count else {
      throw ShellFailure(command: "python3", result: result)
    }
    return lines.map { String(decoding: Hex.decode(Array($0.utf8)) ?? [], as: UTF8.self) }
  }
}
