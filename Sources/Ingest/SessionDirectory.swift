/// The name that Claude Code gives to the directory of a project's sessions.
public enum SessionDirectory {
  /// Every character outside ASCII letters and digits becomes `-`.
  public static func encode(_ path: String) -> String {
    String(
      String.UnicodeScalarView(
        path.unicodeScalars.map { scalar in
          switch scalar {
          case "a"..."z", "A"..."Z", "0"..."9": scalar
          default: "-"
          }
        }))
  }
}
