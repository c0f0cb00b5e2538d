/// A walk from newer to older committer times that reads no further than it is asked to go.
///
/// libgit2's walk by time reads the whole history before it hands out the first commit.
struct DateWalk {
  private let repository: Repository
  private var waiting: [Commit] = []
  private var seen: Set<ObjectID> = []

  init(_ repository: Repository, from tips: [ObjectID]) throws {
    self.repository = repository
    for tip in tips { try push(tip) }
  }

  /// The next commit; nil at the end. Cost: its parents are read. A parent that is missing is left out.
  mutating func next() throws -> Commit? {
    guard let commit = pop() else { return nil }
    for parent in commit.parents { try push(parent) }
    return commit
  }

  // A binary heap, newest first; of commits of the same second the one that came first.

  private var order = 0
  private var ranks: [ObjectID: Int] = [:]

  private mutating func push(_ id: ObjectID) throws {
    guard seen.insert(id).inserted, let commit = try repository.commit(id) else { return }
    ranks[id] = order
    order += 1
    waiting.append(commit)
    var at = waiting.count - 1
    while at > 0, precedes(waiting[at], waiting[(at - 1) / 2]) {
      waiting.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  private mutating func pop() -> Commit? {
    guard let first = waiting.first, let last = waiting.popLast() else { return nil }
    guard !waiting.isEmpty else { return first }
    waiting[0] = last
    var at = 0
    while true {
      let children = [2 * at + 1, 2 * at + 2].filter { $0 < waiting.count }
      guard let best = children.min(by: { precedes(waiting[$0], waiting[$1]) }), precedes(waiting[best], waiting[at])
      else { break }
      waiting.swapAt(at, best)
      at = best
    }
    return first
  }

  private func precedes(_ a: Commit, _ b: Commit) -> Bool {
    if a.committerTime != b.committerTime { return a.committerTime > b.committerTime }
    return (ranks[a.id] ?? 0) < (ranks[b.id] ?? 0)
  }
}
