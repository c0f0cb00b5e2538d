/// A walk over a history whose oldest commits name parents that are not there, which libgit2 1.5 refuses to walk.
/// Commits that are missing are left out. Everything is read before the first commit is handed out.
struct ShallowWalk {
  private var commits: [ObjectID: Commit] = [:]
  private let tips: [ObjectID]

  init(_ repository: Repository, from tips: [ObjectID], hiding hidden: [ObjectID]) throws {
    let left = try Self.reachable(from: hidden, in: repository, except: [:])
    commits = try Self.reachable(from: tips, in: repository, except: left)
    let found = commits
    var seen: Set<ObjectID> = []
    self.tips = tips.filter { found[$0] != nil && seen.insert($0).inserted }
  }

  private static func reachable(
    from tips: [ObjectID], in repository: Repository, except: [ObjectID: Commit]
  ) throws -> [ObjectID: Commit] {
    var found: [ObjectID: Commit] = [:]
    var waiting = tips
    while let id = waiting.popLast() {
      guard found[id] == nil, except[id] == nil, let commit = try repository.commit(id) else { continue }
      found[id] = commit
      waiting += commit.parents
    }
    return found
  }

  func order(_ order: Repository.WalkOrder) -> [ObjectID] {
    switch order {
    case .time: byTime()
    case .topological: topological()
    case .oldestFirst: topological().reversed()
    }
  }

  private func byTime() -> [ObjectID] {
    var queue = Queue(tips.compactMap { commits[$0] })
    var seen = Set(tips)
    var result: [ObjectID] = []
    while let commit = queue.pop() {
      result.append(commit.id)
      for parent in commit.parents where seen.insert(parent).inserted {
        if let parent = commits[parent] { queue.push(parent) }
      }
    }
    return result
  }

  private func topological() -> [ObjectID] {
    var children: [ObjectID: Int] = [:]
    for commit in commits.values { for parent in commit.parents { children[parent, default: 0] += 1 } }
    var queue = Queue(commits.values.filter { children[$0.id] == nil })
    var result: [ObjectID] = []
    while let commit = queue.pop() {
      result.append(commit.id)
      for parent in commit.parents {
        let left = (children[parent] ?? 1) - 1
        children[parent] = left
        if left == 0, let parent = commits[parent] { queue.push(parent) }
      }
    }
    return result
  }

  /// Commits of which the newest comes first.
  private struct Queue {
    private var sorted: [Commit]

    init(_ commits: [Commit]) { sorted = commits.sorted { Self.precedes($1, $0) } }

    private static func precedes(_ a: Commit, _ b: Commit) -> Bool {
      a.committerTime == b.committerTime ? a.id < b.id : a.committerTime > b.committerTime
    }

    mutating func pop() -> Commit? { sorted.popLast() }

    mutating func push(_ commit: Commit) {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if Self.precedes(commit, sorted[middle]) { low = middle + 1 } else { high = middle }
      }
      sorted.insert(commit, at: low)
    }
  }
}
