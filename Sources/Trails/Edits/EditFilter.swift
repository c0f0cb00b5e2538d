internal import Basics
internal import GitKit

/// Tells which stored edits of a path can matter to one commit, before they are read as a whole.
///
/// An edit matters when one of its lines is one that the commit adds or removes, or can have become one by a formatter,
/// when it left the file as the commit has it, or when it made, deleted or renamed the file.
struct EditFilter {
  private var hashes: Set<UInt64> = []
  private var blobs: Set<String> = []
  /// How the added lines begin.
  private var starts: Set<UInt64> = []

  /// Microseconds since 1970 after which an edit comes too late for the commit.
  let latest: Int

  ///
  /// - Parameter read: the bytes of a blob.
  init(_ change: CommitChange, path: BytePath, read: (ObjectID) throws -> [UInt8]?) rethrows {
    latest = change.time.microseconds + OwnershipRules.clockSlack
    for file in change.files where file.paths.contains(path) {
      for position in file.added { hashes.insert(file.newLines.keys[position].hash) }
      for position in file.removed { hashes.insert(file.oldLines.keys[position].hash) }
      guard let blob = file.delta.newBlob else { continue }
      blobs.insert(blob.hex)
      guard !file.isBinary, !file.added.isEmpty, let text = try read(blob) else { continue }
      text.withUnsafeBytes { bytes in
        let lines = TextLines(bytes)
        starts.formUnion(
          SkeletonStart.hashes(file.added.map { Array(Skeleton(lines[$0]).bytes.prefix(SkeletonStart.length)) }))
      }
    }
    hashes.remove(LineKey.blank.hash)
  }

  /// Whether a line that the commit adds or removes has this hash.
  func contains(_ hash: UInt64) -> Bool { hashes.contains(hash) }

  /// - Parameter row: an edit as ``StoredEdit/encode(_:)`` writes it.
  func isRelevant(_ row: JSONView) -> Bool {
    if !(row["change"]?.equals("none") ?? true) { return true }
    if let after = row["after"]?.string, blobs.contains(after) { return true }
    return row["patches"]?.elements.contains {
      containsLine($0["+"]) || containsLine($0["-"]) || containsStart($0["+"])
    } ?? false
  }

  private func containsStart(_ lines: JSONView?) -> Bool {
    guard !starts.isEmpty, let lines = lines?.elements else { return false }
    let heads = lines.map { line -> [UInt8] in
      let bytes = line.isEscaped ? line.bytes ?? [] : Array(line.rawText)
      return Array(Skeleton(bytes).bytes.prefix(SkeletonStart.length))
    }
    return SkeletonStart.hashes(heads).contains { starts.contains($0) }
  }

  private func containsLine(_ lines: JSONView?) -> Bool {
    lines?.elements.contains { line in
      if !line.isEscaped { return hashes.contains(LineKey(line.rawText).hash) }
      return line.bytes.map { bytes in hashes.contains(bytes.withUnsafeBufferPointer { LineKey($0) }.hash) } ?? false
    } ?? false
  }
}
