internal import Basics
public import GitKit
public import TraceModel

/// The events about many commits, read one commit after the other. Reads ``StoreRefs/events``.
///
/// Unlike ``EventLog/events(ofCommit:)`` it keeps the directory of commits, and reads an event that stands for many
/// commits without evidence once.
public final class CommitEventIndex {
  private let log: EventLog
  private let shards: [String: [ObjectID]]
  private var searches: [ObjectID: TrailEvent] = [:]

  public init(_ log: EventLog) throws {
    self.log = log
    var shards: [String: [ObjectID]] = [:]
    for root in log.roots {
      guard let directory = try log.repository.entry(at: "by-commit", in: root) else { continue }
      for entry in try log.repository.tree(directory.id) ?? [] {
        shards[entry.name.description, default: []].append(entry.id)
      }
    }
    self.shards = shards
  }

  /// Whether the log is empty.
  public var isEmpty: Bool { log.isEmpty }

  /// The events about a commit in sequence order. Cost: two trees and the events.
  public func events(of commit: ObjectID) throws -> [TrailEvent] {
    let hex = commit.hex
    return try (shards[String(hex.prefix(2))] ?? []).flatMap { shard in
      try log.repository.entry(at: hex, in: shard).flatMap { try log.repository.tree($0.id) } ?? []
    }.compactMap { try event($0) }
  }

  private func event(_ file: TreeEntry) throws -> TrailEvent? {
    if let known = searches[file.id] { return known }
    guard let event = try log.event(file) else { return nil }
    if event.draft.payload["searches"] != nil { searches[file.id] = event }
    return event
  }
}
