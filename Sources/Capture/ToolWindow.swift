public import Basics
internal import GitKit

/// A tool call that may change the worktree while it runs.
public struct ToolWindow: Hashable, Sendable {
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

  func isSameSession(_ other: ToolWindow) -> Bool { agent == other.agent && session == other.session }

  func isSameCall(_ other: ToolWindow) -> Bool { call == other.call && isSameSession(other) }
}

/// A window with its times, in nanoseconds since 1970 by the clock that files are stamped with.
struct TimedWindow: Hashable {
  var window: ToolWindow
  var begin: Int
  /// Nil while the call is under way.
  var end: Int?
  /// The newest stash when the call began, of one that can change any file.
  var stash: ObjectID?
  /// What files were just before the call and just after it, as far as they were looked at then.
  var before: [BytePath: SeenContent] = [:]
  var after: [BytePath: SeenContent] = [:]

  /// Nanoseconds after which a call that nobody ended is taken for one that was refused or interrupted: what agents
  /// themselves let a shell command run, and a half.
  private static let longest = 900 * 1_000_000_000

  func contains(_ time: Int) -> Bool { begin <= time && time <= end ?? (begin + Self.longest) }
}

extension ToolWindow {
  var json: JSONObject {
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

extension TimedWindow {
  var json: JSONValue {
    var object = window.json
    object["begin"] = .int(begin)
    object["end"] = .optional(end)
    if let stash { object["stash"] = .string(stash.hex) }
    if !before.isEmpty { object["before"] = SeenContent.json(before) }
    if !after.isEmpty { object["after"] = SeenContent.json(after) }
    return .object(object)
  }

  init?(_ json: JSONValue) {
    guard let window = ToolWindow(json), let begin = json["begin"]?.int else { return nil }
    self.init(window: window, begin: begin, end: json["end"]?.int)
    stash = json["stash"]?.string.flatMap { ObjectID(hex: $0) }
    before = SeenContent.contents(json["before"])
    after = SeenContent.contents(json["after"])
  }
}

extension SeenContent {
  static func json(_ contents: [BytePath: SeenContent]) -> JSONValue {
    .object(JSONObject(contents.sorted { $0.key < $1.key }.map { ($0.key.description, $0.value.json) }))
  }

  static func contents(_ json: JSONValue?) -> [BytePath: SeenContent] {
    var contents: [BytePath: SeenContent] = [:]
    for (path, content) in json?.object?.members ?? [] {
      if let content = SeenContent(json: content) { contents[BytePath(path)] = content }
    }
    return contents
  }
}
