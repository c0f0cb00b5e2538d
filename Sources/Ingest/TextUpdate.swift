internal import Basics
internal import GitKit
internal import TraceStore

/// What has to be written so that the stored text equals a file.
struct TextUpdate {
  /// What is stored and stays.
  private let kept: StoredText
  private let kind: StoredText.Kind
  /// Where the new bytes begin: 0 for a first import and for a file whose stored part was changed.
  let start: Int
  let isUnchanged: Bool

  /// Cost: one hash over what is stored.
  init(_ file: UnsafeBufferPointer<UInt8>, stored: StoredText, kind: StoredText.Kind) {
    self.kind = kind
    kept = stored.isStart(of: file) ? stored : StoredText()
    start = kept.bytes
    isUnchanged = !stored.pieces.isEmpty && start == file.count
  }

  /// Writes the new pieces of the file. Returns what is stored then, and the names and ids of the new ones.
  func write(_ file: UnsafeBufferPointer<UInt8>, _ writer: any ObjectWriter) throws -> (
    text: StoredText, blobs: [(path: String, blob: ObjectID)]
  ) {
    try kept.adding(UnsafeBufferPointer(rebasing: file[start...]), kind: kind, writer)
  }
}

extension StoredText {
  /// Writes further bytes as pieces. Returns the text with them, and their names and ids.
  func adding(_ bytes: UnsafeBufferPointer<UInt8>, kind: Kind, _ writer: any ObjectWriter) throws -> (
    text: StoredText, blobs: [(path: String, blob: ObjectID)]
  ) {
    var text = self
    var blobs: [(path: String, blob: ObjectID)] = []
    let ranges = StoredText.ranges(of: bytes, from: 0)
    let ids = try writer.writeParts(
      ranges.map { UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[$0])) })
    for (range, id) in zip(ranges, ids) {
      text.pieces.append(Piece(id: id, size: range.count))
      blobs.append((StoredText.name(text.pieces.count, of: kind), id))
    }
    return (text, blobs)
  }
}

extension SourceState {
  init(_ text: StoredText, basename: String) {
    self.init(basename: basename, bytes: text.bytes, segments: text.pieces.count, digest: text.digest)
  }
}
