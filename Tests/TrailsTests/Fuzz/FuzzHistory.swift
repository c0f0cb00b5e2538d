import Basics
import GitKit
import TestSupport
import Testing
import TraceStore
import Trails

/// A random history that real git makes of the work of people and agents.
final class FuzzHistory {
  let seed: UInt64
  let place: TemporaryRepository
  let repository: Repository
  var text: FuzzText
  private var agents: [Agent] = []
  /// What was done, for whoever has to understand a failure.
  private(set) var journal: [String] = []
  private var branches = ["main"]
  private var files = 0
  private var isKept = true
  private(set) var commits: [ObjectID] = []
  private var known: Set<ObjectID> = []
  /// Whether hooks see the files around tool calls; else the transcript tells.
  private let isSeen: Bool

  init(seed: UInt64) throws {
    self.seed = seed
    text = FuzzText(seed: seed)
    place = try TemporaryRepository()
    isSeen = text.chance(60)
    try place.git("config", "gc.auto", "0")
    for path in ["a.swift", "dir/b.py"] { try place.write(path, FuzzText.join(text.lines(12, by: nil))) }
    try place.commit("seed")
    repository = try place.open()
    agents = ["A", "B", "C"].map { Agent($0, start: Timestamp(seconds: place.environment.now)) }
    _ = try fresh()
  }

  private var now: Timestamp { Timestamp(seconds: place.environment.now) }

  private func tick() { place.environment.now += text.random(2...400) }

  private func note(_ what: String) { journal.append(what) }

  @discardableResult
  private func git(_ arguments: String...) throws -> ShellResult {
    tick()
    let result = try place.run("git", arguments)
    note("git " + arguments.joined(separator: " ") + (result.succeeded ? "" : " (\(result.exitCode))"))
    return result
  }

  private func read(_ path: String) throws -> String? { try Files.readText(place.path + "/" + path) }

  /// The files of the worktree.
  private func paths() -> [String] {
    let top = Files.list(place.path).filter { $0 != ".git" && $0 != "dir" }
    return (top + Files.list(place.path + "/dir").map { "dir/" + $0 }).sorted()
  }

  private var isClean: Bool { get throws { try place.git("status", "--porcelain").output.isEmpty } }

  /// The branch that is checked out.
  private var branch: String {
    get throws { String(try Files.readText(place.path + "/.git/HEAD")?.dropFirst(16).prefix { $0 != "\n" } ?? "") }
  }

  // MARK: Work on files

  /// One step of somebody.
  func step() throws {
    switch text.random(0...29) {
    case 0...7: try agentEdits()
    case 8: try agentCreates()
    case 9: try agentDeletesOrRenames()
    case 10...12: try personEdits()
    case 13: try personReindents()
    case 14: try personRenames()
    case 15...19: try commitAll()
    case 20: try commitPart()
    case 21: try amend()
    case 22: try switchBranch()
    case 23: try merge()
    case 24: try rebase()
    case 25: try squash()
    case 26: try cherryPick()
    case 27: try revert()
    case 28: try stash()
    default: try fixup()
    }
  }

  private func agent() -> Agent? { text.pick(agents) }

  private func agentEdits() throws {
    tick()
    guard let agent = agent(), let path = text.pick(paths()), let before = try read(path) else { return }
    let after = FuzzText.join(text.change(FuzzText.split(before), by: agent.name))
    guard after != before else { return }
    try place.write(path, after)
    agent.observe(path, before: before, after: after, at: now, isSeen: isSeen)
    isKept = false
    note("\(agent.name) edits \(path)")
  }

  private func agentCreates() throws {
    tick()
    guard let agent = agent() else { return }
    files += 1
    let path = "new\(files).swift"
    let lines = FuzzText.join(text.lines(text.random(2...7), by: agent.name))
    try place.write(path, lines)
    try place.git("add", "-N", path)
    agent.observe(path, before: nil, after: lines, at: now, isSeen: isSeen)
    isKept = false
    note("\(agent.name) writes \(path)")
  }

  private func agentDeletesOrRenames() throws {
    tick()
    let all = paths()
    guard all.count > 2, let agent = agent(), let path = text.pick(all), let before = try read(path) else { return }
    isKept = false
    if text.chance(40) {
      try Files.remove(place.path + "/" + path)
      try place.git("add", "-A", "--", path)
      agent.observe(path, before: before, after: nil, at: now, isSeen: isSeen)
      note("\(agent.name) deletes \(path)")
    } else {
      files += 1
      let new = "moved\(files).swift"
      guard try place.tryGit("mv", path, new).succeeded else { return }
      agent.recordRename(of: path, to: new, at: now)
      note("\(agent.name) renames \(path) to \(new)")
    }
  }

  private func personEdits() throws {
    tick()
    guard let path = text.pick(paths()), let before = try read(path) else { return }
    try place.write(path, FuzzText.join(text.change(FuzzText.split(before), by: nil)))
    note("person edits \(path)")
  }

  private func personReindents() throws {
    tick()
    guard let path = text.pick(paths()), var lines = try read(path).map(FuzzText.split), !lines.isEmpty else {
      return
    }
    let at = text.random(0...(lines.count - 1))
    if !lines[at].isEmpty { lines[at] = "  " + lines[at] }
    try place.write(path, FuzzText.join(lines))
    note("person indents \(path)")
  }

  private func personRenames() throws {
    tick()
    guard let path = text.pick(paths()) else { return }
    files += 1
    if try place.tryGit("mv", path, "by\(files).swift").succeeded { note("person renames \(path) to by\(files).swift") }
  }

  // MARK: Commits

  private func commitAll() throws {
    try git("commit", "-q", "-a", "-m", "work \(place.environment.now)")
  }

  /// Stages some of the changed runs of some of the files.
  private func commitPart() throws {
    try place.git("reset", "-q")
    let changed = try place.git("diff", "--name-only", "--diff-filter=M").lines
    for path in changed where text.chance(70) {
      let before = FuzzText.split(try place.git("show", "HEAD:" + path).output)
      guard let after = try read(path).map(FuzzText.split) else { continue }
      var part: [String] = []
      var (i, j) = (0, 0)
      let difference = after.difference(from: before)
      let gone = Set(difference.removals.map { if case .remove(let at, _, _) = $0 { at } else { -1 } })
      let come = Set(difference.insertions.map { if case .insert(let at, _, _) = $0 { at } else { -1 } })
      while i < before.count || j < after.count {
        guard gone.contains(i) || come.contains(j) else {
          part.append(before[i])
          (i, j) = (i + 1, j + 1)
          continue
        }
        let takes = text.chance(50)
        while gone.contains(i) || come.contains(j) {
          if gone.contains(i) {
            if !takes { part.append(before[i]) }
            i += 1
          } else {
            if takes { part.append(after[j]) }
            j += 1
          }
        }
      }
      let blob = try place.git("hash-object", "-w", "--stdin", input: FuzzText.join(part)).line
      try place.git("update-index", "--cacheinfo", "100644,\(blob),\(path)")
    }
    try git("commit", "-q", "-m", "part \(place.environment.now)")
    try place.git("add", "-AN")
  }

  private func amend() throws {
    guard commits.count > 1 else { return }
    if text.chance(60) { try git("add", "-A") }
    try git("commit", "-q", "--amend", "--no-edit")
  }

  private func fixup() throws {
    guard let base = try base(of: 4), try place.git("rev-list", "--merges", base + "..HEAD").output.isEmpty else {
      return
    }
    let targets = try place.git("rev-list", base + "..HEAD").lines
    guard let target = text.pick(targets) else { return }
    if text.chance(50) { try agentEdits() } else { try personEdits() }
    try git("add", "-A")
    guard try git("commit", "-q", "--fixup", target).succeeded else { return }
    if try !git("rebase", "-q", "-i", "--autosquash", base).succeeded { try resolve("rebase") }
  }

  /// A commit some generations back on the way of first parents.
  private func base(of depth: Int) throws -> String? {
    let chain = try place.git("rev-list", "--first-parent", "HEAD").lines
    return chain.count > 1 ? chain[min(chain.count - 1, text.random(1...depth))] : nil
  }

  // MARK: Branches

  private func cleaned() throws -> Bool {
    if try !isClean { try commitAll() }
    return try isClean
  }

  private func switchBranch() throws {
    guard try cleaned() else { return }
    if branches.count < 4, text.chance(50) {
      let name = "b\(branches.count)"
      try git("checkout", "-q", "-b", name)
      branches.append(name)
    } else if let branch = text.pick(branches) {
      try git("checkout", "-q", branch)
    }
  }

  private func other() throws -> String? {
    let here = try branch
    return text.pick(branches.filter { $0 != here })
  }

  private func merge() throws {
    guard try cleaned(), let branch = try other() else { return }
    let all = branches.filter { $0 != branch }
    if text.chance(20), let third = text.pick(all), third != (try self.branch) {
      if try !git("merge", "-q", "--no-edit", branch, third).succeeded { try git("reset", "-q", "--hard") }
    } else if try !git("merge", "-q", "--no-ff", "--no-edit", branch).succeeded {
      try resolve("merge")
    }
  }

  private func rebase() throws {
    guard try cleaned(), let branch = try other() else { return }
    if try !git("rebase", "-q", branch).succeeded { try resolve("rebase") }
  }

  private func squash() throws {
    guard try cleaned(), let branch = try other() else { return }
    if try git("merge", "-q", "--squash", branch).succeeded {
      try git("commit", "-q", "-m", "squash \(branch) \(place.environment.now)")
    } else {
      try git("reset", "-q", "--hard")
    }
  }

  private func cherryPick() throws {
    guard try cleaned(), let branch = try other() else { return }
    let candidates = try place.git("rev-list", "--no-merges", "HEAD.." + branch).lines
    guard let commit = text.pick(candidates) else { return }
    if try !git("cherry-pick", "--allow-empty", "--keep-redundant-commits", commit).succeeded {
      try resolve("cherry-pick")
    }
  }

  private func revert() throws {
    guard try cleaned() else { return }
    let candidates = try place.git("rev-list", "--no-merges", "--max-count=4", "HEAD").lines
    guard let commit = text.pick(candidates), try place.tryGit("rev-parse", "-q", "--verify", commit + "^").succeeded
    else { return }
    if try !git("revert", "--no-edit", commit).succeeded { try git("revert", "--abort") }
  }

  private func stash() throws {
    guard try !isClean else { return }
    guard try git("stash", "-q", "-u").succeeded else { return }
    if text.chance(50) {
      try personEdits()
      try commitAll()
    } else if text.chance(50) {
      try agentEdits()
      try commitAll()
    }
    if try !git("stash", "pop", "-q").succeeded {
      try resolveFiles()
      try git("reset", "-q")
      try git("stash", "drop", "-q")
    }
    try place.git("add", "-AN")
  }

  // MARK: Conflicts

  private func resolve(_ operation: String) throws {
    for _ in 0..<12 {
      guard try resolveFiles() else { break }
      try git("add", "-A")
      let result =
        operation == "merge" ? try git("commit", "-q", "--no-edit") : try git(operation, "--continue")
      if result.succeeded { return }
      if try isClean { try git(operation, operation == "merge" ? "--abort" : "--skip") }
      if try !isInProgress(operation) { return }
    }
    _ = try git(operation, "--abort")
  }

  private func isInProgress(_ operation: String) throws -> Bool {
    ["rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD"].contains {
      Files.exists(place.path + "/.git/" + $0)
    }
  }

  /// Somebody takes sides in all files that have conflicts.
  ///
  /// - Returns: false where git wants more than text: a file changed here and deleted there.
  @discardableResult
  private func resolveFiles() throws -> Bool {
    let conflicts = try place.git("diff", "--name-only", "--diff-filter=U").lines
    for path in conflicts {
      guard let before = try read(path), before.contains("<<<<<<<") else { return false }
      let isAgents = text.chance(40)
      let author = isAgents ? agent() : nil
      tick()
      var resolved: [String] = []
      var side = 0
      var takes = (ours: true, theirs: true)
      for line in FuzzText.split(before) {
        if line.hasPrefix("<<<<<<<") {
          side = 1
          let choice = text.random(0...3)
          takes = (choice != 1, choice != 0)
          if choice == 3 { takes = (false, false) }
        } else if line.hasPrefix("|||||||") || line.hasPrefix("=======") && side != 0 {
          side = 2
        } else if line.hasPrefix(">>>>>>>") {
          if text.chance(50) { resolved += text.lines(1, by: author?.name) }
          side = 0
        } else if side == 0 || side == 1 && takes.ours || side == 2 && takes.theirs {
          resolved.append(line)
        }
      }
      let after = FuzzText.join(resolved)
      try place.write(path, after)
      author?.observe(path, before: before, after: after, at: now, isSeen: isSeen)
      if author != nil { isKept = false }
      note("\(author?.name ?? "person") resolves \(path)")
    }
    return !conflicts.isEmpty
  }

  // MARK: The tool

  func keepSessions() throws {
    guard !isKept else { return }
    isKept = true
    try keep(agents.filter { !$0.edits.isEmpty }, in: repository, now: now)
  }

  /// Commits that were not there before, parents first.
  func fresh() throws -> [ObjectID] {
    repository.refreshObjects()
    let all = try repository.walk(from: repository.branchTips(), order: .oldestFirst)
    let new = all.filter { known.insert($0).inserted }
    commits += new
    return new
  }

  /// Attributes new commits as hooks do, but for some whose hook never ran.
  func runHooks(_ new: [ObjectID]) throws {
    guard text.chance(80), !new.isEmpty else { return }
    _ = try IncrementalAttribution(repository, source: "fuzz", time: now).run(new)
  }

  func blame(_ id: ObjectID) throws -> (Commit, CommitBlame) {
    let commit = try #require(try repository.commit(id))
    return (commit, try CommitBlamer(repository).blame(commit))
  }

  func lines(_ path: BytePath, in commit: Commit) throws -> [String] {
    guard let entry = try repository.entry(at: path, in: commit.tree), let bytes = try repository.blob(entry.id) else {
      return []
    }
    return FuzzText.split(String(decoding: bytes, as: UTF8.self))
  }

  func forget() throws {
    for name in try GitOracle(place).references("refs/opentraces").keys + [StoreRefs.notes] {
      try place.git("update-ref", "-d", name)
    }
    isKept = false
  }

  func backfill() throws {
    _ = try Backfill(repository, time: now).run(
      Backfill.Options(maxCommits: 5000, windowHours: 10_000, allBranches: true))
  }
}
