internal import Basics
internal import CGit2
internal import Synchronization

/// Writes many objects as one pack with its index. Safe to use from several threads at once.
///
/// Objects are deflated on the caller's thread and appended to a temporary file in the object directory; ``flush()``
/// completes pack and index and renames them into place, the index last, as git itself does. A crash before that
/// leaves a `tmp_opentraces_*` file, which `git gc` removes and which no reader sees. Deltas are computed among the blobs
/// of a family and the parts of a text only: `git gc` does the rest better, later.
public final class PackWriter: ObjectWriter, @unchecked Sendable {
  private struct Record {
    let id: ObjectID
    let crc: UInt32
    let offset: Int
  }

  private struct State {
    var file: FileHandle?
    var path = ""
    var offset = 0
    /// Number of the open pack; none is used twice, because a part of a text names the one that holds the part before.
    var serial = 0
    var records: [Record] = []
    var known: Set<ObjectID> = []
    var bases: [String: Base] = [:]
    /// Packs that are complete but have no name yet.
    var sealed: [(path: String, index: [UInt8], checksum: [UInt8])] = []

    init(serial: Int = 0) { self.serial = serial }
  }

  /// The blob that others of its family are deltas of.
  private struct Base {
    let bytes: [UInt8]
    let offset: Int
    /// Deltas between it and a whole object.
    let depth: Int
  }

  /// Size from which the next object goes to another pack.
  static let packLimit = 8 << 20
  /// Objects below this size are deflated harder: there it costs next to nothing.
  private static let smallObject = 32 << 10
  private static let smallObjectLevel: Int32 = 9
  /// Longest chain of deltas: a reader applies them all.
  private static let deltaDepth = 32
  /// The same for parts of a text, which are long: 4 store the benchmark's transcripts in 2 % more, 32 in as much.
  private static let partDepth = 8

  private let state = Mutex(State())
  private let exists: @Sendable (ObjectID) -> Bool
  private let directory: String
  private let refresh: @Sendable () -> Void
  private let level: Int32

  /// - Parameters:
  ///   - repository: where the pack goes. Its object database is asked (under a lock) whether an object is there.
  ///   - level: libdeflate's level. 6 stores the benchmark's transcripts in 78 % of the size of git's default for loose
  ///     objects, in 1.1 times its CPU time; 7 saves 1 % more and costs half as much again.
  public init(_ repository: Repository, level: Int = 6) {
    let guarded = Guarded(repository)
    directory = repository.commonDirectory + "/objects/pack"
    exists = { id in guarded.contains(id) }
    refresh = { guarded.refresh() }
    self.level = Int32(level)
  }

  deinit { discard() }

  /// Objects taken and not yet flushed.
  public var count: Int { state.withLock { $0.records.count } }

  public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> ObjectID {
    let id = ObjectID.hashing(kind, bytes)
    // A tree is written because something below it changed; looking it up costs more than a rare repetition.
    guard kind == .tree ? isFirst(id) : isNew(id) else { return id }
    let entry = try Self.entry(UInt8(kind.rawValue), bytes, level: level)
    try state.withLock { state in
      try roll(&state)
      try append(entry, id, to: &state)
    }
    return id
  }

  public func writeBlob(_ bytes: [UInt8], family: String) throws -> ObjectID {
    let id = bytes.withUnsafeBytes { ObjectID.hashing(.blob, $0) }
    guard isFirst(id) else { return id }
    try state.withLock { state in
      try roll(&state)
      if let base = state.bases[family], base.depth < Self.deltaDepth,
        let delta = base.bytes.withUnsafeBytes({ base in
          bytes.withUnsafeBytes { TextDelta.make(from: base, to: $0) }
        })
      {
        let distance = Self.distance(state.offset - base.offset)
        let entry = try delta.withUnsafeBytes { try Self.entry(6, $0, prefix: distance, level: level) }
        state.bases[family] = Base(bytes: bytes, offset: state.offset, depth: base.depth + 1)
        return try append(entry, id, to: &state)
      }
      let entry = try bytes.withUnsafeBytes { try Self.entry(3, $0, level: level) }
      state.bases[family] = Base(bytes: bytes, offset: state.offset, depth: 0)
      try append(entry, id, to: &state)
    }
    return id
  }

  public func writeParts(_ parts: [UnsafeRawBufferPointer]) throws -> [ObjectID] {
    /// The part before.
    struct Written {
      let id: ObjectID
      let base: TextDelta.Base
      let pack: Int
      let depth: Int
    }
    var last: Written?
    return try parts.map { part in
      let id = ObjectID.hashing(.blob, part)
      guard isNew(id) else { return id }
      var place: (pack: Int, depth: Int)?
      if let last, last.depth < Self.partDepth, let delta = TextDelta.make(from: last.base, to: part) {
        let entry = try delta.withUnsafeBytes { try Self.entry(7, $0, prefix: last.id.bytes, level: level) }
        place = try append(entry, id, ifPack: last.pack).map { ($0, last.depth + 1) }
      }
      if place == nil { place = try append(try Self.entry(3, part, level: level), id).map { ($0, 0) } }
      last = place.map {
        Written(id: id, base: TextDelta.Base(part, .passages), pack: $0.pack, depth: $0.depth)
      }
      return id
    }
  }

  /// Appends an entry.
  ///
  /// - Parameter pack: only to this pack, because the entry needs another one of it.
  /// - Returns: the number of the pack; nil when that one is full.
  private func append(
    _ entry: (bytes: [UInt8], crc: UInt32), _ id: ObjectID, ifPack pack: Int? = nil
  ) throws -> Int? {
    try state.withLock { state in
      try roll(&state)
      if let pack, pack != state.serial { return nil }
      try append(entry, id, to: &state)
      return state.serial
    }
  }

  private func isFirst(_ id: ObjectID) -> Bool { state.withLock { $0.known.insert(id).inserted } }

  private func isNew(_ id: ObjectID) -> Bool { isFirst(id) && !exists(id) }

  /// Opens the first pack, or the next one when the present one is full.
  private func roll(_ state: inout State) throws {
    if state.offset >= Self.packLimit { try seal(&state) }
    try open(&state)
  }

  private func append(
    _ entry: (bytes: [UInt8], crc: UInt32), _ id: ObjectID, to state: inout State
  ) throws {
    try state.file?.write(entry.bytes)
    state.records.append(Record(id: id, crc: entry.crc, offset: state.offset))
    state.offset += entry.bytes.count
  }

  private func open(_ state: inout State) throws {
    guard state.file == nil else { return }
    state.serial += 1
    try Files.createDirectory(directory)
    state.path = "\(directory)/tmp_opentraces_\(Hex.encode(RandomBytes.make(6)))"
    state.file = try FileHandle.open(state.path, .create)
    // Signature, version 2, and a count that flush() sets right.
    try state.file?.write(Array("PACK".utf8) + [0, 0, 0, 2, 0, 0, 0, 0])
    state.offset = 12
  }

  /// Drops everything that was not flushed.
  public func discard() {
    state.withLock { state in
      // Nobody sees a temporary file that stays behind.
      if state.file != nil { try? Files.remove(state.path) }
      for pack in state.sealed { try? Files.remove(pack.path) }
      state = State(serial: state.serial)
    }
  }

  /// A pack entry: type and size in git's variable-length form, then the deflated bytes.
  private static func entry(
    _ type: UInt8, _ bytes: UnsafeRawBufferPointer, prefix: [UInt8] = [], level: Int32
  ) throws -> (bytes: [UInt8], crc: UInt32) {
    let capacity = ot_deflate_bound(bytes.count) + 32
    var crc: UInt32 = 0
    let entry = [UInt8](unsafeUninitializedCapacity: capacity) { out, count in
      var size = bytes.count
      out[0] = type << 4 | UInt8(size & 0xF)
      size >>= 4
      var at = 1
      while size > 0 {
        out[at - 1] |= 0x80
        out[at] = UInt8(size & 0x7F)
        size >>= 7
        at += 1
      }
      for byte in prefix {
        out[at] = byte
        at += 1
      }
      guard let base = out.baseAddress else { return }
      let effort = bytes.count < smallObject ? max(level, smallObjectLevel) : level
      let written = ot_deflate(bytes.baseAddress, bytes.count, effort, base + at, capacity - at)
      count = written == 0 ? 0 : at + written
      crc = ot_crc32(0, base, count)
    }
    guard !entry.isEmpty else { throw GitError(.corrupt, "compress", "an object", "deflate failed") }
    return (entry, crc)
  }

  /// How far back the base of a delta lies, in the form of an offset delta.
  private static func distance(_ value: Int) -> [UInt8] {
    var value = value
    var bytes = [UInt8(value & 0x7F)]
    value >>= 7
    while value > 0 {
      value -= 1
      bytes.insert(UInt8(value & 0x7F) | 0x80, at: 0)
      value >>= 7
    }
    return bytes
  }

  public func flush() throws {
    try state.withLock { state in
      try seal(&state)
      defer {
        for pack in state.sealed { try? Files.remove(pack.path) }  // Renamed already, or of no use any more.
        state = State(serial: state.serial)
      }
      for pack in state.sealed {
        let name = "\(directory)/pack-\(Hex.encode(pack.checksum))"
        try Files.install(pack.path, as: name + ".pack", mode: 0o444)
        try Files.writeAtomically(pack.index, to: name + ".idx", mode: 0o444)
      }
      if !state.sealed.isEmpty { refresh() }
    }
  }

  /// Completes the open pack: object count, checksum of everything, on disk.
  private func seal(_ state: inout State) throws {
    guard let file = state.file else { return }
    try file.overwrite(Self.bigEndian(UInt32(state.records.count)), at: 8)
    var hash = StreamingSHA1()
    let size = try file.size()
    var offset = 0
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { chunk.deallocate() }
    while offset < size {
      let got = try file.read(into: chunk, at: offset)
      guard got > 0 else { break }
      hash.update(UnsafeRawBufferPointer(rebasing: chunk[..<got]))
      offset += got
    }
    let checksum = hash.digest()
    try file.write(checksum)
    try file.synchronize()
    state.sealed.append((state.path, Self.index(state.records, packChecksum: checksum), checksum))
    state.file = nil
    state.records = []
    state.bases = [:]
    state.offset = 0
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

  /// A version 2 pack index (gitformat-pack(5)).
  private static func index(_ records: [Record], packChecksum: [UInt8]) -> [UInt8] {
    let sorted = records.sorted { $0.id < $1.id }
    var bytes: [UInt8] = [0xFF, 0x74, 0x4F, 0x63, 0, 0, 0, 2]
    var counts = [UInt32](repeating: 0, count: 256)
    for record in sorted { counts[Int(record.id.firstByte)] += 1 }
    var total: UInt32 = 0
    for count in counts {
      total += count
      bytes += bigEndian(total)
    }
    for record in sorted { bytes += record.id.bytes }
    for record in sorted { bytes += bigEndian(record.crc) }
    var large: [UInt8] = []
    for record in sorted {
      if record.offset < 0x8000_0000 {
        bytes += bigEndian(UInt32(record.offset))
      } else {
        bytes += bigEndian(0x8000_0000 | UInt32(large.count / 8))
        large += withUnsafeBytes(of: UInt64(record.offset).bigEndian) { Array($0) }
      }
    }
    bytes += large + packChecksum
    return bytes + bytes.withUnsafeBytes { Digest.sha1($0) }
  }
}

/// One repository handle shared by several threads, one call at a time.
private final class Guarded: @unchecked Sendable {
  private let repository: Repository
  private let lock = Mutex(())

  init(_ repository: Repository) { self.repository = repository }

  func contains(_ id: ObjectID) -> Bool { lock.withLock { _ in repository.containsKnown(id) } }
  func refresh() { lock.withLock { _ in repository.refreshObjects() } }
}
