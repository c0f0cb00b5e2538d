public import Basics

/// What HEAD of one worktree named over time, as its reflog tells (gitrepository-layout(5), `logs/HEAD`).
public struct HeadLog: Sendable {
  /// Oldest first.
  private let entries: [(time: Int, commit: ObjectID)]

  /// - Parameter path: the reflog; a file that is not there is an empty one.
  public init(_ path: String) {
    // An unreadable reflog knows nothing.
    let text = (try? Files.readIfPresent(path)) ?? nil
    entries = (text ?? []).split(separator: 0x0A).compactMap { Self.entry(String(decoding: $0, as: UTF8.self)) }
  }

  /// `<old> <new> <name> <<mail>> <seconds> <zone>\t<message>`
  private static func entry(_ line: String) -> (time: Int, commit: ObjectID)? {
    let head = line.prefix { $0 != "\t" }
    let words = head.split(separator: " ")
    guard words.count >= 5, let commit = ObjectID(hex: words[1]), let time = Int(words[words.count - 2]) else {
      return nil
    }
    return (time, commit)
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
