internal import Basics
internal import GitKit

/// One file of a commit compared with its first parent.
struct ChangedFile: Sendable {
  let delta: FileDelta
  /// Lines of the file in the commit; empty when deleted or binary.
  var newLines = HashedLines.empty
  /// Lines of the file in the parent; empty when added or binary.
  var oldLines = HashedLines.empty
  /// Positions (0-based) in ``newLines`` of lines the commit adds; for merges, of those no parent has.
  var added: [Int] = []
  /// Positions (0-based) in ``oldLines`` of lines the commit removes.
  var removed: [Int] = []
  var isBinary = false
  /// For an added file: paths that the commit deletes and that it may have been known by, though too little of it is the
  /// same for git to call it renamed.
  var formerPaths: [BytePath] = []

  /// The path after, the path before when it is another, and what else it may have been called.
  var paths: [BytePath] {
    (delta.oldPath == delta.newPath ? [delta.newPath] : [delta.newPath, delta.oldPath]) + formerPaths
  }
}

/// What attribution needs to know of a commit.
struct CommitChange: Sendable {
  let commit: Commit
  /// Changed files for which the store has edits, in path order.
  var files: [ChangedFile]
  /// Submodules that it adds, moves on or removes.
  var gitlinks: [FileDelta] = []
  /// Every path the commit changes.
  var touchedPaths: [BytePath]
  /// Whether ``touchedPaths`` leaves none out.
  var isComplete = true

  /// Author or committer time, whichever is later.
  var time: Timestamp { max(commit.authorTime, commit.committerTime) }
}

/// Reads commits for attribution.
struct CommitChangeReader {
  let repository: Repository

  /// Deleted files beyond which a commit is a large clean-up, in which nobody asks what became what.
  private static let formerLimit = 8

  /// - Parameter isKnown: whether the store has edits of a path; other files are listed but not read.
  /// - Parameter only: compare only these paths, without looking for renames; nil for all.
  func read(
    _ commit: Commit, only: Set<BytePath>? = nil, isKnown: (BytePath) throws -> Bool
  ) throws -> CommitChange {
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    var change = CommitChange(commit: commit, files: [], touchedPaths: [])
    // At the edge of a shallow clone nobody knows what the commit changed.
    guard commit.parents.isEmpty || parent != nil else {
      change.isComplete = false
      return change
    }
    change.isComplete = only == nil
    let deltas = try repository.changedFiles(
      from: parent, to: commit.tree, findRenames: only == nil, paths: only.map { $0.sorted() } ?? [])
    let left = try deltas.filter { try $0.change == .deleted && isKnown($0.oldPath) }.map(\.oldPath)
    let former = left.count <= Self.formerLimit ? left : []
    for delta in deltas {
      change.touchedPaths.append(delta.newPath)
      if delta.oldPath != delta.newPath { change.touchedPaths.append(delta.oldPath) }
      if delta.isGitlink { change.gitlinks.append(delta) }
      let formerPaths = delta.change == .added ? former : []
      guard !delta.isGitlink, try !formerPaths.isEmpty || isKnown(delta.newPath) || isKnown(delta.oldPath) else {
        continue
      }
      var file = try file(delta, in: commit)
      file.formerPaths = formerPaths
      change.files.append(file)
    }
    return change
  }

  /// Reads and compares the two versions of a file.
  func file(_ delta: FileDelta, in commit: Commit) throws -> ChangedFile {
    var file = ChangedFile(delta: delta)
    try repository.compareBlobs(delta.oldBlob, delta.newBlob) { old, new, hunks in
      guard let hunks else {
        file.isBinary = true
        return
      }
      file.newLines = HashedLines(new)
      file.oldLines = HashedLines(old)
      for hunk in hunks {
        file.added += hunk.newLines
        file.removed += hunk.oldLines
      }
    }
    if commit.isMerge, !file.isBinary { try keepLinesOfTheMergeItself(&file, commit: commit) }
    return file
  }

  /// A merge is judged by the lines that none of its parents has.
  private func keepLinesOfTheMergeItself(_ file: inout ChangedFile, commit: Commit) throws {
    file.removed = []
    var kept = Set(file.added)
    for parent in commit.parents.dropFirst() where !kept.isEmpty {
      guard let tree = try repository.tree(ofCommit: parent),
        let entry = try repository.entry(at: file.delta.newPath, in: tree), entry.mode != .tree
      else { continue }
      try repository.compareBlobs(entry.id, file.delta.newBlob) { _, _, hunks in
        kept.formIntersection((hunks ?? []).flatMap(\.newLines))
      }
    }
    file.added = file.added.filter { kept.contains($0) }
  }
}

extension LineHunk {
  /// Positions (0-based) of the lines in the new text.
  var newLines: Range<Int> { newCount > 0 ? (newStart - 1)..<(newStart - 1 + newCount) : 0..<0 }
  /// Positions (0-based) of the lines in the old text.
  var oldLines: Range<Int> { oldCount > 0 ? (oldStart - 1)..<(oldStart - 1 + oldCount) : 0..<0 }
}
