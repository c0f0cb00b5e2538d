internal import Basics

/// What hooks have reported and nobody has looked into yet: a line per boundary, appended without waiting for anyone.
struct BoundaryQueue {
  let path: String

  enum Entry {
    case begin(TimedWindow)
    case end(ToolWindow, time: Int, after: [BytePath: SeenContent])
    /// Calls of a session that never ended are given up.
    case giveUp(agent: String, session: String)
  }

  func append(_ entry: Entry) throws {
    let file = try FileHandle.open(path, .append, mode: 0o600)
    defer { file.close() }
    // Held for the write alone, against a reader that empties the file.
    _ = file.tryLock()
    try file.write(CanonicalJSON.line(entry.json) + [0x0A])
  }

  /// The entries from an offset on, and the offset behind the last whole one.
  func read(from offset: Int) throws -> (entries: [Entry], end: Int) {
    let bytes = try Files.readIfPresent(path) ?? []
    let start = offset <= bytes.count ? offset : 0
    guard let last = bytes[start...].lastIndex(of: 0x0A) else { return ([], start) }
    let entries = bytes[start...last].split(separator: 0x0A).compactMap { line in
      (try? JSONValue(parsing: line)).flatMap(Entry.init)
    }
    return (entries, last + 1)
  }

  /// Empties the file when everything in it is dealt with. Returns whether it did.
  func empty(ifEndsAt end: Int) throws -> Bool {
    guard end > 0 else { return true }
    let file = try FileHandle.open(path, .update, mode: 0o600)
    defer { file.close() }
    guard file.tryLock(), try file.size() == end else { return false }
    try file.truncate()
    return true
  }
}

extension BoundaryQueue.Entry {
  var json: JSONValue {
    switch self {
    case .begin(let window): ["begin": window.json]
    case .end(let window, let time, let after):
      ["end": .object(window.json), "time": .int(time), "after": SeenContent.json(after)]
    case .giveUp(let agent, let session): ["give_up": .string(session), "agent": .string(agent)]
    }
  }

  init?(_ json: JSONValue) {
    if let window = json["begin"].flatMap(TimedWindow.init) {
      self = .begin(window)
    } else if let window = json["end"].flatMap(ToolWindow.init), let time = json["time"]?.int {
      self = .end(window, time: time, after: SeenContent.contents(json["after"]))
    } else if let session = json["give_up"]?.string, let agent = json["agent"]?.string {
      self = .giveUp(agent: agent, session: session)
    } else {
      return nil
    }
  }
}
