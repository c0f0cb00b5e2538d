internal import Basics
internal import GitKit

/// Tells what a call brought back out of git from what it made: a checkout, a pull or a stash writes files that somebody
/// wrote before.
///
/// A file that holds what a commit held before the call began, at the same path, was brought back. So was each that
/// equals the commit HEAD names now, when HEAD moved meanwhile by anything else than committing.
final class RestoredContent {
  private let repository: Repository
  private var sources: [TimedWindow: Sources] = [:]
  private lazy var log = HeadLog(repository.gitDirectory + "/logs/HEAD", lastBytes: 64 << 10)

  /// Trees that were there before a call.
  private struct Sources {
    var trees: [ObjectID] = []
    /// Of the commit that HEAD was moved to.
    var moved: ObjectID?
    /// Of the commit that HEAD named when the call began.
    var head: ObjectID?
  }

  /// Branches that are looked at.
  private static let branchLimit = 20

  init(_ repository: Repository) { self.repository = repository }

  /// Whether the call did not write what the file holds. Cost: a path lookup in each tree.
  func holds(_ difference: FileDifference, of call: TimedWindow) throws -> Bool {
    // A tool that names its file writes it itself.
    guard call.window.paths == nil else { return false }
    let sources = try self.sources(of: call)
    if difference.after == .absent {
      guard let moved = sources.moved, let head = sources.head else { return false }
      return try content(difference.path, in: moved) == .absent
        && content(difference.path, in: head) == difference.before
    }
    guard difference.after.blob != nil else { return false }
    return try sources.trees.contains { try content(difference.path, in: $0) == difference.after }
  }

  private func content(_ path: BytePath, in tree: ObjectID) throws -> SeenContent {
    guard let entry = try repository.entry(at: path, in: tree) else { return .absent }
    return .blob(entry.id, mode: entry.mode.rawValue)
  }

  private func sources(of call: TimedWindow) throws -> Sources {
    if let known = sources[call.identity] { return known }
    var found = Sources()
    let start = call.begin / 1_000_000_000
    let head = log.hasChange(since: start) ? log.commit(before: start) : try repository.head()
    found.head = try head.flatMap { try repository.tree(ofCommit: $0) }
    found.moved = try log.lastMove(since: start).flatMap { try repository.tree(ofCommit: $0) }
    var trees = [found.head, found.moved].compactMap { $0 }
    if let stash = try call.stash.flatMap({ try repository.commit($0) }) {
      trees.append(stash.tree)
      // The third parent holds the untracked files.
      if stash.parents.count > 2, let tree = try repository.tree(ofCommit: stash.parents[2]) { trees.append(tree) }
    }
    for tip in tips {
      guard let commit = try repository.commit(tip), commit.committerTime.seconds < start else { continue }
      trees.append(commit.tree)
    }
    var seen: Set<ObjectID> = []
    found.trees = trees.filter { seen.insert($0).inserted }
    sources[call.identity] = found
    return found
  }

  private lazy var tips: [ObjectID] = {
    // Without them, less is known to have been there.
    let all = ["refs/heads/", "refs/remotes/"].flatMap { (try? repository.references(prefix: $0)) ?? [] }
    return Array(all.map(\.id).prefix(Self.branchLimit))
  }()
}

extension TimedWindow {
  /// The call without what was seen meanwhile.
  fileprivate var identity: TimedWindow {
    var identity = TimedWindow(window: window, begin: begin)
    identity.stash = stash
    return identity
  }
}
