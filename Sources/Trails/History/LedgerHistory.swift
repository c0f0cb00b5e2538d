internal import Basics
internal import GitKit
internal import TraceStore

/// The past of one commit as the ledgers and the repository tell it.
struct LedgerHistory: LandingHistory {
  /// Commits read at most to find the last change of a path; those in the cache are not read.
  static let walkLimit = 2000

  private let landed: [EditLineID: [Landing]]
  private let walk: PathWalk
  let isRebased: Bool

  /// - Parameters:
  ///   - filters: which lines of the commit's paths matter.
  ///   - candidates: the edits of a path that can matter.
  init(
    _ repository: Repository, bucket: Bucket, cache: HistoryCache, change: CommitChange, edits: EditIndex,
    filters: [BytePath: EditFilter], candidates: (BytePath) throws -> [CandidateEdit]
  ) throws {
    let paths = change.files.flatMap(\.paths)
    let oldest = try paths.flatMap { try edits.entries(of: $0).map(\.firstEdit) }.min()
    walk = try PathWalk(
      repository, cache: cache, below: change.commit, paths: Set(paths), notBefore: oldest ?? change.time,
      limit: Self.walkLimit)
    var landed: [EditLineID: [Landing]] = [:]
    for (path, filter) in filters {
      guard let root = bucket.root, let bytes = try repository.blob(at: LandingLedger.file(path), in: root) else {
        continue
      }
      // Of recent edits also lines matter that the commit does not have as they are.
      let last = walk.lastChanges[path].map { $0.microseconds - OwnershipRules.clockSlack } ?? .min
      let fresh = try candidates(path).filter { $0.edit.time.microseconds > last }
      let recent = Set(fresh.flatMap(\.added.keys))
      let ledger = LandingLedger(bytes) { filter.contains($0) || recent.contains($0) }
      landed.merge(ledger.index) { $0 + $1 }
    }
    self.landed = landed
    let parents = try change.commit.parents.compactMap { try repository.commit($0) }
    let children = try WalkedHistory.childrenThatTell(change.commit, repository)
    isRebased = WalkedHistory.rebased(among: parents + [change.commit] + children).contains(change.commit.id)
  }

  /// The ancestors that change the commit's paths, as far as edits can have landed in them.
  var touching: Set<ObjectID> { walk.touching }

  func landings(of line: EditLineID) -> [Landing] { landed[line] ?? [] }
  func isAncestor(_ commit: ObjectID) -> Bool { walk.passed(commit) }
  func lastChange(of paths: [BytePath]) -> Timestamp? { paths.compactMap { walk.lastChanges[$0] }.max() }
}
