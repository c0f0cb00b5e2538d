internal import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// A window of history with the sessions behind each commit. Reads only, and computes nothing that is not stored.
public final class CommitGraphReader {
  public struct Options: Sendable {
    /// Commits per page.
    public var limit: Int
    /// 1-based.
    public var page: Int
    /// Leave out what this revision reaches.
    public var since: ObjectID?
    /// Start here instead of at HEAD.
    public var until: ObjectID?
    /// Every branch and tag besides.
    public var allBranches: Bool

    public init(limit: Int = 20, page: Int = 1) {
      self.limit = limit
      self.page = page
      allBranches = false
    }

    /// Commits before the page; nil for a page beyond every history.
    fileprivate var skipped: Int? {
      let (skipped, isBeyond) = (page - 1).multipliedReportingOverflow(by: limit)
      return isBeyond ? nil : skipped
    }
  }

  /// One page.
  public struct Page: Sendable {
    public var commits: [GraphCommit] = []
    /// Whether another page follows.
    public var hasMore = false
  }

  private let repository: Repository
  private let blamer: CommitBlamer
  private let log: EventLog
  private let hasSessions: Bool
  private let index: CommitEventIndex
  private let counter: AddedLineCounter
  public let decorations: Decorations

  public init(_ repository: Repository) throws {
    self.repository = repository
    blamer = try CommitBlamer(repository)
    log = try EventLog.union(repository)
    hasSessions = try !Bucket.union(repository).isEmpty
    index = try CommitEventIndex(log)
    counter = AddedLineCounter(repository: repository)
    decorations = try Decorations(repository)
  }

  /// The commits of one page in the order of `git log`, with their lanes. Cost: that page, and the headers of the commits
  /// before it and of their parents.
  public func window(_ options: Options) throws -> Page {
    let start = try options.until ?? repository.head()
    var tips = options.allBranches ? decorations.tips : []
    if let start, !tips.contains(start) { tips.insert(start, at: 0) }
    guard !tips.isEmpty, options.limit > 0, let skipped = options.skipped else { return Page() }
    let walk = try HistoryWalk(repository, from: tips, hiding: options.since.map { [$0] } ?? [])
    var lanes = LaneLayout(first: start.flatMap { walk.isShown($0) ? $0 : nil })
    var page = Page()
    var count = 0
    while let step = try walk.next() {
      if page.commits.count == options.limit {
        page.hasMore = true
        break
      }
      let row = lanes.add(step.id, parents: step.parents)
      count += 1
      guard count > skipped, let commit = try repository.commit(step.id) else { continue }
      page.commits.append(try graphCommit(commit, row: row))
    }
    return page
  }

  /// The commits that lines of a trace landed in, of any age, newest first: one page of them. Cost: the events about the
  /// trace; with `since` or `until`, the history between.
  public func commits(ofTrace trace: String, _ options: Options) throws -> Page {
    guard options.limit > 0, let skipped = options.skipped else { return Page() }
    let landed = Set(try TraceAnchors(log).current(of: trace).map(\.commit))
    let known = try landed.compactMap { try repository.commit($0) }.sorted {
      $0.committerTime != $1.committerTime ? $0.committerTime > $1.committerTime : $0.id < $1.id
    }
    var page = Page()
    var count = 0
    for commit in known where try isInRange(commit.id, options) {
      if page.commits.count == options.limit {
        page.hasMore = true
        break
      }
      count += 1
      if count > skipped { page.commits.append(try graphCommit(commit, row: nil)) }
    }
    return page
  }

  private func isInRange(_ id: ObjectID, _ options: Options) throws -> Bool {
    if let until = options.until, try !repository.isAncestor(id, of: until) { return false }
    if let since = options.since, try repository.isAncestor(id, of: since) { return false }
    return true
  }

  private func graphCommit(_ commit: Commit, row: LaneLayout.Row?) throws -> GraphCommit {
    if !hasSessions, index.isEmpty { return GraphCommit(fromNote: try blamer.stored(commit), row: row) }
    let events = try index.events(of: commit.id)
    return GraphCommit(
      commit: commit, row: row, source: events.isEmpty ? .none : .stored, anchors: Anchor.agreed(events))
  }

  /// The lines that a commit adds, and how many of them sessions wrote. Cost: the commit's diff, when it has anchors.
  public func coverage(of commit: GraphCommit) throws -> GraphCommit.Coverage {
    if let known = commit.knownCoverage { return known }
    let count = try counter.count(commit.commit)
    let attributed = commit.shares.reduce(0) { $0 + $1.lineCount }
    return GraphCommit.Coverage(
      attributed: min(attributed, count.lines), total: count.lines, files: count.files, unreadable: count.unreadable)
  }

  /// What became of the patches that landed in some commits, by their ids. Cost: as
  /// ``SurvivalReader/survival(of:)``, and the edits of the traces.
  public func survivals(of commits: [GraphCommit]) throws -> (head: ObjectID?, patches: [String: PatchSurvival]) {
    let reader = try SurvivalReader(repository)
    let wanted = Dictionary(grouping: commits.flatMap(\.anchors), by: \.traceID).mapValues { Set($0.map(\.patchID)) }
    let catalog = try PatchCatalog(repository)
    var questions: [SurvivalReader.Question] = []
    for (trace, patches) in wanted.sorted(by: { $0.key < $1.key }) {
      for entry in try catalog.patches(ofTrace: trace) where patches.contains(entry.patchID) {
        questions.append(SurvivalReader.Question(entry, anchors: try catalog.anchors(of: entry)))
      }
    }
    let found = try reader.survival(of: questions)
    return (reader.head, Dictionary(found.map { ($0.patchID, $0) }) { first, _ in first })
  }
}
