internal import CGit2

/// A name that a commit goes by.
public struct RefName: Hashable, Comparable, Sendable {
  /// In the order in which they are shown.
  public enum Kind: String, Comparable, Sendable {
    case branch, tag, remote

    private var rank: Int {
      switch self {
      case .branch: 0
      case .tag: 1
      case .remote: 2
      }
    }

    public static func < (a: Kind, b: Kind) -> Bool { a.rank < b.rank }
  }

  public let kind: Kind
  /// Without `refs/heads/` and the like.
  public let name: String
  /// Whether HEAD is on this branch.
  public let isHead: Bool

  public static func < (a: RefName, b: RefName) -> Bool {
    if a.isHead != b.isHead { return a.isHead }
    return a.kind != b.kind ? a.kind < b.kind : a.name < b.name
  }
}

/// Which branches and tags name which commits.
public struct Decorations: Sendable {
  /// The commit at HEAD; nil before the first commit.
  public let head: ObjectID?
  /// Whether HEAD is on no branch.
  public let isDetached: Bool
  private let names: [ObjectID: [RefName]]
  private let order: [ObjectID]

  /// Reads branches, remote-tracking branches and tags. Cost: their number; an unpacked annotated tag is read as well.
  public init(_ repository: Repository) throws {
    head = try repository.head()
    let branch = try repository.headBranch()
    isDetached = branch == nil
    var names: [ObjectID: [RefName]] = [:]
    var order: [ObjectID] = []
    for (prefix, kind) in [("refs/heads/", RefName.Kind.branch), ("refs/remotes/", .remote), ("refs/tags/", .tag)] {
      for (name, id) in try repository.commits(namedBelow: prefix) {
        order.append(id)
        let text = String(name.dropFirst(prefix.count))
        // `origin/HEAD` only repeats another name.
        if kind == .remote, text.hasSuffix("/HEAD") { continue }
        names[id, default: []].append(RefName(kind: kind, name: text, isHead: kind == .branch && name == branch))
      }
    }
    self.names = names
    self.order = order
  }

  /// The names of a commit, the branch that HEAD is on first.
  public func names(of id: ObjectID) -> [RefName] { (names[id] ?? []).sorted() }

  /// The commits of all branches and tags, and HEAD, in the order in which `git log --branches --remotes --tags HEAD`
  /// takes them.
  public var tips: [ObjectID] {
    var seen: Set<ObjectID> = []
    return (order + [head].compactMap { $0 }).filter { seen.insert($0).inserted }
  }
}

extension Repository {
  /// References below a prefix with the commit that each names, in the order of their names. Those that name no commit
  /// are left out.
  func commits(namedBelow prefix: String) throws -> [(name: String, id: ObjectID)] {
    var iterator: OpaquePointer?
    try check(git_reference_iterator_glob_new(&iterator, handle, prefix + "*"), "list the references", prefix)
    defer { git_reference_iterator_free(iterator) }
    var found: [(name: String, id: ObjectID)] = []
    var reference: OpaquePointer?
    while git_reference_next(&reference, iterator) == 0 {
      defer { git_reference_free(reference) }
      guard let name = git_reference_name(reference).map({ String(cString: $0) }),
        let id = commit(of: reference)
      else { continue }
      found.append((name, id))
    }
    return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private func commit(of reference: OpaquePointer?) -> ObjectID? {
    // Packed references of annotated tags know what those name.
    if let peeled = git_reference_target_peel(reference) { return ObjectID(peeled) }
    if let target = git_reference_target(reference), (try? header(ObjectID(target)))??.kind == .commit {
      return ObjectID(target)
    }
    var object: OpaquePointer?
    guard git_reference_peel(&object, reference, GIT_OBJECT_COMMIT) == 0 else { return nil }
    defer { git_object_free(object) }
    return git_object_id(object).map { ObjectID($0) }
  }
}
