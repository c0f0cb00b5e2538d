/// Text of floating-point numbers.
public enum FloatText {
  /// The shortest text that reads back as `value`, laid out as Python does: plain with at least one decimal for
  /// 1e-4 ≤ |x| < 1e16, else an exponent with a sign and at least two digits. NaN and infinities become `null`.
  public static func python(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
    let (digits, exponent) = shortestDigits(value.magnitude)
    let sign = value < 0 ? "-" : ""
    return sign + (exponent < -4 || exponent >= 16 ? scientific(digits, exponent) : plain(digits, exponent))
  }

  /// The significant digits and the decimal exponent of the first of them.
  private static func shortestDigits(_ value: Double) -> (digits: String, exponent: Int) {
    let text = value.description.lowercased()
    let parts = text.split(separator: "e", maxSplits: 1)
    var exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
    let halves = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(halves[0])
    let fraction = halves.count == 2 ? String(halves[1]) : ""
    var digits = whole + fraction
    exponent += whole.count - 1
    while digits.hasPrefix("0") && digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0") && digits.count > 1 { digits.removeLast() }
    return (digits, exponent)
  }

  private static func scientific(_ digits: String, _ exponent: Int) -> String {
    let rest = digits.dropFirst()
    let magnitude = String(abs(exponent))
    let padded = magnitude.count < 2 ? "0" + magnitude : magnitude
    return "\(digits.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(exponent < 0 ? "-" : "+")\(padded)"
  }

  private static func plain(_ digits: String, _ exponent: Int) -> String {
    if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let wholeCount = exponent + 1
    if digits.count <= wholeCount {
      return digits + String(repeating: "0", count: wholeCount - digits.count) + ".0"
    }
    return digits.prefix(wholeCount) + "." + digits.dropFirst(wholeCount)
  }
}
