internal import Basics
internal import GitKit
internal import TraceStore

/// The paths that some trace has edited, with the time of the first edit. Cost of making it: the by-path index.
struct KnownPaths: Sendable {
  private let firstEdits: [String: Timestamp]

  init(_ bucket: Bucket) throws {
    var firstEdits: [String: Timestamp] = [:]
    for root in [bucket.root, bucket.team].compactMap({ $0 }) {
      guard let index = try bucket.repository.entry(at: "by-path", in: root) else { continue }
      for shard in try bucket.repository.tree(index.id) ?? [] {
        for path in try bucket.repository.tree(shard.id) ?? [] {
          let entries = try (bucket.repository.tree(path.id) ?? []).compactMap {
            EditIndexEntry(name: $0.name.description, blob: $0.id)
          }
          let known = firstEdits[path.name.description]
          firstEdits[path.name.description] = (entries.map(\.firstEdit) + [known].compactMap { $0 }).min()
        }
      }
    }
    self.firstEdits = firstEdits
  }

  /// Whether a path had been edited when a commit was made.
  func contains(_ path: BytePath, by time: Timestamp) -> Bool {
    guard let first = firstEdits[StoreRefs.pathKey(path)] else { return false }
    return first.microseconds <= time.microseconds + OwnershipRules.clockSlack
  }
}
