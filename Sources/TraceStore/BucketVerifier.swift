internal import Basics
internal import GitKit

/// Checks the private plane: rows readable and under the right name, every piece of every transcript there and equal
/// to what the row says, every indexed edit blob there.
public struct BucketVerifier {
  private let bucket: Bucket

  public init(_ bucket: Bucket) { self.bucket = bucket }

  /// - Parameter sample: check at most this many traces, chosen evenly; nil for all.
  /// - Returns: how many traces were checked, and what is wrong. Cost: the bytes of the traces checked.
  public func faults(sample: Int?) throws -> (checked: Int, faults: [StoreFault]) {
    let all = try bucket.traceTrees()
    let step = sample.map { max(1, (all.count + $0 - 1) / max(1, $0)) } ?? 1
    let chosen = stride(from: 0, to: all.count, by: step).map { all[$0] }
    return (chosen.count, chosen.flatMap { check(name: $0.name, tree: $0.tree) })
  }

  private func check(name: String, tree: ObjectID) -> [StoreFault] {
    let path = "traces/\(name)"
    func fault(_ kind: String, _ detail: String) -> [StoreFault] {
      [StoreFault(kind: kind, path: path, detail: detail)]
    }
    do {
      guard let bytes = try bucket.repository.blob(at: "row.json", in: tree),
        let row = TraceRow(json: try JSONValue(parsing: bytes))
      else { return fault("manifest_missing_trace", "row.json is missing or not a row") }
      if StoreRefs.fileName(row.traceID) != name { return fault("manifest_schema", "the row names another trace") }
      var hash = StreamingSHA256()
      var size = 0
      for index in stride(from: 1, through: row.source.segments, by: 1) {
        guard let piece = try bucket.repository.blob(at: SourceSegments.name(index), in: tree) else {
          return fault("dangling_blob", "piece \(index) of the transcript is missing")
        }
        piece.withUnsafeBytes { hash.update($0) }
        size += piece.count
      }
      if size != row.source.bytes || hash.hex() != row.source.digest {
        return fault("blob_content", "the transcript does not match its digest")
      }
      return []
    } catch {
      return fault("blob_content", "\(error)")
    }
  }
}
