internal import Basics
internal import GitKit

/// A walk back from a commit that finds its ancestors and the last change of some paths.
///
/// Commits in the ``HistoryCache`` cost tens of nanoseconds; others are read, newest first.
final class PathWalk {
  /// Latest author time of an ancestor that changes the path.
  private(set) var lastChanges: [BytePath: Timestamp] = [:]
  /// The ancestors that change one of the paths.
  private(set) var touching: Set<ObjectID> = []
  private let repository: Repository
  private let cache: HistoryCache
  private let paths: [(path: BytePath, hash: UInt64)]
  private let bound: Int
  private var visited: [Bool]
  private var waitingRows: [Int] = []
  private var waiting: [Commit] = []
  private var seen: Set<ObjectID> = []
  private var read: Set<ObjectID> = []
  private var isDamaged = false
  private var usesCache = true
  private var blobs: [ObjectID: [ObjectID?]] = [:]

  /// - Parameters:
  ///   - notBefore: commits older than this are of no interest.
  ///   - limit: commits that are not in the cache to read at most.
  init(
    _ repository: Repository, cache: HistoryCache, below commit: Commit, paths: Set<BytePath>, notBefore: Timestamp,
    limit: Int
  ) throws {
    self.repository = repository
    self.cache = cache
    self.paths = paths.map { ($0, HistoryCache.hash($0)) }
    bound = notBefore.microseconds - OwnershipRules.clockSlack
    visited = Array(repeating: false, count: cache.count)
    try walk(from: commit.parents, limit: limit)
    guard isDamaged else { return }
    cache.discard()
    (lastChanges, touching, visited, seen, read) = ([:], [], [], [], [])
    usesCache = false
    try walk(from: commit.parents, limit: limit)
  }

  private func walk(from tips: [ObjectID], limit: Int) throws {
    for tip in tips { try enqueue(tip) }
    var left = limit
    while true {
      while let number = waitingRows.popLast() { try visit(number) }
      guard left > 0, let next = waiting.popLast(), next.committerTime.microseconds >= bound else { break }
      left -= 1
      try visit(next)
    }
    waiting = []
  }

  /// Whether the walk came past a commit.
  func passed(_ commit: ObjectID) -> Bool {
    read.contains(commit) || (cache.number(of: commit).map { $0 < visited.count && visited[$0] } ?? false)
  }

  private func enqueue(_ id: ObjectID) throws {
    if usesCache, let number = cache.number(of: id) { return enqueue(number) }
    guard seen.insert(id).inserted, let commit = try repository.commit(id) else { return }
    let at = waiting.firstIndex { $0.committerTime > commit.committerTime } ?? waiting.count
    waiting.insert(commit, at: at)
  }

  private func enqueue(_ number: Int) {
    guard number < visited.count, !visited[number] else { return }
    waitingRows.append(number)
  }

  private func visit(_ number: Int) throws {
    guard !visited[number] else { return }
    guard let row = cache.row(number) else {
      isDamaged = true
      return
    }
    guard row.committerTime.microseconds >= bound else { return }
    visited[number] = true
    for wanted in paths {
      guard let isChanged = row.changes(wanted.hash) else {
        if let commit = try repository.commit(row.id) { try compare(commit) }
        break
      }
      if isChanged { note(wanted.path, row.authorTime, row.id) }
    }
    let parents = row.parents
    if parents.contains(nil) {
      for parent in try repository.commit(row.id)?.parents ?? [] { try enqueue(parent) }
    } else {
      for parent in parents { if let parent { enqueue(parent) } }
    }
  }

  private func visit(_ commit: Commit) throws {
    read.insert(commit.id)
    try compare(commit)
    for parent in commit.parents { try enqueue(parent) }
  }

  /// Looks the paths up in the trees of a commit and of its first parent.
  private func compare(_ commit: Commit) throws {
    let here = try blobs(in: commit.tree)
    let before = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }.map { try blobs(in: $0) }
    for (position, wanted) in paths.enumerated() where here[position] != (before?[position] ?? nil) {
      note(wanted.path, commit.authorTime, commit.id)
    }
  }

  private func blobs(in tree: ObjectID) throws -> [ObjectID?] {
    if let known = blobs[tree] { return known }
    let found = try paths.map { try repository.entry(at: $0.path, in: tree)?.id }
    blobs[tree] = found
    return found
  }

  private func note(_ path: BytePath, _ time: Timestamp, _ commit: ObjectID) {
    touching.insert(commit)
    lastChanges[path] = max(lastChanges[path] ?? time, time)
  }
}
