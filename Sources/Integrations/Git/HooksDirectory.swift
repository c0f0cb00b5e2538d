internal import Basics
internal import GitKit

/// The directory that git takes its hooks from, and what may be done in it.
struct HooksDirectory {
  /// Absolute.
  let path: String
  /// `default` or `core.hooksPath`.
  let source: String
  /// Where our own scripts go: with the repository, or beside the hooks when these serve the whole machine.
  let ownedDirectory: String
  /// Why nothing may be written here; nil when it may.
  let problem: String?

  init(_ repository: Repository, worktree: String) throws {
    let standard = repository.commonDirectory + "/hooks"
    let configured = try repository.worktreePath("core.hooksPath") ?? repository.configuration.path("core.hooksPath")
    guard let configured, !configured.isEmpty else {
      self.init(path: standard, source: "default", ownedDirectory: standard, problem: nil)
      return
    }
    let path = Paths.absolute(configured, base: worktree)
    let resolved = Files.resolvingLinks(path)
    let isPrivate = Paths.relative(resolved, to: Files.resolvingLinks(repository.commonDirectory)) != nil
    let inside = isPrivate ? nil : Paths.relative(resolved, to: Files.resolvingLinks(worktree))
    let isMachineWide = !isPrivate && inside == nil
    let problem = try Self.problem(at: path, inside: inside, repository)
    self.init(
      path: path, source: "core.hooksPath",
      ownedDirectory: isMachineWide && problem == nil ? path : standard, problem: problem)
  }

  private init(path: String, source: String, ownedDirectory: String, problem: String?) {
    self.path = path
    self.source = source
    self.ownedDirectory = ownedDirectory
    self.problem = problem
  }

  /// A directory of the worktree may be changed only when git ignores it: everything else is, or will be, everybody's.
  private static func problem(at path: String, inside: String?, _ repository: Repository) throws -> String? {
    if Files.exists(path) && !Files.isDirectory(path) { return "core.hooksPath names \(path), which is no directory" }
    guard let inside else { return nil }
    guard Files.isDirectory(path) else { return "core.hooksPath names \(path), which does not exist yet" }
    if try repository.hasTrackedFiles(below: inside) {
      return "\(path) is tracked by git and belongs to the whole team"
    }
    // The probe asks for a file: husky ignores the contents of its directory, not the directory.
    guard try repository.isIgnored(inside + "/opentraces") else {
      return "\(path) is part of the worktree and not ignored by git"
    }
    return nil
  }

  func hookPath(_ hook: GitHook) -> String { path + "/" + hook.rawValue }
  func ownedPath(_ hook: GitHook) -> String { ownedDirectory + "/" + hook.ownedName }

  /// The owned script as a hook in this directory calls it; survives moving the repository where that is possible.
  func chain(_ hook: GitHook, isShared: Bool = false) -> HookChain {
    let beside = Files.resolvingLinks(path) == Files.resolvingLinks(ownedDirectory)
    let script = beside ? #""${0%/*}"/\#(hook.ownedName)"# : ShellText.quoted(ownedPath(hook))
    return HookChain(hook: hook, script: script, isShared: isShared)
  }

  /// Lines for a hook that others share: they find the owned script in whatever clone they run.
  static func snippet(_ hook: GitHook) -> String {
    let script = #""$(git rev-parse --git-common-dir)"/hooks/\#(hook.ownedName)"#
    return HookChain(hook: hook, script: script).commands.joined(separator: "\n")
  }
}
