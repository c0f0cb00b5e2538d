internal import Basics

/// What hooks have reported and nobody has looked into yet: a line per boundary, appended without waiting for anyone.
///
/// The first line names the file's generation, so that a reader knows a file that was emptied and has grown again.
struct BoundaryQueue {
  let path: String

  enum Entry {
    case begin(TimedWindow)
    case end(ToolWindow, time: Int)
    /// What files held just before the call, or just after it.
    case saw(ToolWindow, isAfter: Bool, [BytePath: SeenContent])
    /// A session's turn is over: its calls have ended, whatever became of them.
    case stop(agent: String, session: String, time: Int)
    /// Calls of a session that never ended are given up.
    case giveUp(agent: String, session: String)
  }

  /// What was read, and where to go on.
  struct Position: Hashable {
    var generation = ""
    var offset = 0
  }

  func append(_ entry: Entry) throws {
    let file = try FileHandle.open(path, .append, mode: 0o600)
    defer { file.close() }
    // Held for the write alone, against a reader that empties the file; it needs microseconds.
    for _ in 0..<50 {
      if file.tryLock() { break }
      MonotonicClock.pause(milliseconds: 1)
    }
    var text: [UInt8] = []
    if try file.size() == 0 {
      text = CanonicalJSON.line(["generation": .string(Hex.encode(RandomBytes.make(8)))])
    }
    // A line whose writer was stopped is ended here.
    try file.write(text + [0x0A] + CanonicalJSON.line(entry.json) + [0x0A])
  }

  /// The entries behind a position, and the position behind the last whole one.
  func read(from position: Position) throws -> (entries: [Entry], end: Position) {
    let bytes = try Files.readIfPresent(path) ?? []
    guard let first = bytes.firstIndex(of: 0x0A) else { return ([], Position()) }
    let generation = (try? JSONValue(parsing: bytes[..<first]))?["generation"]?.string ?? ""
    let start = generation == position.generation && position.offset <= bytes.count ? position.offset : first
    guard let last = bytes[start...].lastIndex(of: 0x0A) else {
      return ([], Position(generation: generation, offset: start))
    }
    let entries = bytes[start...last].split(separator: 0x0A).compactMap { line in
      (try? JSONValue(parsing: line)).flatMap(Entry.init)
    }
    return (entries, Position(generation: generation, offset: last + 1))
  }

  /// Empties the file when everything in it was read. Returns whether it did.
  @discardableResult
  func empty(ifEndsAt position: Position) throws -> Bool {
    guard position.offset > 0, Files.exists(path) else { return false }
    let file = try FileHandle.open(path, .update, mode: 0o600)
    defer { file.close() }
    guard file.tryLock(), try file.size() == position.offset else { return false }
    try file.truncate()
    return true
  }
}

extension BoundaryQueue.Entry {
  var json: JSONValue {
    switch self {
    case .begin(let window): ["begin": window.json]
    case .end(let window, let time): ["end": .object(window.json), "time": .int(time)]
    case .saw(let window, let isAfter, let contents):
      ["saw": .object(window.json), "after": .bool(isAfter), "contents": SeenContent.json(contents)]
    case .stop(let agent, let session, let time):
      ["stop": .string(session), "agent": .string(agent), "time": .int(time)]
    case .giveUp(let agent, let session): ["give_up": .string(session), "agent": .string(agent)]
    }
  }

  init?(_ json: JSONValue) {
    if let window = json["begin"].flatMap(TimedWindow.init) {
      self = .begin(window)
    } else if let window = json["end"].flatMap(ToolWindow.init), let time = json["time"]?.int {
      self = .end(window, time: time)
    } else if let window = json["saw"].flatMap(ToolWindow.init) {
      self = .saw(window, isAfter: json["after"]?.bool ?? false, SeenContent.contents(json["contents"]))
    } else if let session = json["stop"]?.string, let agent = json["agent"]?.string, let time = json["time"]?.int {
      self = .stop(agent: agent, session: session, time: time)
    } else if let session = json["give_up"]?.string, let agent = json["agent"]?.string {
      self = .giveUp(agent: agent, session: session)
    } else {
      return nil
    }
  }
}
