internal import Basics
internal import GitKit

/// The landing history of a walk over many commits, parents first.
final class WalkedHistory {
  private var graph = CommitGraph()
  private var landed: [EditLineID: [Landing]] = [:]
  private var touches: [BytePath: [(commit: ObjectID, authorTime: Timestamp)]] = [:]
  private let rebased: Set<ObjectID>

  /// - Parameter commits: all commits of the walk.
  init(_ commits: [Commit]) { rebased = Self.rebased(among: commits) }

  /// Rewritten commits with a parent or child that was rewritten at about the same time.
  static func rebased(among commits: [Commit]) -> Set<ObjectID> {
    let byID = Dictionary(commits.map { ($0.id, $0) }) { first, _ in first }
    var found: Set<ObjectID> = []
    for commit in commits where isRewritten(commit) {
      for parent in commit.parents {
        guard let other = byID[parent], isRewritten(other) else { continue }
        let apart = commit.committerTime.microseconds - other.committerTime.microseconds
        if abs(apart) <= OwnershipRules.rebaseWindow {
          found.insert(commit.id)
          found.insert(parent)
        }
      }
    }
    return found
  }

  /// Commits read at most to find the children of one.
  private static let childLimit = 2000

  /// The children of a rewritten commit without a rewritten parent, by which the first commit of a rebase is known.
  ///
  /// Cost: nothing for most commits; else the commits of the branches that are younger.
  static func childrenThatTell(_ commit: Commit, _ repository: Repository) throws -> [Commit] {
    guard isRewritten(commit) else { return [] }
    let parents = try commit.parents.compactMap { try repository.commit($0) }
    guard !rebased(among: parents + [commit]).contains(commit.id) else { return [] }
    let walk = try HistoryWalk(repository, from: repository.branchTips())
    var children: [Commit] = []
    for _ in 0..<childLimit {
      guard let step = try walk.next(), step.seconds >= commit.committerTime.seconds else { break }
      if step.parents.contains(commit.id), let child = try repository.commit(step.id) { children.append(child) }
    }
    return children
  }

  static func isRewritten(_ commit: Commit) -> Bool {
    commit.committerTime.microseconds - commit.authorTime.microseconds > OwnershipRules.rewriteDelay
  }

  /// The history as one commit sees it. ``record(_:_:)`` must have been called for all its ancestors in the walk.
  func view(of commit: Commit, isNoted: Bool) -> View {
    graph.add(commit, isNoted: isNoted)
    return View(history: self, commit: commit.id)
  }

  /// Remembers what a commit changed and what landed in it.
  func record(_ change: CommitChange, _ ownership: CommitOwnership) {
    for path in change.touchedPaths {
      touches[path, default: []].append((change.commit.id, change.commit.authorTime))
    }
    let landing = Landing(change.commit)
    for landed in ownership.landings { self.landed[landed.line, default: []].append(landing) }
  }

  struct View: LandingHistory {
    fileprivate let history: WalkedHistory
    fileprivate let commit: ObjectID

    func landings(of line: EditLineID) -> [Landing] { history.landed[line] ?? [] }

    func isAncestor(_ other: ObjectID) -> Bool { history.graph.isAncestor(other, of: commit) }

    func lastChange(of paths: [BytePath]) -> Timestamp? {
      paths.flatMap { history.touches[$0] ?? [] }
        .filter { isAncestor($0.commit) }.map(\.authorTime).max()
    }

    var isRebased: Bool { history.rebased.contains(commit) }
  }
}
