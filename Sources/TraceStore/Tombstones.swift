public import Basics
public import GitKit

/// The traces that somebody purged, here or in a clone whose plane a fetch brought: they are in no union, and what their
/// sessions left on a disk is not imported again.
public struct Tombstones: Sendable {
  private let stones: [String: ObjectID]

  /// Cost: listing the references, and the tombstones of all planes.
  public init(_ repository: Repository) throws {
    let references = try [StoreRefs.shareablePrefix, StoreRefs.trackingPrefix].flatMap {
      try repository.references(prefix: $0)
    }
    var stones: [String: ObjectID] = [:]
    for reference in references {
      guard let root = try repository.tree(ofCommit: reference.id),
        let directory = try repository.entry(at: "tombstones", in: root)
      else { continue }
      for shard in try repository.tree(directory.id) ?? [] {
        for stone in try repository.tree(shard.id) ?? [] where stone.name.description.hasSuffix(".json") {
          stones[StoreRefs.traceID(ofFile: String(stone.name.description.dropLast(5)))] = stone.id
        }
      }
    }
    self.stones = stones
  }

  public func contains(_ trace: String) -> Bool { stones[trace] != nil }

  public var isEmpty: Bool { stones.isEmpty }

  /// The purged traces with the blobs that say so, sorted.
  public var all: [(trace: String, blob: ObjectID)] {
    stones.map { (trace: $0.key, blob: $0.value) }.sorted { $0.trace < $1.trace }
  }

  /// Where a plane keeps the tombstone of a trace.
  public static func file(_ trace: String) -> String {
    "tombstones/\(StoreRefs.shard(trace))/\(StoreRefs.fileName(trace)).json"
  }

  /// A tombstone: no title, no path.
  ///
  /// - Parameter sessionKey: SHA-256 (hex) of the agent's name, NUL, and the session id.
  public static func text(
    _ trace: String, writer: String, reason: String, sessionKey: String, time: Timestamp
  ) -> [UInt8] {
    let json: JSONValue = [
      "schema": "opentraces.bucket.tombstone.v1", "trace_id": .string(trace), "purged_at": .string(time.iso8601),
      "writer": .string(writer), "reason": .string(reason), "session_key": .string(sessionKey), "record_hashes": [],
    ]
    return CanonicalJSON.line(json) + [0x0A]
  }
}
