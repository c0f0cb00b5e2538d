internal import Basics
internal import GitKit

/// The commits that some tips reach, parents before children.
///
/// Commits of the ``HistoryCache`` cost a fraction of a microsecond each; others are read.
final class Ancestry {
  struct Node {
    let id: ObjectID
    /// Positions of the parents; nil for parents that are too old or missing.
    let parents: [Int?]
    /// The row of the cache, which knows what paths the commit changes.
    fileprivate let row: Int?
  }

  private(set) var nodes: [Node] = []
  /// How many of them had to be read.
  private(set) var readCount = 0
  private var positions: [ObjectID: Int] = [:]
  private let repository: Repository
  private let cache: HistoryCache
  private let deadline: Deadline?
  private var commits: [ObjectID: Commit] = [:]

  /// Git's clocks may differ by this much between a commit and its parent.
  private static let skew = 86_400 * 1_000_000

  /// - Parameter notBefore: commits older than this are left out, a day of slack included.
  /// - Throws: ``Deadline/Passed`` as well.
  init(
    _ repository: Repository, cache: HistoryCache, tips: [ObjectID], notBefore: Timestamp?, deadline: Deadline? = nil
  ) throws {
    self.repository = repository
    self.deadline = deadline
    self.cache = cache
    let bound = (notBefore?.microseconds ?? .min + Self.skew) - Self.skew
    for tip in tips { try add(tip, bound) }
  }

  private struct Found {
    let id: ObjectID
    let row: Int?
    let parents: [ObjectID]
  }

  private func add(_ tip: ObjectID, _ bound: Int) throws {
    var stack: [(found: Found, next: Int)] = []
    var seen: Set<ObjectID> = []
    if let found = try find(tip, bound), positions[tip] == nil { stack.append((found, 0)) }
    while let (found, next) = stack.last {
      guard next < found.parents.count else {
        stack.removeLast()
        positions[found.id] = nodes.count
        nodes.append(Node(id: found.id, parents: found.parents.map { positions[$0] }, row: found.row))
        if found.row == nil { readCount += 1 }
        if nodes.count % 1024 == 0 { try deadline?.check() }
        continue
      }
      stack[stack.count - 1].next += 1
      let parent = found.parents[next]
      guard positions[parent] == nil, seen.insert(parent).inserted else { continue }
      if let above = try find(parent, bound) { stack.append((above, 0)) }
    }
  }

  /// A commit and its parents; nil when it is too old or missing.
  private func find(_ id: ObjectID, _ bound: Int) throws -> Found? {
    if let number = cache.number(of: id), let row = cache.row(number) {
      guard row.committerTime.microseconds >= bound else { return nil }
      let parents = row.parents.compactMap { $0.flatMap { cache.row($0)?.id } }
      if parents.count == row.parents.count { return Found(id: id, row: number, parents: parents) }
    }
    guard let commit = try commit(id), commit.committerTime.microseconds >= bound else { return nil }
    return Found(id: id, row: cache.number(of: id), parents: commit.parents)
  }

  /// The place of a commit; nil when no tip reaches it.
  func position(of id: ObjectID) -> Int? { positions[id] }

  func commit(_ id: ObjectID) throws -> Commit? {
    if let known = commits[id] { return known }
    let commit = try repository.commit(id)
    commits[id] = commit
    return commit
  }

  /// Whether a path differs between a commit and its first parent; nil when only their trees can tell.
  func changes(_ position: Int, _ path: UInt64) -> Bool? {
    nodes[position].row.flatMap { cache.row($0)?.changes(path) }
  }

  /// How many commits change a path, as far as the cache knows. Cost: commits.
  func changes(of path: BytePath) -> Int {
    let hash = HistoryCache.hash(path)
    return nodes.indices.count { changes($0, hash) == true }
  }
}
