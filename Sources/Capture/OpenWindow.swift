public import Basics

/// A tool call that has begun and not ended.
public struct OpenWindow: Hashable, Sendable {
  public let agent: String
  public let session: String
  public let call: String
  /// The only files, relative to the worktree, that the tool can change; nil when it can change any.
  public let paths: [BytePath]?

  public init(agent: String, session: String, call: String, paths: [BytePath]?) {
    self.agent = agent
    self.session = session
    self.call = call
    self.paths = paths
  }

  var json: JSONValue {
    [
      "agent": .string(agent), "session": .string(session), "call": .string(call),
      "paths": paths.map { .strings($0.map(\.description)) } ?? .null,
    ]
  }

  init?(_ json: JSONValue) {
    guard let agent = json["agent"]?.string, let session = json["session"]?.string, let call = json["call"]?.string
    else { return nil }
    let paths = json["paths"]?.array?.compactMap(\.string).map { BytePath($0) }
    self.init(agent: agent, session: session, call: call, paths: paths)
  }
}

/// The tool calls of all sessions that are under way in a worktree, in the order in which they began.
struct WindowTable {
  private let path: String
  private(set) var windows: [OpenWindow]

  init(_ path: String) {
    self.path = path
    // A table that can't be read is an empty one: evidence is lost, nothing else.
    let bytes = (try? Files.readIfPresent(path)) ?? nil
    windows = bytes.flatMap { try? JSONValue(parsing: $0) }?.array?.compactMap(OpenWindow.init) ?? []
  }

  mutating func open(_ window: OpenWindow) {
    close(window.call, agent: window.agent, session: window.session)
    windows.append(window)
  }

  mutating func close(_ call: String, agent: String, session: String) {
    windows.removeAll { $0.call == call && $0.agent == agent && $0.session == session }
  }

  mutating func closeAll(agent: String, session: String) {
    windows.removeAll { $0.agent == agent && $0.session == session }
  }

  func save() throws {
    let text = CanonicalJSON.line(.array(windows.map(\.json)))
    let temporary = path + "." + Hex.encode(RandomBytes.make(4))
    let file = try FileHandle.open(temporary, .create, mode: 0o600)
    try file.write(text)
    file.close()
    try Files.rename(temporary, to: path)
  }

  /// To whom a change belongs that was seen while the calls of `windows` were under way.
  ///
  /// The one call that named the file as the one it writes; else the one call that could write any file. Of several,
  /// the one whose end the change is seen at; otherwise nobody can tell.
  static func owner(of path: BytePath, among windows: [OpenWindow], ending: OpenWindow?) -> (
    window: OpenWindow, isShared: Bool
  )? {
    let named = windows.filter { $0.paths?.contains(path) ?? false }
    let candidates = named.isEmpty ? windows.filter { $0.paths == nil } : named
    if candidates.count == 1 { return (candidates[0], false) }
    guard let ending, candidates.contains(ending) else { return nil }
    return (ending, true)
  }
}
