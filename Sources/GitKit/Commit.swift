public import Basics
internal import CGit2

/// What a commit object says.
public struct Commit: Hashable, Sendable {
  public let id: ObjectID
  public let tree: ObjectID
  public let parents: [ObjectID]
  public let authorName: String
  public let authorTime: Timestamp
  public let committerTime: Timestamp
  /// Minutes east of UTC that the committer's clock showed.
  public let committerOffset: Int
  public let message: String

  public var isMerge: Bool { parents.count > 1 }

  /// The first line of the message.
  public var subject: String {
    let text = message.drop { $0 == "\n" }
    return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
  }
}

extension Repository {
  /// Reads a commit; nil when the object is missing or no commit.
  public func commit(_ id: ObjectID) throws -> Commit? {
    var oid = id.oid
    var handle: OpaquePointer?
    let result = git_commit_lookup(&handle, self.handle, &oid)
    guard try found(result, "read the commit", id.hex), let handle else { return nil }
    defer { git_commit_free(handle) }
    let parents = (0..<git_commit_parentcount(handle)).compactMap { position in
      git_commit_parent_id(handle, position).map { ObjectID($0) }
    }
    let author = git_commit_author(handle)
    let committer = git_commit_committer(handle)
    return Commit(
      id: id,
      tree: git_commit_tree_id(handle).map { ObjectID($0) } ?? .emptyTree,
      parents: parents,
      authorName: author.flatMap { $0.pointee.name.map { String(cString: $0) } } ?? "",
      authorTime: Timestamp(seconds: author.map { Int($0.pointee.when.time) } ?? 0),
      committerTime: Timestamp(seconds: committer.map { Int($0.pointee.when.time) } ?? 0),
      committerOffset: committer.map { Int($0.pointee.when.offset) } ?? 0,
      message: git_commit_message(handle).map { String(cString: $0) } ?? "")
  }

  /// The order in which a walk hands out commits.
  public enum WalkOrder: Sendable {
    /// Newest committer time first.
    case time
    /// Parents before children.
    case oldestFirst
    /// Children before parents.
    case topological
  }

  /// Commits reachable from `tips` and not from `hidden`, at most `limit` of them. Cost: commits walked; in a shallow
  /// clone, all its commits.
  public func walk(
    from tips: [ObjectID], hiding hidden: [ObjectID] = [], order: WalkOrder = .time, limit: Int = .max
  ) throws -> [ObjectID] {
    if isShallow { return try Array(ShallowWalk(self, from: tips, hiding: hidden).order(order).prefix(limit)) }
    if order == .time, hidden.isEmpty, limit < .max {
      let walk = try HistoryWalk(self, from: tips)
      var ids: [ObjectID] = []
      while ids.count < limit, let step = try walk.next() { ids.append(step.id) }
      return ids
    }
    var walker: OpaquePointer?
    try check(git_revwalk_new(&walker, handle), "walk the history of", commonDirectory)
    defer { git_revwalk_free(walker) }
    let sorting =
      switch order {
      case .time: GIT_SORT_TIME.rawValue
      case .oldestFirst: GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue | GIT_SORT_REVERSE.rawValue
      case .topological: GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_TIME.rawValue
      }
    git_revwalk_sorting(walker, sorting)
    for tip in tips {
      var oid = tip.oid
      try check(git_revwalk_push(walker, &oid), "walk the history of", tip.hex)
    }
    for tip in hidden {
      var oid = tip.oid
      git_revwalk_hide(walker, &oid)
    }
    var ids: [ObjectID] = []
    var oid = git_oid()
    while ids.count < limit, try next(&oid, walker) { ids.append(ObjectID(oid)) }
    return ids
  }

  /// Whether the walk went on to another commit.
  private func next(_ oid: inout git_oid, _ walker: OpaquePointer?) throws -> Bool {
    let result = git_revwalk_next(&oid, walker)
    if result == GIT_ITEROVER.rawValue { return false }
    try check(result, "walk the history of", commonDirectory)
    return true
  }

  /// Walks commits from newer to older committer times and stops when `body` returns false.
  public func walk(
    from tips: [ObjectID], _ body: (ObjectID) throws -> Bool
  ) throws {
    let walk = try HistoryWalk(self, from: tips)
    while let step = try walk.next() {
      guard try body(step.id) else { return }
    }
  }

  /// The best common ancestor of two commits; nil when they have none.
  public func mergeBase(_ a: ObjectID, _ b: ObjectID) throws -> ObjectID? {
    var (one, two) = (a.oid, b.oid)
    var base = git_oid()
    let result = git_merge_base(&base, handle, &one, &two)
    return try found(result, "find the merge base of", b.hex) ? ObjectID(base) : nil
  }

  /// Whether `ancestor` is reachable from `descendant`; a commit is its own ancestor here.
  public func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws -> Bool {
    if ancestor == descendant { return true }
    var a = ancestor.oid
    var d = descendant.oid
    return try check(git_graph_descendant_of(handle, &d, &a), "compare the history of", descendant.hex) == 1
  }

  /// Tips of all branches, local and remote-tracking, and HEAD; without duplicates.
  public func branchTips() throws -> [ObjectID] {
    var tips: [ObjectID] = []
    var seen: Set<ObjectID> = []
    let all = try references(prefix: "refs/heads/") + references(prefix: "refs/remotes/")
    for id in try [head()].compactMap({ $0 }) + all.map(\.id) where seen.insert(id).inserted { tips.append(id) }
    return tips
  }
}
