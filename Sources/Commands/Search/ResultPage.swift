internal import ArgumentParser

/// The part of a list that is shown: `--limit` and `--page-token offset:<n>`.
enum ResultPage {
  /// No page begins or ends farther away.
  private static let farthest = 1_000_000

  static func check(limit: Int) throws {
    guard (1...farthest).contains(limit) else { throw ValidationError("--limit must be from 1 to \(farthest)") }
  }

  /// Where the page begins, from 0.
  static func offset(_ token: String?) throws -> Int {
    guard let token else { return 0 }
    guard token.hasPrefix("offset:"), let offset = Int(token.dropFirst(7)), (0...farthest).contains(offset) else {
      throw ValidationError("--page-token takes offset:<n>, not '\(token)'")
    }
    return offset
  }

  static func token(_ offset: Int) -> String { "offset:\(offset)" }
}
