internal import Basics
internal import GitKit

/// Whether lines are added or removed.
enum LineSide: String, Sendable {
  case added = "+"
  case removed = "-"
}

/// One line of one edit.
struct EditLineID: Hashable, Sendable {
  let edit: EditID
  let side: LineSide
  let hash: UInt64
}

/// An edit: a trace and the position among its edits.
struct EditID: Hashable, Sendable {
  let traceID: String
  let order: Int
}

/// A commit that a line landed in, with what tells a copy of it (rebase, cherry-pick) from another commit.
struct Landing: Hashable, Sendable {
  let commit: ObjectID
  /// Hash of the author's name and the subject: what a copy keeps, and the next commit of the same second does not.
  let author: UInt64
  let authorTime: Timestamp

  init(_ commit: Commit) {
    self.commit = commit.id
    author = LineHash.raw((commit.authorName + "\n" + commit.subject).utf8)
    authorTime = commit.authorTime
  }

  init(commit: ObjectID, author: UInt64, authorTime: Timestamp) {
    self.commit = commit
    self.author = author
    self.authorTime = authorTime
  }

  /// Whether both stand for one change that was committed more than once.
  func isCopy(of other: Landing) -> Bool { author == other.author && authorTime == other.authorTime }
}

/// The past that the attribution of one commit depends on.
protocol LandingHistory {
  /// Commits in which this line of an edit has already landed.
  func landings(of line: EditLineID) -> [Landing]
  /// Whether a commit is an ancestor of the commit being attributed.
  func isAncestor(_ commit: ObjectID) -> Bool
  /// The latest author time among the ancestors that change one of the paths; nil when there is none.
  func lastChange(of paths: [BytePath]) -> Timestamp?
  /// Whether the commit being attributed was rebased: rewritten together with a neighbour.
  var isRebased: Bool { get }
}
