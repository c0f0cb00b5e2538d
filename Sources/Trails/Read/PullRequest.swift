public import Basics
public import GitKit

/// The commits of a branch that are not in its base, with who wrote their lines.
public struct PullRequest: Sendable {
  public let base: ObjectID
  public let head: ObjectID
  /// Where the branch left its base; nil for histories that have nothing in common.
  public let mergeBase: ObjectID?
  /// Oldest first, merges included.
  public let commits: [CommitBlame]

  /// SHA-256 over the merge base, the head and each commit, a line each: says whether a body is about the same commits.
  public var scopeDigest: String {
    let lines = [mergeBase?.hex ?? "", head.hex] + commits.map(\.commit.id.hex)
    return Digest.sha256Hex(lines.joined(separator: "\n"))
  }

  /// New lines that are not blank, and those of them that a session wrote.
  public var coverage: (attributed: Int, total: Int) {
    commits.reduce((0, 0)) { ($0.0 + $1.coverage.attributed, $0.1 + $1.coverage.total) }
  }

  /// Traces with lines or other evidence, those with most lines first.
  public var traces: [(traceID: String, lines: Int)] {
    var lines: [String: Int] = [:]
    for share in commits.flatMap(\.shares) { lines[share.traceID, default: 0] += share.lineCount }
    return lines.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  /// Reads a branch. Reads only; what is not stored is computed. Cost: that of blaming each commit.
  ///
  /// - Parameter progress: told after each commit.
  public init(
    _ repository: Repository, base: ObjectID, head: ObjectID, progress: any ProgressReporter = SilentProgress()
  ) throws {
    self.base = base
    self.head = head
    mergeBase = try repository.mergeBase(base, head)
    let blamer = try CommitBlamer(repository)
    let ids = try repository.walk(from: [head], hiding: [base], order: .oldestFirst)
    commits = try ids.enumerated().compactMap { done, id in
      defer { progress.report(stage: "blame", done: done + 1, total: ids.count) }
      return try repository.commit(id).map { try blamer.blame($0) }
    }
  }
}
