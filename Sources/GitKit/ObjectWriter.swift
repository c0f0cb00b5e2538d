public import Basics

/// Somewhere to put new objects. What it has taken is readable by others only after ``flush()``.
public protocol ObjectWriter: AnyObject {
  /// Takes an object and returns its id. Objects that the repository has already are not written again.
  func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws -> ObjectID
  /// Takes a blob that resembles others of its family: a writer may store it as a difference to one of them.
  func writeBlob(_ bytes: [UInt8], family: String) throws -> ObjectID
  /// Takes the parts of one text as blobs: a writer may store them as differences to one another.
  func writeParts(_ parts: [UnsafeRawBufferPointer]) throws -> [ObjectID]
  /// Makes everything durable and visible.
  func flush() throws
}

extension ObjectWriter {
  public func write(_ kind: ObjectKind, _ bytes: [UInt8]) throws -> ObjectID {
    try bytes.withUnsafeBytes { try write(kind, $0) }
  }

  public func writeBlob(_ bytes: [UInt8], family: String) throws -> ObjectID { try writeBlob(bytes) }
  public func writeParts(_ parts: [UnsafeRawBufferPointer]) throws -> [ObjectID] {
    try parts.map { try write(.blob, $0) }
  }

  public func writeBlob(_ bytes: [UInt8]) throws -> ObjectID { try write(.blob, bytes) }
  public func writeBlob(_ text: String) throws -> ObjectID { try write(.blob, Array(text.utf8)) }
  public func writeTree(_ entries: [TreeEntry]) throws -> ObjectID { try write(.tree, TreeFormat.encode(entries)) }

  /// Writes a commit by opentraces itself.
  ///
  /// - Parameter time: author and committer time; stored in whole seconds, UTC.
  public func writeCommit(tree: ObjectID, parents: [ObjectID], message: String, time: Timestamp) throws -> ObjectID {
    let identity = "opentraces <opentraces@localhost> \(time.seconds) +0000"
    var text = "tree \(tree.hex)\n"
    for parent in parents { text += "parent \(parent.hex)\n" }
    text += "author \(identity)\ncommitter \(identity)\n\n\(message)\n"
    return try write(.commit, Array(text.utf8))
  }
}

extension ObjectID {
  /// The id git gives to an object of this kind and content.
  static func hashing(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
    var hash = StreamingSHA1()
    Array("\(kind.name) \(bytes.count)\0".utf8).withUnsafeBytes { hash.update($0) }
    hash.update(bytes)
    return hash.digest().withUnsafeBytes { ObjectID(rawBytes: $0) }
  }
}
