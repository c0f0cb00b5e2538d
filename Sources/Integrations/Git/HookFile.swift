internal import Basics
internal import GitKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// What is at the place of a hook, and whether lines can be put into it.
struct HookFile {
  enum Kind {
    case absent
    /// A script for a POSIX-like shell that may be edited.
    case shell(text: [UInt8], mode: UInt32)
    /// Somebody wrote the call of our script into it by hand.
    case chainedByHand
    /// It must not or cannot be edited; the reason is a sentence without its subject.
    case unmanaged(String)
  }

  let kind: Kind
  /// Whether the file is a link to a script with another name, which other hooks may share.
  let isShared: Bool
  /// `husky`, `lefthook` or `pre-commit` when such a tool wrote the file.
  let manager: String?

  init(at path: String, hook: GitHook) throws {
    guard Files.exists(path) else {
      (kind, isShared, manager) = (.absent, false, nil)
      return
    }
    let target = Files.resolvingLinks(path)
    isShared = Paths.name(target) != hook.rawValue
    let text = Files.status(target)?.isRegularFile == true ? try Files.readIfPresent(target) : nil
    manager = text.flatMap { Self.manager(of: $0, path: path) }
    guard let text, let status = Files.status(target) else {
      kind = .unmanaged("is no file")
      return
    }
    let own = HookChain(hook: hook, script: "")
    let rest = try own.removed(from: text, path: path).map { $0.rest ?? [] }
    if Self.calls(hook, in: rest ?? text) {
      kind = .chainedByHand
    } else if let reason = try Self.interpreterProblem(text) ?? Self.accessProblem(target, mode: status.mode) {
      kind = .unmanaged(reason)
    } else {
      kind = .shell(text: text, mode: status.mode & 0o7777)
    }
  }

  private static func manager(of text: [UInt8], path: String) -> String? {
    if path.contains("/.husky/") { return "husky" }
    let words = String(decoding: text, as: UTF8.self)
    if words.contains("lefthook") { return "lefthook" }
    return words.contains("pre-commit.com") ? "pre-commit" : nil
  }

  /// Whether a line that is no comment names our script.
  private static func calls(_ hook: GitHook, in text: [UInt8]) -> Bool {
    String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
      !line.drop(while: \.isWhitespace).hasPrefix("#") && line.contains("/" + hook.ownedName)
    }
  }

  private static func interpreterProblem(_ text: [UInt8]) -> String? {
    if text.prefix(8000).contains(0) { return "is no shell script" }
    guard text.starts(with: "#!".utf8) else { return nil }
    let line = text.prefix { $0 != 0x0A }
    if line.last == 0x0D { return "has Windows line ends, with which it does not run" }
    let words = String(decoding: line.dropFirst(2), as: UTF8.self).split(whereSeparator: \.isWhitespace)
    let names = words.map { Paths.name(String($0)) }
    let interpreter =
      names.first == "env" ? names.dropFirst().first { !$0.hasPrefix("-") && !$0.contains("=") } : names.first
    let shells: Set = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash"]
    return shells.contains(interpreter ?? "") ? nil : "is no shell script"
  }

  private static func accessProblem(_ target: String, mode: UInt32) throws -> String? {
    if mode & 0o222 == 0 || access(target, W_OK) != 0 { return "can't be written" }
    if access(Paths.parent(target), W_OK) != 0 { return "lies in a directory that can't be written" }
    return try isTracked(target) ? "is tracked by git" : nil
  }

  /// Whether some repository, not necessarily the one at hand, tracks the file.
  private static func isTracked(_ target: String) throws -> Bool {
    guard let repository = try Repository.open(containing: Paths.parent(target)),
      let worktree = repository.worktree,
      let path = Paths.relative(target, to: Files.resolvingLinks(worktree)), !path.isEmpty
    else { return false }
    return try repository.isTracked(path)
  }
}
