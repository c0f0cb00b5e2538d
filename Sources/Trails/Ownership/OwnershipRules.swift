internal import Basics

/// The constants of attribution. They were chosen where the result is flat around them: on a history of 1,283 commits
/// with 130 recorded sessions, F1 changes by at most 0.004 for `shortLine` 4…12 and `longLine` 20…40, and not at all
/// for `clockSlack` up to a minute.
enum OwnershipRules {
  /// Characters other than white space from which a line counts as evidence at all.
  static let shortLine = 8
  /// Characters below which a line needs both neighbours, or the line next to it, to be the one that was written.
  static let commonLine = 12
  /// Characters from which a line is the one that was written even where neither of its neighbours is.
  static let tellingLine = 16
  /// Characters from which a single line is evidence by itself.
  static let longLine = 30
  /// A commit can be stamped this long before the edit it contains: clocks of two machines, whole seconds.
  static let clockSlack = 60 * 1_000_000
  /// The same where one clock tells both times, as with edits that hooks saw: git keeps whole seconds.
  static let second = 1_000_000
  /// Committer time this long after author time means that the commit was rewritten …
  static let rewriteDelay = 300 * 1_000_000
  /// … and a neighbour rewritten within this time of it means that it was rebased.
  static let rebaseWindow = 300 * 1_000_000
  /// Characters from which a line may stand more often in a commit than in the edit that wrote it.
  static let uniqueLine = 40
  /// Share of a deleting edit's lines that the commit must delete.
  static let deletionShare = 0.8
  /// Share of a patch's lines that must be added at once to count as come back.
  static let restoredShare = 0.8
}
