internal import CGit2

/// Writes each object as a loose one at once: right for the handful of objects that a hook makes.
public final class LooseWriter: ObjectWriter {
  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> ObjectID {
    var oid = git_oid()
    try check(
      git_odb_write(&oid, repository.objectDatabase, bytes.baseAddress, bytes.count, git_object_t(kind.rawValue)),
      "write a \(kind.name) to", repository.commonDirectory)
    return ObjectID(oid)
  }

  public func flush() throws {}
}
