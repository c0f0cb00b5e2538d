/// The version of the git executable, as far as anything depends on it.
public struct GitVersion: Hashable, Comparable, Sendable {
  public let major: Int
  public let minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads the output of `git --version`; nil for anything else.
  public init?(_ text: String) {
    guard let word = text.split(whereSeparator: \.isWhitespace).first(where: { $0.first?.isNumber == true }) else {
      return nil
    }
    let parts = word.split(separator: ".")
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
    self.init(major, minor)
  }

  public static func < (a: GitVersion, b: GitVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}
