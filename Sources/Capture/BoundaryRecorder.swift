public import Basics
public import GitKit

/// Sees what each tool call of the agents in a worktree changes, and writes it into the journals of their sessions.
///
/// State, beside the index of the worktree: `opentraces/worktree` (the cache), `worktree.calls` (calls under way),
/// `worktree.lock`. All of it may be deleted; what is lost is evidence about calls under way.
public struct BoundaryRecorder {
  private let repository: Repository
  private let directory: String
  private let now: Timestamp

  /// Seconds to wait for another hook in the same worktree.
  private static let patience = 0.5

  public init(_ repository: Repository, now: Timestamp) {
    self.repository = repository
    self.now = now
    directory = repository.gitDirectory + "/opentraces"
  }

  private var cachePath: String { directory + "/worktree" }
  private var windowsPath: String { directory + "/worktree.calls" }

  /// Whether a look at the worktree can tell what changed; false before the first one.
  public var hasBaseline: Bool { Files.exists(cachePath) }

  /// Looks at the whole worktree for the first time. Cost: a `stat` per file, the ignore rules for each untracked one,
  /// the content of those that differ from the index.
  public func makeBaseline() throws {
    try Files.createDirectory(directory)
    guard let lock = try FileLock.acquire(directory + "/worktree.lock", timeout: Self.patience) else { return }
    defer { lock.release() }
    guard !hasBaseline, let cache = try WorktreeBaseline.make(repository) else { return }
    try cache.save(cachePath)
  }

  /// A tool call begins: what changed since the last look is somebody else's.
  ///
  /// - Returns: false when nothing was seen, because there is no baseline or another hook holds the lock.
  public func begin(_ window: OpenWindow) throws -> Bool {
    try look(paths: window.paths) { table, differences in
      let credits = credits(differences, table.windows, ending: nil)
      table.open(window)
      return credits
    }
  }

  /// A tool call ends: what changed is its own, as far as no other call can have done it.
  public func end(_ window: OpenWindow) throws -> Bool {
    try look(paths: window.paths) { table, differences in
      let open = table.windows.first {
        $0.call == window.call && $0.agent == window.agent && $0.session == window.session
      }
      defer { table.close(window.call, agent: window.agent, session: window.session) }
      return credits(differences, table.windows, ending: open)
    }
  }

  /// A session's turn is over or begins anew: calls of it that never ended are given up.
  public func giveUp(agent: String, session: String) throws {
    guard Files.exists(windowsPath),
      let lock = try FileLock.acquire(directory + "/worktree.lock", timeout: Self.patience)
    else { return }
    defer { lock.release() }
    var table = WindowTable(windowsPath)
    let before = table.windows
    table.closeAll(agent: agent, session: session)
    if table.windows != before { try table.save() }
  }

  private typealias Credit = (window: OpenWindow, differences: [FileDifference], isShared: Bool)

  private func credits(_ differences: [FileDifference], _ windows: [OpenWindow], ending: OpenWindow?) -> [Credit] {
    var credits: [Credit] = []
    for difference in differences {
      guard let owner = WindowTable.owner(of: difference.path, among: windows, ending: ending) else { continue }
      if let at = credits.firstIndex(where: { $0.window == owner.window && $0.isShared == owner.isShared }) {
        credits[at].differences.append(difference)
      } else {
        credits.append((owner.window, [difference], owner.isShared))
      }
    }
    return credits
  }

  private func look(
    paths: [BytePath]?, _ body: (inout WindowTable, [FileDifference]) -> [Credit]
  ) throws -> Bool {
    guard hasBaseline, let lock = try FileLock.acquire(directory + "/worktree.lock", timeout: Self.patience) else {
      return false
    }
    defer { lock.release() }
    guard let cache = WorktreeCache.load(cachePath) else {
      // Of another version, or damaged: the next session begins anew.
      try Files.remove(cachePath)
      return false
    }
    guard let scanner = WorktreeScanner(repository, cache: cache) else { return false }
    let differences = try paths.map { try scanner.look(at: $0) } ?? scanner.scan()
    var table = WindowTable(windowsPath)
    let before = table.windows
    for credit in body(&table, differences) { try write(credit) }
    if scanner.isChanged { try scanner.cache.save(cachePath) }
    if table.windows != before { try table.save() }
    return true
  }

  private func write(_ credit: Credit) throws {
    let journal = Journal(
      directory: repository.stateDirectory, agent: credit.window.agent, session: credit.window.session)
    var line: JSONObject = [
      "type": .string(CallChanges.lineType), "timestamp": .string(now.iso8601),
      "tool_use_id": .string(credit.window.call), "worktree": .optional(repository.worktree),
      "files": .array(credit.differences.map(\.json)),
    ]
    if credit.isShared { line["limitations"] = ["concurrent_writer_overlap"] }
    try journal.append(.object(line))
  }
}
