internal import Basics
internal import GitKit

/// The tool calls of all sessions in a worktree that a change can belong to: those under way, and those that ended since
/// the last look. In the order in which they began.
struct WindowTable {
  private(set) var windows: [TimedWindow] = []
  /// Changes that several calls under way may have made: the one that ends first has them.
  private var undecided: [FileDifference] = []
  /// How much of the queue is in here.
  var position = BoundaryQueue.Position()

  /// - Parameter path: a table that can't be read is an empty one: evidence is lost, nothing else.
  init(_ path: String) {
    guard let bytes = (try? Files.readIfPresent(path)) ?? nil, let json = try? JSONValue(parsing: bytes) else { return }
    position.generation = json["generation"]?.string ?? ""
    position.offset = json["offset"]?.int ?? 0
    windows = json["windows"]?.array?.compactMap(TimedWindow.init) ?? []
    undecided = json["undecided"]?.array?.compactMap(FileDifference.init) ?? []
  }

  func save(_ path: String) throws {
    var object: JSONObject = [
      "generation": .string(position.generation), "offset": .int(position.offset),
      "windows": .array(windows.map(\.json)),
    ]
    if !undecided.isEmpty { object["undecided"] = .array(undecided.map(\.json)) }
    let text = CanonicalJSON.line(.object(object))
    try Files.writeAtomically(text, to: path, mode: 0o600, isDurable: false)
  }

  /// Takes what is new in the queue.
  mutating func take(_ queue: BoundaryQueue) throws {
    let (entries, end) = try queue.read(from: position)
    for entry in entries { take(entry) }
    position = end
  }

  private mutating func take(_ entry: BoundaryQueue.Entry) {
    switch entry {
    case .begin(let window):
      windows.removeAll { $0.window.isSameCall(window.window) }
      windows.append(window)
    case .end(let window, let time):
      for index in windows.indices where windows[index].window.isSameCall(window) {
        windows[index].end = max(time, windows[index].end ?? 0)
      }
    case .saw(let window, let isAfter, let contents):
      for index in windows.indices where windows[index].window.isSameCall(window) {
        if isAfter { windows[index].after = contents } else { windows[index].before = contents }
      }
    case .stop(let agent, let session, let time):
      for index in windows.indices
      where windows[index].window.agent == agent && windows[index].window.session == session {
        windows[index].end = windows[index].end ?? time
      }
    case .giveUp(let agent, let session):
      windows.removeAll { $0.window.agent == agent && $0.window.session == session && $0.end == nil }
    }
  }

  /// Forgets calls that ended before a look at the worktree.
  mutating func forget(endedBefore time: Int) { windows.removeAll { $0.end.map { $0 <= time } ?? false } }

  /// Whether one of them can change any file.
  var reachAnything: Bool { windows.contains { $0.window.paths == nil } }
  var namedPaths: [BytePath] { Array(Set(windows.flatMap { $0.window.paths ?? [] })).sorted() }

  struct Credit {
    let call: TimedWindow
    var window: ToolWindow { call.window }
    let difference: FileDifference
    /// Another call may have done it.
    var isShared = false
  }

  /// To whom changes belong, those that were left open before included.
  mutating func credits(_ differences: [FileDifference]) -> [Credit] {
    let all = undecided + differences
    undecided = []
    return all.flatMap { credits($0) }
  }

  /// To whom a change belongs. Calls that looked at the file before and after get what changed in between; the rest
  /// goes to the call that was under way when the file changed last.
  ///
  /// A call is asked once about what it saw of a file.
  mutating func credits(_ difference: FileDifference) -> [Credit] {
    let path = difference.path
    var credits: [Credit] = []
    var known = difference.before
    func add(_ call: TimedWindow, to after: SeenContent, isShared: Bool = false) {
      if known != after {
        let part = FileDifference(path: path, before: known, after: after, changed: difference.changed)
        credits.append(Credit(call: call, difference: part, isShared: isShared))
      }
      known = after
    }
    // A call that only mentions the file saw what one that names it did, when they overlap.
    let isNamed = windows.contains { $0.window.paths?.contains(path) ?? false }
    for index in windows.indices {
      guard let before = windows[index].before[path], !isNamed || windows[index].window.paths != nil else { continue }
      // What happened to the file until then is nobody's that is known.
      known = before
      guard let after = windows[index].after[path] else { continue }
      let isTold = credits.contains { $0.difference.before == before && $0.difference.after == after }
      if !isTold { add(windows[index], to: after) }
      known = after
      windows[index].before[path] = nil
    }
    let owner = owner(of: path, at: difference.changed)
    if owner == nil, known != difference.after, isOpen(path, at: difference.changed) {
      undecided.append(
        FileDifference(path: path, before: known, after: difference.after, changed: difference.changed))
    }
    if let owner {
      add(owner.call, to: difference.after, isShared: owner.isShared)
      for index in windows.indices where windows[index].window == owner.call.window {
        windows[index].before[path] = nil
      }
    }
    return credits
  }

  /// Whether the calls that may have made a change are several of one session, none of which has ended.
  private func isOpen(_ path: BytePath, at time: Int) -> Bool {
    let candidates = candidates(path, at: time)
    guard let first = candidates.first else { return false }
    return candidates.count > 1 && candidates.allSatisfy { $0.end == nil && $0.window.isSameSession(first.window) }
  }

  private func candidates(_ path: BytePath, at time: Int) -> [TimedWindow] {
    let open = windows.filter { $0.contains(time) }
    let named = open.filter { $0.window.paths?.contains(path) ?? false }
    return named.isEmpty ? open.filter { $0.window.paths == nil } : named
  }

  /// The one call that named the file as the one it writes; else the one call that could write any file. Of several of
  /// one session, the one that ended first; of several sessions nobody can tell, and the transcripts have the say.
  private func owner(of path: BytePath, at time: Int) -> (call: TimedWindow, isShared: Bool)? {
    let candidates = candidates(path, at: time)
    guard let first = candidates.first else { return nil }
    if candidates.count == 1 { return (first, false) }
    guard candidates.allSatisfy({ $0.window.isSameSession(first.window) }) else { return nil }
    return candidates.filter { $0.end != nil }.min { ($0.end ?? 0) < ($1.end ?? 0) }.map { ($0, true) }
  }
}
