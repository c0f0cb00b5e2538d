public import Basics
public import GitKit
internal import TraceStore

/// Who wrote one line of a file at HEAD.
public struct LineBlame: Sendable {
  /// The commit that added the line, and its number there.
  public let commit: Commit
  public let originalLine: Int
  public let originalPath: BytePath
  /// The anchor whose range holds the line; nil when no session wrote it.
  public let anchor: Anchor?
  public let text: String
}

/// Answers for one line. Reads only.
public struct LineBlamer {
  private let repository: Repository

  public init(_ repository: Repository) throws { self.repository = repository }

  /// Traces the line back from HEAD to the commit that added it, then asks who wrote it there.
  ///
  /// - Returns: nil when the file or the line is not in HEAD. Cost: that of blaming one line.
  public func blame(_ path: BytePath, line: Int) throws -> LineBlame? {
    guard let head = try repository.head(), let tree = try repository.tree(ofCommit: head),
      let entry = try repository.entry(at: path, in: tree), let bytes = try repository.blob(entry.id)
    else { return nil }
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard line >= 1, line <= lines.count, let origin = try repository.origin(of: path, line: line, at: head),
      let commit = try repository.commit(origin.commit)
    else { return nil }
    let blame = try CommitBlamer(repository).blame(commit)
    let anchor = blame.anchors.first { $0.path == origin.path && ($0.range?.contains(origin.line) ?? false) }
    return LineBlame(
      commit: commit, originalLine: origin.line, originalPath: origin.path, anchor: anchor,
      text: String(decoding: lines[line - 1], as: UTF8.self))
  }
}
