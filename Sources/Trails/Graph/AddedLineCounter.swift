internal import GitKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// Counts the lines that commits add, blank ones left out. Of a merge, only lines that no parent has.
struct AddedLineCounter {
  let repository: Repository

  /// Cost: the commit's diff.
  ///
  /// - Returns: lines; changed files; those of them whose content is not here (a partial clone), which count no lines.
  func count(_ commit: Commit) throws -> (lines: Int, files: Int, unreadable: Int) {
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    // At the edge of a shallow clone nobody knows what the commit changed.
    guard commit.parents.isEmpty || parent != nil else { return (0, 0, 0) }
    let deltas = try repository.changedFiles(from: parent, to: commit.tree)
    var lines = 0
    var unreadable = 0
    for delta in deltas where !delta.isGitlink && delta.newBlob != nil {
      do {
        lines += try commit.isMerge ? merged(delta, in: commit) : added(delta)
      } catch let error as GitError where error.code == .notFound {
        unreadable += 1
      }
    }
    return (lines, deltas.count, unreadable)
  }

  private func merged(_ delta: FileDelta, in commit: Commit) throws -> Int {
    let file = try CommitChangeReader(repository: repository).file(delta, in: commit)
    return file.added.filter { !file.newLines.keys[$0].isBlank }.count
  }

  private func added(_ delta: FileDelta) throws -> Int {
    if delta.oldBlob == delta.newBlob { return 0 }
    return try repository.compareBlobs(delta.oldBlob, delta.newBlob) { _, text, hunks in
      guard let hunks else { return 0 }
      return Self.countNonBlank(text, in: hunks)
    }
  }

  /// The lines of some hunks that are not blank. Cost: one pass over the text up to the last of them.
  private static func countNonBlank(_ text: UnsafeRawBufferPointer, in hunks: [LineHunk]) -> Int {
    guard let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var (line, at, count) = (1, 0, 0)
    /// The end of the line that begins at `at`.
    func end() -> Int {
      memchr(start + at, 0x0A, text.count - at).map { UnsafeRawPointer($0) - UnsafeRawPointer(start) } ?? text.count
    }
    for hunk in hunks where hunk.newCount > 0 {
      while line < hunk.newStart, at < text.count {
        at = end() + 1
        line += 1
      }
      while line < hunk.newStart + hunk.newCount, at < text.count {
        let next = end()
        if !UnsafeBufferPointer(start: start + at, count: next - at).allSatisfy(LineHash.isSpace) { count += 1 }
        at = next + 1
        line += 1
      }
    }
    return count
  }
}
