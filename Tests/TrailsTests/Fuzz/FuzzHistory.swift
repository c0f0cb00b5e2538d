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
  /// The worktree that is worked in.
  private var root: String
  private var linked: String?
  private(set) var submodule: FuzzSubmodule?
  /// Decides about worktrees and submodules, so that the other seeds go on as they did.
  private var places: SeededGenerator

  init(seed: UInt64) throws {
    self.seed = seed
    text = FuzzText(seed: seed)
    places = SeededGenerator(seed: seed ^ 0x5EED)
    place = try TemporaryRepository()
    isSeen = text.chance(60)
    try place.git("config", "gc.auto", "0")
    root = place.path
    for path in ["a.swift", "dir/b.py"] { try place.write(path, FuzzText.join(text.lines(12, by: nil))) }
    try place.commit("seed")
    repository = try place.open()
    agents = ["A", "B", "C"].map { Agent($0, start: Timestamp(seconds: place.environment.now)) }
    if seed % 5 == 4 { try addWorktree() }
    if seed % 5 == 2 { submodule = try FuzzSubmodule(place) }
    _ = try fresh()
  }

  private var now: Timestamp { Timestamp(seconds: place.environment.now) }

  private func tick() { place.environment.now += text.random(2...400) }

  private func note(_ what: String) { journal.append(what) }

  @discardableResult
  private func git(_ arguments: String...) throws -> ShellResult {
    tick()
    let result = try place.run("git", arguments, at: root)
    note("git " + arguments.joined(separator: " ") + (result.succeeded ? "" : " (\(result.exitCode))"))
    return result
  }

  private func read(_ path: String) throws -> String? { try Files.readText(root + "/" + path) }

  private func write(_ path: String, _ text: String) throws {
    try Files.createDirectory(Paths.parent(root + "/" + path))
    try Files.writeAtomically(Array(text.utf8), to: root + "/" + path)
  }

  /// Runs git and expects it to succeed.
  @discardableResult
  private func ask(_ arguments: String..., input: String = "") throws -> ShellResult {
    let result = try place.run("git", arguments, at: root, input: input)
    try #require(result.succeeded, "seed \(seed): git \(arguments): \(result.output)\(result.errors)")
    return result
  }

  private func attempt(_ arguments: String...) throws -> ShellResult { try place.run("git", arguments, at: root) }

  /// The files of the worktree.
  private func paths() -> [String] {
    let top = Files.list(root).filter { ![".git", ".gitmodules", "dir", FuzzSubmodule.path].contains($0) }
    return (top + Files.list(root + "/dir").map { "dir/" + $0 }).sorted()
  }

  private var isClean: Bool { get throws { try ask("status", "--porcelain").output.isEmpty } }

  /// The branch that is checked out.
  private var branch: String {
    get throws { String(try Files.readText(gitDirectory + "/HEAD")?.dropFirst(16).prefix { $0 != "\n" } ?? "") }
  }

  // MARK: Places

  /// The git directory of the worktree that is worked in.
  private var gitDirectory: String {
    root == place.path ? place.path + "/.git" : place.path + "/.git/worktrees/" + Paths.name(root)
  }

  private func addWorktree() throws {
    let tree = Paths.parent(place.path) + "/tree"
    try place.git("worktree", "add", "-q", "-b", "tree", tree)
    branches.append("tree")
    linked = tree
  }

  /// Goes to the other worktree, or works in the submodule.
  private func moveAbout() throws {
    if let linked, Int.random(in: 0..<4, using: &places) == 0 {
      root = root == place.path ? linked : place.path
      note("in \(Paths.name(root))")
    }
    guard let submodule, Int.random(in: 0..<3, using: &places) == 0, let agent = agents.randomElement(using: &places)
    else { return }
    tick()
    if Int.random(in: 0..<3, using: &places) > 0 {
      try submodule.edit(agent, at: now, isSeen: isSeen, &text)
      isKept = false
      note("\(agent.name) edits in the submodule")
    } else {
      try submodule.commit(at: now)
      note("commit in the submodule")
    }
  }

  // MARK: Work on files

  /// One step of somebody.
  func step() throws {
    try moveAbout()
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
    try write(path, after)
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
    try write(path, lines)
    try ask("add", "-N", path)
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
      try Files.remove(root + "/" + path)
      try ask("add", "-A", "--", path)
      agent.observe(path, before: before, after: nil, at: now, isSeen: isSeen)
      note("\(agent.name) deletes \(path)")
    } else {
      files += 1
      let new = "moved\(files).swift"
      guard try attempt("mv", path, new).succeeded else { return }
      agent.recordRename(of: path, to: new, at: now)
      note("\(agent.name) renames \(path) to \(new)")
    }
  }

  private func personEdits() throws {
    tick()
    guard let path = text.pick(paths()), let before = try read(path) else { return }
    try write(path, FuzzText.join(text.change(FuzzText.split(before), by: nil)))
    note("person edits \(path)")
  }

  private func personReindents() throws {
    tick()
    guard let path = text.pick(paths()), var lines = try read(path).map(FuzzText.split), !lines.isEmpty else {
      return
    }
    let at = text.random(0...(lines.count - 1))
    if !lines[at].isEmpty { lines[at] = "  " + lines[at] }
    try write(path, FuzzText.join(lines))
    note("person indents \(path)")
  }

  private func personRenames() throws {
    tick()
    guard let path = text.pick(paths()) else { return }
    files += 1
    if try attempt("mv", path, "by\(files).swift").succeeded { note("person renames \(path) to by\(files).swift") }
  }

  // MARK: Commits

  private func commitAll() throws {
    try git("commit", "-q", "-a", "-m", "work \(place.environment.now)")
  }

  /// Stages some of the changed runs of some of the files.
  private func commitPart() throws {
    try ask("reset", "-q")
    let changed = try ask("diff", "--name-only", "--diff-filter=M").lines
    for path in changed where path != FuzzSubmodule.path && text.chance(70) {
      let before = FuzzText.split(try ask("show", "HEAD:" + path).output)
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
      let blob = try ask("hash-object", "-w", "--stdin", input: FuzzText.join(part)).line
      try ask("update-index", "--cacheinfo", "100644,\(blob),\(path)")
    }
    try git("commit", "-q", "-m", "part \(place.environment.now)")
    try ask("add", "-AN")
  }

  private func amend() throws {
    guard commits.count > 1 else { return }
    if text.chance(60) { try git("add", "-A") }
    try git("commit", "-q", "--amend", "--no-edit")
  }

  private func fixup() throws {
    guard let base = try base(of: 4), try ask("rev-list", "--merges", base + "..HEAD").output.isEmpty else {
      return
    }
    let targets = try ask("rev-list", base + "..HEAD").lines
    guard let target = text.pick(targets) else { return }
    if text.chance(50) { try agentEdits() } else { try personEdits() }
    try git("add", "-A")
    guard try git("commit", "-q", "--fixup", target).succeeded else { return }
    if try !git("rebase", "-q", "-i", "--autosquash", base).succeeded { try resolve("rebase") }
  }

  /// A commit some generations back on the way of first parents.
  private func base(of depth: Int) throws -> String? {
    let chain = try ask("rev-list", "--first-parent", "HEAD").lines
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
    let candidates = try ask("rev-list", "--no-merges", "HEAD.." + branch).lines
    guard let commit = text.pick(candidates) else { return }
    if try !git("cherry-pick", "--allow-empty", "--keep-redundant-commits", commit).succeeded {
      try resolve("cherry-pick")
    }
  }

  private func revert() throws {
    guard try cleaned() else { return }
    let candidates = try ask("rev-list", "--no-merges", "--max-count=4", "HEAD").lines
    guard let commit = text.pick(candidates), try attempt("rev-parse", "-q", "--verify", commit + "^").succeeded
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
    try ask("add", "-AN")
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
      Files.exists(gitDirectory + "/" + $0)
    }
  }

  /// Somebody takes sides in all files that have conflicts.
  ///
  /// - Returns: false where git wants more than text: a file changed here and deleted there.
  @discardableResult
  private func resolveFiles() throws -> Bool {
    let conflicts = try ask("diff", "--name-only", "--diff-filter=U").lines
    for path in conflicts {
      guard path != FuzzSubmodule.path, let before = try read(path), before.contains("<<<<<<<")
      else { return false }
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
      try write(path, after)
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

  /// Whether a commit was made long after it was first written.
  func isRewritten(_ id: ObjectID) throws -> Bool {
    try repository.commit(id).map { $0.committerTime.seconds - $0.authorTime.seconds > 0 } ?? false
  }

  /// Attributes new commits as hooks do, but for some whose hook never ran.
  func runHooks(_ new: [ObjectID]) throws {
    guard text.chance(80), !new.isEmpty else { return }
    let here = try Repository.open(containing: root) ?? repository
    _ = try IncrementalAttribution(here, source: "fuzz", time: now).run(new)
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
      try ask("update-ref", "-d", name)
    }
    isKept = false
  }

  func backfill() throws {
    _ = try Backfill(repository, time: now).run(
      Backfill.Options(maxCommits: 5000, windowHours: 10_000, allBranches: true))
  }
}
