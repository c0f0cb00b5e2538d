/// A call of sed with one `s` command and no address.
struct SedCall {
  private(set) var substitution: Substitution
  private(set) var files: [String] = []
  private(set) var isInPlace = false

  /// Nil for every other form.
  init?(_ arguments: [String]) {
    var isExtended = false
    var script: String?
    var takesScript = false
    for argument in arguments {
      if takesScript {
        guard script == nil else { return nil }
        script = argument
        takesScript = false
      } else if argument == "-e" {
        takesScript = true
      } else if argument == "-i" || argument.hasPrefix("-i.") {
        isInPlace = true
      } else if argument == "-E" || argument == "-r" {
        isExtended = true
      } else if argument.hasPrefix("-") {
        return nil
      } else if script == nil, !argument.isEmpty {
        script = argument
      } else if !argument.isEmpty {
        files.append(argument)
      }
    }
    guard let script, let parsed = Self.parse(script, isExtended: isExtended) else { return nil }
    substitution = parsed
  }

  private static func parse(_ script: String, isExtended: Bool) -> Substitution? {
    var rest = Substring(script).unicodeScalars
    guard rest.popFirst() == "s", let delimiter = rest.popFirst(), delimiter != "\n" else {
      return nil
    }
    guard let pattern = part(&rest, until: delimiter),
      let replacement = part(&rest, until: delimiter)
    else { return nil }
    let flags = String(rest)
    guard flags.unicodeScalars.allSatisfy({ "gI".unicodeScalars.contains($0) }) else { return nil }
    return Substitution(
      pattern: pattern, replacement: replacement, isExtended: isExtended,
      isGlobal: flags.contains("g"), ignoresCase: flags.contains("I"))
  }

  private static func part(
    _ rest: inout Substring.UnicodeScalarView, until delimiter: Unicode.Scalar
  ) -> String? {
    var out = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == delimiter { return String(out) }
      if scalar == "\\", let next = rest.popFirst() {
        if next != delimiter { out.append(scalar) }
        out.append(next)
      } else {
        out.append(scalar)
      }
    }
    return nil
  }
}
