public import GitKit
internal import TraceStore

/// A window of history with the sessions behind each commit. Reads only, and computes nothing that is not stored.
public struct CommitGraphReader {
  public struct Options: Sendable {
    /// Commits per page.
    public var limit: Int
    /// 1-based.
    public var page: Int
    /// Leave out what this revision reaches.
    public var since: ObjectID?
    /// Start here instead of at HEAD.
    public var until: ObjectID?
    /// Every branch instead of HEAD.
    public var allBranches: Bool

    public init(limit: Int = 20, page: Int = 1) {
      self.limit = limit
      self.page = page
      allBranches = false
    }
  }

  private let repository: Repository
  private let blamer: CommitBlamer

  public init(_ repository: Repository) throws {
    self.repository = repository
    blamer = try CommitBlamer(repository)
  }

  /// The commits of one page, newest first. Cost: that page, and the walk to it.
  public func window(_ options: Options) throws -> [CommitBlame] {
    let tips =
      try options.allBranches
      ? repository.branchTips() : [options.until ?? repository.head()].compactMap { $0 }
    guard !tips.isEmpty, options.limit > 0 else { return [] }
    let ids = try repository.walk(
      from: tips, hiding: options.since.map { [$0] } ?? [], limit: options.page * options.limit)
    return try ids.dropFirst((options.page - 1) * options.limit).compactMap { try blame($0) }
  }

  /// The commits that lines of a trace landed in, newest first, at most `limit`.
  public func commits(ofTrace trace: String, limit: Int) throws -> [CommitBlame] {
    let landed = try TraceBlamer(repository).blame(trace, includeOverlapping: false).commits
    return try landed.prefix(limit).compactMap { try blame($0.commit.id) }
  }

  private func blame(_ id: ObjectID) throws -> CommitBlame? {
    try repository.commit(id).flatMap { try blamer.stored($0) }
  }
}
