/// What became of a patch, in the words of the trail surfaces.
public enum SurvivalState: String, CaseIterable, Sendable {
  case aliveOnPath = "alive_on_path"
  case aliveMoved = "alive_moved"
  case aliveTransformed = "alive_transformed"
  case partiallyPreserved = "partially_preserved"
  /// None of the lines is left as it was, but others stand in their place that are half the same.
  case repaired
  case reverted
  case lost
  /// In the history of another branch or of a tag only.
  case orphanBranch = "orphan_branch"
  /// In no ref's history.
  case orphaned
  case missingAuthoredText = "missing_authored_text"
  case neverCommitted = "never_committed"
  case unknown

  /// Of several anchors of a patch, the one with the highest precedence speaks for it: any alive anchor wins.
  public var precedence: Int {
    switch self {
    case .aliveOnPath: 50
    case .aliveMoved: 45
    case .aliveTransformed: 40
    case .partiallyPreserved: 35
    case .repaired: 32
    case .reverted: 30
    case .lost: 20
    case .orphanBranch: 15
    case .orphaned: 14
    case .missingAuthoredText: 12
    case .neverCommitted: 11
    case .unknown: 10
    }
  }

  public var glyph: String {
    switch self {
    case .aliveOnPath: "✓"
    case .aliveMoved: "↷"
    case .aliveTransformed: "~"
    case .partiallyPreserved: "◐"
    case .repaired: "!"
    case .reverted, .lost: "×"
    case .orphanBranch, .orphaned, .missingAuthoredText, .neverCommitted, .unknown: "?"
    }
  }

  public var isAlive: Bool { precedence >= Self.partiallyPreserved.precedence }
}
