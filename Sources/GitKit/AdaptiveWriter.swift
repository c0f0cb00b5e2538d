internal import Basics

/// Writes few objects as loose ones and many as a pack, as git does with what it fetches (`fetch.unpackLimit`).
///
/// Nothing is written before ``flush()``, unless there are many.
public final class AdaptiveWriter: ObjectWriter {
  /// Objects from which on they become a pack: git's default.
  public static let packFrom = 100
  /// Bytes from which on they do, so that no more than these are held in memory.
  public static let packFromBytes = 8 << 20

  private let repository: Repository
  private var waiting: [(kind: ObjectKind, bytes: [UInt8])] = []
  private var waitingBytes = 0
  private var known: Set<ObjectID> = []
  private var pack: PackWriter?

  public init(_ repository: Repository) { self.repository = repository }

  public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> ObjectID {
    if let pack { return try pack.write(kind, bytes) }
    let id = ObjectID.hashing(kind, bytes)
    guard known.insert(id).inserted else { return id }
    waiting.append((kind, Array(bytes)))
    waitingBytes += bytes.count
    if waiting.count >= Self.packFrom || waitingBytes >= Self.packFromBytes {
      let pack = PackWriter(repository)
      for object in waiting { _ = try pack.write(object.kind, object.bytes) }
      self.pack = pack
      waiting = []
      waitingBytes = 0
    }
    return id
  }

  public func writeBlob(_ bytes: [UInt8], family: String) throws -> ObjectID {
    if let pack { return try pack.writeBlob(bytes, family: family) }
    return try writeBlob(bytes)
  }

  public func writeParts(_ parts: [UnsafeRawBufferPointer]) throws -> [ObjectID] {
    if let pack { return try pack.writeParts(parts) }
    return try parts.map { try write(.blob, $0) }
  }

  public func flush() throws {
    if let pack { return try pack.flush() }
    let loose = LooseWriter(repository)
    for object in waiting { _ = try loose.write(object.kind, object.bytes) }
    waiting = []
    waitingBytes = 0
  }
}
