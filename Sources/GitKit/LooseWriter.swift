internal import Basics
internal import CGit2

/// Writes each object as a loose one at once: right for the handful of objects that a hook makes.
///
/// libgit2's own writer looks through the pack directory again before every object, which takes longer than writing
/// it. As with git, a loose object is in place whole or not at all, and reaches the disk when the system likes.
public final class LooseWriter: ObjectWriter {
  private let repository: Repository
  private let level: Int32 = 1
  private let objects: String
  /// Part of the names of temporary files, so that no two writers choose the same.
  private let nonce = Hex.encode(RandomBytes.make(6))
  private var written = 0
  private var directories: Set<String> = []

  public init(_ repository: Repository) {
    self.repository = repository
    objects = repository.commonDirectory + "/objects"
  }

  public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> ObjectID {
    let id = ObjectID.hashing(kind, bytes)
    guard !repository.containsKnown(id) else { return id }
    let hex = id.hex
    let directory = "\(objects)/\(hex.prefix(2))"
    if directories.insert(directory).inserted { try Files.createDirectory(directory) }
    written += 1
    let temporary = "\(objects)/tmp_obj_\(nonce)\(written)"
    do {
      // With the mode that git gives to objects.
      let file = try FileHandle.open(temporary, .create, mode: 0o444)
      try file.write(try deflated(kind, bytes))
      file.close()
      try Files.rename(temporary, to: "\(directory)/\(hex.dropFirst(2))")
    } catch {
      // What is left behind is nobody's; git gc removes it.
      try? Files.remove(temporary)
      throw error
    }
    return id
  }

  private func deflated(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    let content = Array("\(kind.name) \(bytes.count)\0".utf8) + bytes
    let capacity = ot_deflate_bound(content.count)
    let result = [UInt8](unsafeUninitializedCapacity: capacity) { out, count in
      count = ot_deflate(content, content.count, level, out.baseAddress, capacity)
    }
    guard !result.isEmpty else { throw GitError(.corrupt, "compress", "an object", "deflate failed") }
    return result
  }

  public func flush() throws {}
}
