/// Numbers of things, for people.
enum Counted {
  /// `1 trace`, `2 traces`.
  static func text(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
}
