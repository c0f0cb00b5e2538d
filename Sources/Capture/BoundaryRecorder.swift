public import Basics
public import GitKit
internal import Glibc

/// Sees what each tool call of the agents in a worktree changes, and writes it into the journals of their sessions.
///
/// While the agent waits, a boundary is only put on a queue, with the time and with the content of the files that the
/// call names. Afterwards ``settle()`` looks at the worktree: the time at which the system says a file changed last
/// tells which call was under way.
///
/// State, beside the index of the worktree in `opentraces`: `worktree` (the cache), `worktree.recent` (what changed last),
/// `worktree.queue`, `worktree.calls` (the calls it knows of), `worktree.lock`. All of it may be deleted; what is lost is
/// evidence about calls under way.
public struct BoundaryRecorder {
  private let repository: Repository
  private let directory: String

  /// Seconds to wait for another hook that looks at the same worktree.
  private static let patience = 5.0
  /// Files that a call names and that are looked at before it, at most.
  private static let lookLimit = 20
  /// Bytes of them.
  private static let lookBudget = 4 << 20

  public init(_ repository: Repository) {
    self.repository = repository
    directory = repository.gitDirectory + "/opentraces"
  }

  private var cachePath: String { directory + "/worktree" }
  private var windowsPath: String { directory + "/worktree.calls" }
  private var recentPath: String { directory + "/worktree.recent" }
  private var queue: BoundaryQueue { BoundaryQueue(path: directory + "/worktree.queue") }

  /// Whether a look at the worktree can tell what changed; false before the first one.
  public var hasBaseline: Bool { Files.exists(cachePath) }

  // MARK: Boundaries

  /// A tool call begins.
  ///
  /// - Parameter mentioned: further files, relative to the worktree, that the call probably changes.
  /// - Returns: what the files hold that the call names, for ``settle(_:)``.
  public func begin(_ window: ToolWindow, mentioned: [BytePath] = []) throws -> Glimpse {
    try Files.createDirectory(directory)
    var call = TimedWindow(window: window, begin: WallClock.tick())
    if window.paths == nil {
      // A stash that is popped leaves no trace of what it was.
      call.stash = HeadLog(repository.commonDirectory + "/logs/refs/stash", lastBytes: 4096).last
    }
    try queue.append(.begin(call))
    // What a person changed since the last look is told apart before the call changes it further.
    let recent = window.paths == nil ? repository.worktree.map { RecentFiles(recentPath).changedSince(below: $0) } : nil
    return glimpse(window, isAfter: false, mentioned + (recent ?? []))
  }

  /// A tool call ends, well or not.
  ///
  /// - Parameter mentioned: as for its begin.
  public func end(_ window: ToolWindow, mentioned: [BytePath] = []) throws -> Glimpse {
    try Files.createDirectory(directory)
    try queue.append(.end(window, time: WallClock.nanoseconds()))
    return glimpse(window, isAfter: true, mentioned)
  }

  /// What the files that a call names held at one of its boundaries. In memory only: whether it may be kept takes longer
  /// to find out than an agent should wait.
  public struct Glimpse {
    let window: ToolWindow
    let isAfter: Bool
    let files: [FileGlimpse]
  }

  private func glimpse(_ window: ToolWindow, isAfter: Bool, _ mentioned: [BytePath]) -> Glimpse {
    let paths = Array(Set((window.paths ?? []) + mentioned)).sorted()
    guard let root = repository.worktree, !paths.isEmpty else {
      return Glimpse(window: window, isAfter: isAfter, files: [])
    }
    let reader = ContentReader(repository, root: root, budget: Self.lookBudget)
    return Glimpse(window: window, isAfter: isAfter, files: paths.prefix(Self.lookLimit).compactMap(reader.glimpse))
  }

  private func keep(_ glimpse: Glimpse) throws {
    guard let root = repository.worktree, !glimpse.files.isEmpty else { return }
    let reader = ContentReader(repository, root: root, budget: 0)
    var contents: [BytePath: SeenContent] = [:]
    for file in glimpse.files where reader.mayRead(file.path) { contents[file.path] = try reader.keep(file) }
    try reader.flush()
    if !contents.isEmpty { try queue.append(.saw(glimpse.window, isAfter: glimpse.isAfter, contents)) }
  }

  /// A session's turn is over.
  public func stop(agent: String, session: String) throws {
    guard Files.exists(directory) else { return }
    try queue.append(.stop(agent: agent, session: session, time: WallClock.nanoseconds()))
  }

  /// A session's turn begins anew: calls of it that never ended were interrupted, and nobody knows when.
  public func giveUp(agent: String, session: String) throws {
    guard Files.exists(directory) else { return }
    try queue.append(.giveUp(agent: agent, session: session))
  }

  // MARK: Looking

  /// Looks at the worktree and tells the journals what the calls changed. Makes the first look when there was none.
  ///
  /// Cost: a `stat` per file of the worktree, or per file that the calls name when they can change nothing else; the
  /// content of what changed. The first time also the ignore rules for each untracked file.
  ///
  /// - Parameter glimpse: what was seen at the boundary that gave rise to the look.
  public func settle(_ glimpse: Glimpse? = nil) throws {
    try Files.createDirectory(directory)
    if let glimpse { try keep(glimpse) }
    guard let lock = try FileLock.acquire(directory + "/worktree.lock", timeout: Self.patience) else { return }
    defer { lock.release() }
    var table = WindowTable(windowsPath)
    try table.take(queue)
    let now = WallClock.tick()
    if let cache = WorktreeCache.load(cachePath) {
      try look(cache, &table)
    } else {
      try Files.remove(cachePath)
      guard let cache = try WorktreeBaseline.make(repository) else { return }
      try cache.save(cachePath)
    }
    table.forget(endedBefore: now)
    try table.save(windowsPath)
    try queue.empty(ifEndsAt: table.position)
  }

  private func look(_ cache: WorktreeCache, _ table: inout WindowTable) throws {
    // Without a call under way or just ended there is nobody to whom a change could belong.
    guard !table.windows.isEmpty, let scanner = WorktreeScanner(repository, cache: cache) else { return }
    let differences = try table.reachAnything ? scanner.scan() : scanner.look(at: table.namedPaths)
    // Calls that began or ended while it looked: what they changed may have been seen already.
    try table.take(queue)
    let restored = RestoredContent(repository)
    try write(table.credits(differences).filter { try !restored.holds($0.difference, of: $0.call) })
    if scanner.isChanged { try scanner.cache.save(cachePath) }
    if !differences.isEmpty {
      var recent = RecentFiles(recentPath)
      recent.note(differences)
      try recent.save(recentPath)
    }
  }

  private func write(_ credits: [WindowTable.Credit]) throws {
    var groups: [(window: ToolWindow, isShared: Bool, files: [FileDifference])] = []
    for credit in credits {
      if let at = groups.firstIndex(where: { $0.window == credit.window && $0.isShared == credit.isShared }) {
        groups[at].files.append(credit.difference)
      } else {
        groups.append((credit.window, credit.isShared, [credit.difference]))
      }
    }
    for group in groups {
      let journal = Journal(
        directory: repository.stateDirectory, agent: group.window.agent, session: group.window.session)
      let changed = group.files.map(\.changed).max() ?? 0
      var line: JSONObject = [
        "type": .string(CallChanges.lineType), "timestamp": .string(Timestamp(microseconds: changed / 1000).iso8601),
        "tool_use_id": .string(group.window.call), "worktree": .optional(repository.worktree),
        "files": .array(group.files.map(\.json)),
      ]
      if group.isShared { line["limitations"] = [CallChanges.overlap] }
      try journal.append(.object(line))
    }
  }
}
