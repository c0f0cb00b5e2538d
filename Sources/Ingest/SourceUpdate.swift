internal import Basics
internal import TraceStore

/// What has to be written so that the stored transcript equals the file.
struct SourceUpdate {
  /// Where the new bytes begin: 0 for a first import and for a file whose stored part was changed.
  let start: Int
  /// 1-based number of the first piece to write.
  let firstSegment: Int
  let ranges: [Range<Int>]
  let isUnchanged: Bool
  private let bytes: Int
  private let digest: String

  /// Cost: one hash over the file.
  init(_ file: UnsafeBufferPointer<UInt8>, stored: SourceState?) {
    bytes = file.count
    var hash = StreamingSHA256()
    var start = 0
    if let stored, stored.bytes <= file.count {
      hash.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: file[..<stored.bytes])))
      if hash.hex() == stored.digest { start = stored.bytes } else { hash = StreamingSHA256() }
    }
    hash.update(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: file[start...])))
    digest = hash.hex()
    self.start = start
    isUnchanged = stored != nil && start == file.count
    firstSegment = (start > 0 ? stored?.segments ?? 0 : 0) + 1
    ranges = SourceSegments.ranges(of: file, from: start)
  }

  func state(basename: String) -> SourceState {
    SourceState(basename: basename, bytes: bytes, segments: firstSegment - 1 + ranges.count, digest: digest)
  }
}
