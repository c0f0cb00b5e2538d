public import Basics
public import GitKit

/// Tells which working directories belong to a repository: its worktrees, other checkouts with the same history, and of a
/// submodule those of the repository around it, whose sessions may work in the submodule.
public final class SessionMembership {
  private let repository: Repository
  private var known: [String]
  /// The roots of the repository's own worktrees.
  private let own: Set<String>
  private var answers: [String: String?] = [:]
  private var headLogs: [String: HeadLog] = [:]
  private lazy var rootCommits: Set<ObjectID> = (try? Self.roots(of: repository)) ?? []

  public init(_ repository: Repository) {
    self.repository = repository
    known = Self.worktrees(of: repository)
    own = Set(known)
  }

  /// The roots of the repository's worktrees, as given and with symbolic links resolved.
  private static func worktrees(of repository: Repository) -> [String] {
    var roots = repository.worktree.map { [$0] } ?? []
    for name in Files.list(repository.commonDirectory + "/worktrees") {
      let link = repository.commonDirectory + "/worktrees/" + name + "/gitdir"
      // A worktree that was removed by hand leaves an unreadable entry behind.
      guard let text = (try? Files.readText(link)) ?? nil else { continue }
      roots.append(Paths.parent(String(text.prefix { $0 != "\n" })))
    }
    if repository.isLinkedWorktree { roots.append(Paths.parent(repository.commonDirectory)) }
    return Array(Set(roots + roots.map(Files.resolvingLinks))).sorted { $0.count > $1.count }
  }

  private static func roots(of repository: Repository) throws -> Set<ObjectID> {
    guard let head = try repository.head() else { return [] }
    let all = try repository.walk(from: [head], order: .topological)
    return Set(try all.filter { try repository.commit($0)?.parents.isEmpty ?? false })
  }

  /// The root of the checkout that a working directory lies in, when that checkout is one of this repository.
  public func root(of directory: String) -> String? {
    if let root = known.first(where: { Paths.relative(directory, to: $0) != nil }) { return root }
    if let answer = answers[directory] { return answer }
    let answer = foreignRoot(directory)
    answers[directory] = answer
    if let answer { known.append(answer) }
    return answer
  }

  /// Another clone or a worktree elsewhere: the same common directory, or a root commit in common.
  private func foreignRoot(_ directory: String) -> String? {
    // A directory that is gone or unreadable belongs to nobody.
    guard let other = (try? Repository.open(containing: directory)) ?? nil, let worktree = other.worktree else {
      return nil
    }
    if other.commonDirectory == repository.commonDirectory { return worktree }
    // Where it can't be told, it is none.
    if (try? repository.isSubmodule(of: other)) ?? false { return repository.worktree }
    let theirs = (try? Self.roots(of: other)) ?? []
    return rootCommits.isDisjoint(with: theirs) ? nil : worktree
  }

  /// Whether a working directory lies in a checkout of this repository, and not only around one.
  func isInside(_ directory: String) -> Bool {
    guard let root = root(of: directory) else { return false }
    return Paths.relative(directory, to: root) != nil
      || Paths.relative(Files.resolvingLinks(directory), to: Files.resolvingLinks(root)) != nil
  }

  /// The commit that was checked out in the worktree of a directory at a time, where that worktree is one of this
  /// repository and its reflog knows.
  func head(of directory: String, at time: Timestamp) -> ObjectID? {
    guard let root = root(of: directory), own.contains(root) else { return nil }
    let log = headLogs[root] ?? HeadLog(gitDirectory(of: root) + "/logs/HEAD")
    headLogs[root] = log
    return log.commit(at: time).flatMap { repository.contains($0) ? $0 : nil }
  }

  private func gitDirectory(of root: String) -> String {
    let linked = Files.list(repository.commonDirectory + "/worktrees").map {
      repository.commonDirectory + "/worktrees/" + $0
    }
    let resolved = Files.resolvingLinks(root)
    return linked.first { path in
      // A worktree that was removed by hand leaves an unreadable entry behind.
      let link = (try? Files.readText(path + "/gitdir")) ?? nil
      return link.map { Files.resolvingLinks(Paths.parent(String($0.prefix { $0 != "\n" }))) == resolved } ?? false
    } ?? (Files.isDirectory(root + "/.git") ? root + "/.git" : repository.commonDirectory)
  }

  /// The path inside the repository of a path that a tool named; nil when it lies outside, or below `.git`.
  public func repositoryPath(of path: String, directory: String?) -> BytePath? {
    guard path.hasPrefix("/") || directory != nil else { return nil }
    let absolute = Paths.absolute(path, base: directory ?? "/")
    for root in known {
      guard let relative = Paths.relative(absolute, to: root), !relative.isEmpty else { continue }
      if relative == ".git" || relative.hasPrefix(".git/") { return nil }
      return BytePath(relative)
    }
    return nil
  }
}
