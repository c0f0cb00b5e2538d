internal import GitKit
internal import TraceModel

/// The events about a commit that are in force: a search that is complete gives way to the next one.
struct CommitEvents {
  private(set) var entries: [(file: String, blob: ObjectID)] = []
  private var isComplete = false

  /// - Parameter event: later than all before.
  mutating func add(_ event: TrailEvent, _ file: String, _ blob: ObjectID) {
    if isComplete { entries = [] }
    entries.append((file, blob))
    isComplete = event.draft.eventType == "git_anchor_search_completed"
  }

  mutating func remove(_ files: Set<String>) { entries.removeAll { files.contains($0.file) } }
}
