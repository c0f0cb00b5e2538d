internal import CSimdJSON

#if canImport(Glibc)
  internal import Glibc
#endif

/// Bytes followed by the padding that ``JSONParser`` needs.
public final class PaddedBuffer {
  private let storage: UnsafeMutablePointer<UInt8>
  public let count: Int

  /// The bytes, without the padding. Valid as long as the buffer is.
  public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: storage, count: count) }

  private init(storage: UnsafeMutablePointer<UInt8>, count: Int) {
    self.storage = storage
    self.count = count
    (storage + count).initialize(repeating: 0, count: Int(OT_JSON_PADDING))
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutablePointer<UInt8>.allocate(capacity: count + Int(OT_JSON_PADDING))
  }

  public convenience init(copying bytes: some Collection<UInt8>) {
    let storage = Self.allocate(bytes.count)
    _ = UnsafeMutableBufferPointer(start: storage, count: bytes.count).initialize(from: bytes)
    self.init(storage: storage, count: bytes.count)
  }

  /// Bytes that a function writes in place.
  ///
  /// - Parameter fill: returns how many it wrote.
  public convenience init(capacity: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Int) rethrows {
    let storage = Self.allocate(capacity)
    do {
      let count = try fill(UnsafeMutableRawBufferPointer(start: storage, count: capacity))
      self.init(storage: storage, count: count)
    } catch {
      storage.deallocate()
      throw error
    }
  }

  /// Reads a file from `offset` to its present end.
  ///
  /// - Throws: ``SystemError`` when the file can't be opened or read.
  public convenience init(readingFile path: String, from offset: Int = 0) throws {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    let size = try file.size()
    let wanted = max(0, size - offset)
    let storage = Self.allocate(wanted)
    do {
      let got = try file.read(into: UnsafeMutableRawBufferPointer(start: storage, count: wanted), at: offset)
      self.init(storage: storage, count: got)
    } catch {
      storage.deallocate()
      throw error
    }
  }

  deinit { storage.deallocate() }
}
