internal import Basics
internal import Capture
internal import GitKit
internal import TraceStore

/// What the hooks reported of a session: what is stored of it, and what its journal holds beyond that.
struct JournalUpdate {
  /// All of it.
  let bytes: [UInt8]
  /// Bytes of the file that were taken, and the last of them.
  let size: Int
  let end: [UInt8]
  private let update: TextUpdate

  var isUnchanged: Bool { bytes.count == update.start }

  init(_ bucket: Bucket, trace: String, agent: String, session: String) throws {
    let stored = try bucket.pieces(trace, of: .journal)
    let journal = Journal(directory: bucket.repository.stateDirectory, agent: agent, session: session)
    let file = Self.whole(try Files.readIfPresent(journal.path) ?? [])
    size = file.count
    end = Array(file.suffix(FoldPoint.markLength))
    if file.withUnsafeBufferPointer(stored.isStart) {
      bytes = file
    } else {
      // A journal that was deleted and begun again.
      let before = try bucket.journal(trace) ?? []
      let known = Set(before.split(separator: 0x0A))
      bytes = before + file.split(separator: 0x0A).filter { !known.contains($0) }.flatMap { $0 + [0x0A] }
    }
    update = bytes.withUnsafeBufferPointer { TextUpdate($0, stored: stored, kind: .journal) }
  }

  /// A line that is being written belongs to the next fold.
  static func whole(_ bytes: [UInt8]) -> [UInt8] {
    bytes.lastIndex(of: 0x0A).map { Array(bytes[...$0]) } ?? []
  }

  /// Writes what is new.
  func write(_ writer: any ObjectWriter) throws -> (text: StoredText, blobs: [(path: String, blob: ObjectID)]) {
    try bytes.withUnsafeBufferPointer { try update.write($0, writer) }
  }
}
