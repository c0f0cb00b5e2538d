internal import Basics
internal import GitKit

/// Talks to remotes through the git executable, so that credentials, ssh settings and proxies work as they do for git.
struct GitTransport {
  private let repository: Repository
  private let environment: [String: String]
  /// Where git is run: relative paths of remotes start there.
  private let directory: String

  /// What `git rev-parse --local-env-vars` lists, but for settings: about what a hook runs for, or somebody's shell is in.
  private static let localVariables = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE",
  ]

  /// - Parameter directory: where git is run; by default the worktree, or the repository when it is bare.
  init(_ repository: Repository, directory: String? = nil, environment: [String: String]) {
    self.repository = repository
    self.directory = directory ?? repository.worktree ?? repository.commonDirectory
    var environment = environment
    for name in Self.localVariables { environment[name] = nil }
    environment["LC_ALL"] = "C"
    self.environment = environment
  }

  private func run(_ arguments: [String]) throws -> ChildProgram {
    // A bare repository is named: `safe.bareRepository` may say that it is not to be found by itself.
    let place = repository.worktree == nil ? ["--git-dir=" + repository.commonDirectory] : []
    let result = try ChildProgram.run(
      "git", ["-C", directory] + place + arguments, environment: environment, directory: nil)
    guard let result else { throw RemoteProblem(.unreachable, "there is no git executable on PATH") }
    return result
  }

  /// The references of a remote that fit patterns.
  ///
  /// - Throws: ``RemoteProblem`` when the remote can't be read.
  func references(of remote: String, _ patterns: [String]) throws -> [String: ObjectID] {
    if let found = localReferences(of: remote, patterns) { return found }
    let result = try run(["ls-remote", "--refs", "--", remote] + patterns)
    guard result.succeeded else { throw Self.problem(result, "read") }
    var found: [String: ObjectID] = [:]
    for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: "\t")
      if fields.count == 2, let id = ObjectID(hex: fields[0]) { found[String(fields[1])] = id }
    }
    return found
  }

  /// Those of a remote that is a directory of this machine: what git would start two processes for. Nil for others, and
  /// for what git has to judge.
  private func localReferences(of remote: String, _ patterns: [String]) -> [String: ObjectID]? {
    let here = repository.configuration
    let judged = ["remote.\(remote).uploadpack", "remote.\(remote).vcs", "protocol.allow", "protocol.file.allow"]
    guard judged.allSatisfy({ (try? here.string($0)) ?? nil == nil }),
      environment["GIT_ALLOW_PROTOCOL"].map({ $0.split(separator: ":").contains("file") }) ?? true,
      (try? here.localValues("remote.\(remote).url"))?.count == 1, let url = here.fetchURL(ofRemote: remote)
    else { return nil }
    let path = url.hasPrefix("file:///") ? String(url.dropFirst(7)) : url
    guard path.hasPrefix("/"), !path.contains("%"), let place = try? Repository.open(at: path),
      ["transfer.hiderefs", "uploadpack.hiderefs"].allSatisfy({ (try? place.configuration.string($0)) ?? nil == nil })
    else { return nil }
    return try? patterns.reduce(into: [:]) { found, pattern in
      if pattern.hasSuffix("*") {
        for (name, id) in try place.references(prefix: String(pattern.dropLast())) { found[name] = id }
      } else {
        found[pattern] = try place.resolve(reference: pattern)
      }
    }
  }

  func fetch(_ remote: String, _ refspecs: [String]) throws {
    let result = try run(["fetch"] + Self.quietly + ["--no-filter", "--", remote] + refspecs)
    guard result.succeeded else { throw Self.problem(result, "fetch from") }
    repository.refreshObjects()
  }

  private static let quietly = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"]

  /// Fetches references without the blobs below them, where the remote can leave them out.
  func fetchTrees(_ remote: String, _ refspecs: [String]) throws {
    let result = try run(
      ["-c", "protocol.version=2", "fetch"] + Self.quietly + ["--filter=blob:none", "--", remote] + refspecs)
    guard result.succeeded else { throw Self.problem(result, "fetch from") }
    repository.refreshObjects()
  }

  /// Fetches objects by their ids, some hundred at a time; where the remote does not do that, all that references name.
  func fetchObjects(_ remote: String, _ ids: [ObjectID], or refspecs: [String]) throws {
    for start in stride(from: 0, to: ids.count, by: 500) {
      // Nothing is said to be here: a remote would take what is reachable from it for known, the blobs left out as well.
      let result = try run(
        ["-c", "protocol.version=2", "-c", "fetch.negotiationAlgorithm=noop", "fetch"] + Self.quietly
          + ["--no-filter", "--", remote] + ids[start..<min(ids.count, start + 500)].map(\.hex))
      if result.succeeded { continue }
      let whole = try run(["fetch"] + Self.quietly + ["--no-filter", "--refetch", "--", remote] + refspecs)
      guard whole.succeeded else { throw Self.problem(whole, "fetch from") }
      break
    }
    repository.refreshObjects()
  }

  /// What became of one reference of a push.
  enum Outcome: Equatable {
    case done
    case upToDate
    /// Somebody else was faster, or the reference is another one than was thought.
    case outdated
    case refused(String)
  }

  /// Pushes; hooks of the repository do not run: what is pushed was looked at.
  ///
  /// - Parameters:
  ///   - specs: what goes where; with a lease, the reference is replaced if it is what the lease says.
  /// - Returns: by the reference over there.
  func push(_ remote: String, _ specs: [PushSpec]) throws -> [String: Outcome] {
    var arguments = ["push", "--porcelain", "--no-progress", "--no-verify"]
    for spec in specs { if let lease = spec.lease { arguments.append("--force-with-lease=\(spec.to):\(lease.hex)") } }
    let result = try run(arguments + ["--", remote] + specs.map { "\($0.from.hex):\($0.to)" })
    var outcomes: [String: Outcome] = [:]
    for line in String(decoding: result.output, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3, let flag = fields[0].first,
        let to = fields[1].split(separator: ":").last.map(String.init)
      else { continue }
      switch flag {
      case "!":
        let reason = String(fields[2])
        let isRace = ["fetch first", "non-fast-forward", "stale info", "cannot lock ref", "failed to update ref"]
          .contains { reason.contains($0) }
        outcomes[to] = isRace ? .outdated : .refused(Self.told(result).map { "\(reason): \($0)" } ?? reason)
      case "=": outcomes[to] = .upToDate
      default: outcomes[to] = .done
      }
    }
    if outcomes.isEmpty { throw Self.problem(result, "push to") }
    return outcomes
  }

  /// What the remote's hooks said.
  private static func told(_ result: ChildProgram) -> String? {
    let lines = String(decoding: result.errors, as: UTF8.self).split(separator: "\n").compactMap { line in
      line.hasPrefix("remote: ") ? line.dropFirst(8).trimmingPrefix { $0 == " " } : nil
    }
    let text = lines.filter { !$0.isEmpty }.prefix(3).joined(separator: " ")
    return text.isEmpty ? nil : text
  }

  private static func problem(_ result: ChildProgram, _ verb: String) -> RemoteProblem {
    let lines = String(decoding: result.errors, as: UTF8.self).split(separator: "\n").map(String.init)
    let told = lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix("error: ") } ?? lines.first
    let reason = told.map { $0.replacing("fatal: ", with: "").replacing("error: ", with: "") }
    return RemoteProblem(.unreachable, "git could not \(verb) the remote: \(reason ?? "exit code \(result.exitCode)")")
  }
}

/// A reference to be pushed.
struct PushSpec {
  let from: ObjectID
  let to: String
  var lease: ObjectID?
}

/// What went wrong between this clone and its remote.
public struct RemoteProblem: Error, Sendable {
  public enum Code: Sendable {
    /// The remote can't be read or written.
    case unreachable
    /// Others were faster until the time was over.
    case busy
    /// Another process of this clone holds a lock.
    case locked
    /// The remote does not want it.
    case refused
    /// No security tool is enabled.
    case notConfigured
  }

  public let code: Code
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
