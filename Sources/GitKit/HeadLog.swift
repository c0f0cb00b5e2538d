public import Basics

/// What HEAD of one worktree, or another reference, named over time, as its reflog tells (gitrepository-layout(5),
/// `logs/HEAD`).
public struct HeadLog: Sendable {
  /// Oldest first.
  private let entries: [Entry]

  private struct Entry {
    let time: Int
    let old: ObjectID
    let commit: ObjectID
    let message: String
  }

  /// - Parameter path: the reflog; a file that is not there is an empty one.
  public init(_ path: String) {
    // An unreadable reflog knows nothing.
    self.init((try? Files.readIfPresent(path)) ?? nil ?? [])
  }

  /// - Parameter lastBytes: how much of the reflog is read, from its end.
  public init(_ path: String, lastBytes: Int) {
    // As above.
    let size = Files.status(path)?.size ?? 0
    let buffer = try? PaddedBuffer(readingFile: path, from: max(0, size - lastBytes))
    self.init(buffer.map { Array($0.bytes) } ?? [])
  }

  private init(_ text: [UInt8]) {
    entries = text.split(separator: 0x0A).compactMap { Self.entry(String(decoding: $0, as: UTF8.self)) }
  }

  /// `<old> <new> <name> <<mail>> <seconds> <zone>\t<message>`
  private static func entry(_ line: String) -> Entry? {
    let head = line.prefix { $0 != "\t" }
    let words = head.split(separator: " ")
    guard words.count >= 5, let old = ObjectID(hex: words[0]), let commit = ObjectID(hex: words[1]),
      let time = Int(words[words.count - 2])
    else {
      return nil
    }
    return Entry(time: time, old: old, commit: commit, message: String(line.dropFirst(head.count + 1)))
  }

  /// What the reference named before its first change since a time in seconds; nil when it was not changed, or did not
  /// exist.
  public func commit(before time: Int) -> ObjectID? {
    entries.first { $0.time >= time }.flatMap { $0.old.isZero ? nil : $0.old }
  }

  /// Whether there was a change since a time in seconds.
  public func hasChange(since time: Int) -> Bool { entries.last.map { $0.time >= time } ?? false }

  /// What the reference names, as the last entry tells.
  public var last: ObjectID? { entries.last.flatMap { $0.commit.isZero ? nil : $0.commit } }

  /// The commit that HEAD was moved to last by anything else than making a commit, since a time in seconds: a checkout,
  /// a pull, a rebase, a reset.
  public func lastMove(since time: Int) -> ObjectID? {
    let moves = entries.reversed().prefix { $0.time >= time }
    return moves.first { !$0.message.hasPrefix("commit") && !$0.commit.isZero }?.commit
  }

  /// The commit that was checked out at a time; nil before the first entry, when nobody knows.
  public func commit(at time: Timestamp) -> ObjectID? {
    let commit = entries.last { $0.time <= time.seconds }?.commit
    return commit.flatMap { $0.isZero ? nil : $0 }
  }

  /// The commits that HEAD came to name since a time, oldest first, each once. Cost: linear in the entries.
  public func commits(since time: Timestamp) -> [ObjectID] {
    var seen: Set<ObjectID> = []
    return entries.filter { $0.time >= time.seconds && !$0.commit.isZero && seen.insert($0.commit).inserted }
      .map(\.commit)
  }
}
