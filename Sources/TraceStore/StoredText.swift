internal import Basics
public import GitKit

/// A text of a session as the store keeps it: immutable pieces, one behind the other, to which only further ones are
/// added.
public struct StoredText: Hashable, Sendable {
  /// Which text of a session.
  public enum Kind: String, Sendable {
    /// The agent's own file.
    case source
    /// What hooks reported.
    case journal
  }

  public struct Piece: Hashable, Sendable {
    public let id: ObjectID
    /// Bytes.
    public let size: Int

    public init(id: ObjectID, size: Int) {
      self.id = id
      self.size = size
    }
  }

  public var pieces: [Piece]

  public init(pieces: [Piece] = []) { self.pieces = pieces }

  public var bytes: Int { pieces.reduce(0) { $0 + $1.size } }

  /// SHA-256 (hex) over the ids of the pieces in their order, 20 bytes each: names the text as it is stored without
  /// reading it.
  public var digest: String { Digest.sha256Hex(pieces.flatMap(\.id.bytes)) }

  /// Whether a file begins with the stored bytes. Cost: one hash over them.
  public func isStart(of file: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes <= file.count else { return false }
    var at = 0
    for piece in pieces {
      let part = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: file[at..<(at + piece.size)]))
      guard ObjectID(bytes: Digest.gitBlobID(part)) == piece.id else { return false }
      at += piece.size
    }
    return true
  }

  // MARK: Pieces

  /// No piece is larger than this.
  ///
  /// A piece is stored as a delta of the one before it: what an agent reads twice is often further apart than
  /// deflate's window of 32 KiB. Pieces of 512 KiB store the benchmark's transcripts in 78 % of the size of pieces of
  /// 4 MiB; half as large ones save 1 % more.
  public static let limit = 512 << 10

  /// The name of piece `index` (1-based) below a trace's directory.
  public static func name(_ index: Int, of kind: Kind = .source) -> String {
    kind.rawValue + "/" + StoreRefs.numbered(index) + ".jsonl"
  }

  /// Byte ranges of the pieces of `bytes` from `start` on: each ends after a line feed where one lies within the
  /// limit, else at the limit. Cost: constant per piece plus the length of its last line.
  public static func ranges(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var at = start
    while at < bytes.count {
      var end = min(at + limit, bytes.count)
      if end < bytes.count {
        let cut = (at..<end).last { bytes[$0] == 0x0A }
        end = cut.map { $0 + 1 } ?? end
      }
      ranges.append(at..<end)
      at = end
    }
    return ranges
  }
}
