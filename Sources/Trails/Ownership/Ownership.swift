public import Basics
public import GitKit

/// The lines of one file of one commit that one patch wrote.
public struct OwnedRun: Hashable, Sendable {
  public let edit: StoredEdit
  /// Index into the edit's patches.
  public let patch: Int
  public let path: BytePath
  /// 1-based lines in the commit's file; nil for evidence about removed lines or about the file as a whole.
  public let range: ClosedRange<Int>?
  /// Lines in ``range`` that are not blank.
  public let lineCount: Int
  public let match: Match
  /// Whether the session left the whole file just as it was committed.
  public var isWholeFile = false
  public let kind: Kind

  var patchID: String { edit.patches[patch].id }

  /// How much the lines are like those that the agent wrote.
  public enum Match: Sendable {
    case exact
    /// White space differs.
    case withoutSpace
    /// What a formatter changes differs.
    case formatted
  }

  public enum Kind: String, Sendable {
    case added, deletedLines, deletedFile, renamedFile
    /// A binary file, made or changed.
    case changedFile
    /// The content is as it was.
    case changedMode
    /// A submodule that was moved on to commits with lines of the session.
    case submodule
  }
}

/// Who wrote what in one commit.
public struct CommitOwnership: Sendable {
  public let commit: Commit
  /// In path order, then by line.
  public var runs: [OwnedRun] = []
  /// Line landings to remember for the commits that come after.
  var landings: [LandedLine] = []

  /// Takes further runs in.
  mutating func add(_ more: [OwnedRun]) {
    if more.isEmpty { return }
    runs = (runs + more).sorted(by: OwnedRun.precedes)
  }
}

/// A line of an edit of a path.
struct LandedLine: Hashable, Sendable {
  /// The path that the edit names.
  let path: BytePath
  let line: EditLineID
}
