/// Text that commands certainly print.
enum ShellOutput {
  /// What a command prints on standard output, or nil when that is not certain.
  ///
  /// - Parameter input: what it gets on standard input from the command before it.
  static func text(of command: ShellCommand, input: String? = nil) -> String? {
    guard let words = command.arguments, let name = words.first,
      !command.redirects.contains(where: { $0.operator.hasPrefix("<") })
    else { return nil }
    let arguments = Array(words.dropFirst())
    switch name {
    case "echo": return echo(arguments)
    case "printf": return printf(arguments)
    case "cat", "tee":
      guard name == "tee" || arguments.isEmpty || arguments == ["-"] else { return nil }
      guard let body = command.hereDocument else { return input }
      return body.isCertain ? body.text : nil
    default: return nil
    }
  }

  private static func echo(_ arguments: [String]) -> String? {
    let isPlain = arguments.first != "-n"
    let rest = isPlain ? arguments : Array(arguments.dropFirst())
    guard rest.first.map({ !$0.hasPrefix("-") }) ?? true else { return nil }
    return rest.joined(separator: " ") + (isPlain ? "\n" : "")
  }

  /// Formats with `%s`, `%%` and the simple escapes; each `%s` takes one argument.
  private static func printf(_ arguments: [String]) -> String? {
    guard let format = arguments.first, !format.hasPrefix("-") else { return nil }
    var values = arguments.dropFirst()
    var out = ""
    var rest = Substring(format)
    while let character = rest.unicodeScalars.popFirst() {
      switch character {
      case "\\":
        guard let escape = rest.unicodeScalars.popFirst(), let text = escapes[escape] else {
          return nil
        }
        out += text
      case "%":
        switch rest.unicodeScalars.popFirst() {
        case "%": out += "%"
        case "s": out += values.popFirst() ?? ""
        default: return nil
        }
      default: out.unicodeScalars.append(character)
      }
    }
    return values.isEmpty ? out : nil
  }

  private static let escapes: [Unicode.Scalar: String] = [
    "n": "\n", "t": "\t", "\\": "\\", "r": "\r", "\"": "\"",
  ]
}
