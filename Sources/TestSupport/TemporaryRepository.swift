internal import Basics
public import GitKit

/// A repository made by the real `git`, away from the settings of the machine, removed when the value goes away.
public final class TemporaryRepository {
  /// What a repository is made as.
  public enum Shape: Sendable {
    case ordinary
    case bare
    /// A copy of another repository, which becomes its remote `origin`.
    case clone(of: String)
    /// The linked worktree of another repository, on a new branch.
    case worktree(of: String, branch: String)
  }

  /// The root of the worktree, or the bare repository. Without symbolic links.
  public let path: String
  public var environment: SealedEnvironment
  private let directory: TemporaryDirectory

  public init(_ shape: Shape = .ordinary, name: String = "repo") throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/" + name
    environment = SealedEnvironment(home: directory.path + "/home")
    try Files.createDirectory(environment.home)
    switch shape {
    case .ordinary: try git("init", "-q", "-b", "main", path, at: directory.path)
    case .bare: try git("init", "-q", "--bare", "-b", "main", path, at: directory.path)
    case .clone(let source): try git("clone", "-q", source, path, at: directory.path)
    case .worktree(let source, let branch): try git("worktree", "add", "-q", "-b", branch, path, at: source)
    }
  }

  /// The directory that all worktrees share, as git names it.
  public var commonDirectory: String {
    get throws { Paths.absolute(try git("rev-parse", "--git-common-dir").line, base: path) }
  }

  // MARK: Programs

  /// Runs git and expects it to succeed.
  ///
  /// - Throws: ``ShellFailure`` with everything git said.
  @discardableResult
  public func git(_ arguments: String..., at directory: String? = nil, input: String = "") throws -> ShellResult {
    let result = try run("git", arguments, at: directory, input: input)
    guard result.succeeded else {
      throw ShellFailure(command: "git " + arguments.joined(separator: " "), result: result)
    }
    return result
  }

  /// Runs git; it may fail.
  public func tryGit(_ arguments: String..., at directory: String? = nil, input: String = "") throws -> ShellResult {
    try run("git", arguments, at: directory, input: input)
  }

  /// Runs a program in the repository, in its environment.
  public func run(
    _ executable: String, _ arguments: [String], at directory: String? = nil, input: String = ""
  ) throws -> ShellResult {
    try TestSupport.run(
      executable, arguments, environment: environment.variables, input: Array(input.utf8), directory: directory ?? path)
  }

  // MARK: Files and commits

  /// Writes a file below the worktree, with the directories it needs. Returns its path.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws -> String {
    let file = path + "/" + name
    try Files.createDirectory(Paths.parent(file))
    try Files.remove(file)
    try Files.writeAtomically(Array(text.utf8), to: file, mode: mode)
    return file
  }

  /// Commits everything there is, one minute after the commit before. Returns the commit.
  @discardableResult
  public func commit(_ message: String, files: [String: String] = [:]) throws -> ObjectID {
    for (name, text) in files.sorted(by: { $0.key < $1.key }) { try write(name, text) }
    environment.now += 60
    try git("add", "-A")
    try git("commit", "-q", "--allow-empty", "-m", message)
    return try resolve("HEAD")
  }

  public func resolve(_ revision: String) throws -> ObjectID {
    let result = try git("rev-parse", "--verify", revision)
    guard let id = ObjectID(hex: result.line) else {
      throw ShellFailure(command: "rev-parse \(revision)", result: result)
    }
    return id
  }

  /// A linked worktree with a new branch; goes away by itself, its entry in the repository stays.
  public func addWorktree(branch: String) throws -> TemporaryRepository {
    let worktree = try TemporaryRepository(.worktree(of: path, branch: branch), name: branch)
    worktree.environment = environment
    return worktree
  }

  /// The repository as the product sees it.
  public func open(at subdirectory: String = "") throws -> Repository {
    let place = subdirectory.isEmpty ? path : path + "/" + subdirectory
    guard let repository = try Repository.open(containing: place) else {
      throw GitError(.notFound, "open the repository at", place, "there is none")
    }
    return repository
  }
}
