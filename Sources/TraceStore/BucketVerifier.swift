internal import Basics
internal import GitKit

/// Checks the private plane: rows readable and under the right name, every piece of every transcript there and equal
/// to what the row says, every other blob there and unchanged, every file of edits in the index of its path.
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
      var text = StoredText()
      for index in stride(from: 1, through: row.source.segments, by: 1) {
        guard let entry = try bucket.repository.entry(at: StoredText.name(index), in: tree),
          let piece = try bucket.repository.blob(entry.id)
        else { return fault("dangling_blob", "piece \(index) of the transcript is missing") }
        guard ObjectID(bytes: piece.withUnsafeBytes(Digest.gitBlobID)) == entry.id else {
          return fault("blob_content", "piece \(index) of the transcript does not match its id")
        }
        text.pieces.append(StoredText.Piece(id: entry.id, size: piece.count))
      }
      if text.bytes != row.source.bytes || row.source.digest.map({ $0 != text.digest }) ?? false {
        return fault("blob_content", "the transcript does not match its digest")
      }
      return try damaged(tree, below: path) + unindexed(tree, name: name)
    } catch {
      return fault("blob_content", "\(error)")
    }
  }

  /// Blobs, but for the transcript, that are missing or do not have the content that their id stands for.
  private func damaged(_ tree: ObjectID, below path: String) throws -> [StoreFault] {
    guard let entries = try bucket.repository.tree(tree) else {
      return [StoreFault(kind: "dangling_blob", path: path, detail: "the directory is missing")]
    }
    return try entries.flatMap { entry -> [StoreFault] in
      let path = "\(path)/\(entry.name)"
      if entry.name == "source" { return [] }
      if entry.mode == .tree { return try damaged(entry.id, below: path) }
      guard let bytes = try bucket.repository.blob(entry.id) else {
        return [StoreFault(kind: "dangling_blob", path: path, detail: "the blob is missing")]
      }
      if ObjectID(bytes: bytes.withUnsafeBytes(Digest.gitBlobID)) == entry.id { return [] }
      return [StoreFault(kind: "blob_content", path: path, detail: "the blob does not match its id")]
    }
  }

  /// Edits of a trace that the index of their path does not lead to.
  private func unindexed(_ tree: ObjectID, name: String) throws -> [StoreFault] {
    guard let root = bucket.root, let edits = try bucket.repository.entry(at: "edits", in: tree) else { return [] }
    return try (bucket.repository.tree(edits.id) ?? []).compactMap { edit in
      let key = edit.name.description
      let index = try bucket.repository.entry(at: "by-path/\(key.prefix(2))/\(key)", in: root)
      let entries = try index.flatMap { try bucket.repository.tree($0.id) } ?? []
      let isIndexed = entries.contains {
        $0.id == edit.id && $0.name.description.drop { $0 != "-" }.dropFirst() == name[...]
      }
      let path = "traces/\(name)/edits/\(key)"
      return isIndexed ? nil : StoreFault(kind: "edit_index", path: path, detail: "the index of the path lacks it")
    }
  }
}
