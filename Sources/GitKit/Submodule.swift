public import Basics
internal import CGit2

extension Repository {
  /// The paths of the submodules of this worktree, checked out or not. Cost: a `stat` where there is no `.gitmodules`.
  public func submodulePaths() throws -> [BytePath] {
    guard let worktree, Files.exists(worktree + "/.gitmodules") else { return [] }
    var paths: [BytePath] = []
    try withUnsafeMutablePointer(to: &paths) { found in
      let add: git_submodule_cb = { submodule, _, found in
        if let path = git_submodule_path(submodule).map({ BytePath(String(cString: $0)) }) {
          found?.assumingMemoryBound(to: [BytePath].self).pointee.append(path)
        }
        return 0
      }
      try check(git_submodule_foreach(handle, add, found), "list the submodules of", worktree)
    }
    return paths.sorted()
  }

  /// The repository of a submodule; nil when it is not checked out here.
  public func submodule(at path: BytePath) throws -> Repository? {
    guard let worktree else { return nil }
    let root = worktree + "/" + path.description
    guard Files.exists(root + "/.git"), let inner = try Repository.open(containing: root), let place = inner.worktree,
      Files.resolvingLinks(place) == Files.resolvingLinks(root)
    else { return nil }
    return inner
  }

  /// Whether this repository is a submodule of another one, or of a submodule of it.
  public func isSubmodule(of outer: Repository) throws -> Bool {
    guard let worktree, let root = outer.worktree else { return false }
    let relative = Paths.relative(Files.resolvingLinks(worktree), to: Files.resolvingLinks(root))
    guard let relative, !relative.isEmpty else { return false }
    for path in try outer.submodulePaths() {
      if path.description == relative { return true }
      guard relative.hasPrefix(path.description + "/"), let middle = try outer.submodule(at: path) else { continue }
      if try isSubmodule(of: middle) { return true }
    }
    return false
  }
}
