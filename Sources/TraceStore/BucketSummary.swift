public import Basics
internal import GitKit

/// What `bucket status` says of the private plane, summed up.
///
/// The sums of each of the 256 directories of traces are kept beside the refs by the id of the directory: reading a
/// summary reads the rows of those traces only whose directory changed since somebody kept one.
public struct BucketSummary: Sendable {
  public private(set) var traces = 0
  /// Of transcripts.
  public private(set) var bytes = 0
  public private(set) var segments = 0
  public private(set) var damagedLines = 0
  public private(set) var lastWrite: Timestamp?

  private var shards: [String: Shard] = [:]
  private var isChanged = false
  private let path: String

  private struct Shard: Hashable {
    let tree: String
    var traces = 0
    var bytes = 0
    var segments = 0
    var damagedLines = 0
    var lastWrite = 0

    init(tree: String) { self.tree = tree }

    var json: JSONValue {
      [
        "tree": .string(tree), "traces": .int(traces), "bytes": .int(bytes), "segments": .int(segments),
        "damaged_lines": .int(damagedLines), "last_write": .int(lastWrite),
      ]
    }

    init?(_ json: JSONValue) {
      guard let tree = json["tree"]?.string, let traces = json["traces"]?.int, let bytes = json["bytes"]?.int,
        let segments = json["segments"]?.int, let damaged = json["damaged_lines"]?.int,
        let last = json["last_write"]?.int
      else { return nil }
      (self.tree, self.traces, self.bytes, self.segments) = (tree, traces, bytes, segments)
      (damagedLines, lastWrite) = (damaged, last)
    }

    mutating func add(_ row: TraceRow) {
      traces += 1
      bytes += row.source.bytes
      segments += row.source.segments
      damagedLines += row.damagedLines
      lastWrite = max(lastWrite, row.writtenAt.microseconds)
    }
  }

  /// Cost: a tree, a small file, and the rows of what changed.
  public init(_ bucket: Bucket) throws {
    let repository = bucket.repository
    path = repository.stateDirectory + "/summary.json"
    let kept = (try Files.readText(path)).flatMap { try? JSONValue(parsing: $0) }?.object ?? [:]
    let directory = try bucket.root.flatMap { try repository.entry(at: "traces", in: $0) }
    for entry in try directory.flatMap({ try repository.tree($0.id) }) ?? [] {
      let name = entry.name.description
      var shard = kept[name].flatMap(Shard.init) ?? Shard(tree: "")
      if shard.tree != entry.id.hex {
        shard = Shard(tree: entry.id.hex)
        for trace in try repository.tree(entry.id) ?? [] {
          if let row = try bucket.row(in: trace.id) { shard.add(row) }
        }
        isChanged = true
      }
      shards[name] = shard
      traces += shard.traces
      bytes += shard.bytes
      segments += shard.segments
      damagedLines += shard.damagedLines
      if shard.lastWrite > lastWrite?.microseconds ?? 0 { lastWrite = Timestamp(microseconds: shard.lastWrite) }
    }
  }

  /// Keeps the sums for the next one. For commands that write anyhow.
  public func save() throws {
    guard isChanged else { return }
    let json = JSONObject(shards.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })
    try Files.writeAtomically(CanonicalJSON.line(.object(json)), to: path, mode: 0o600, isDurable: false)
  }
}
