/// Reads blobs that are wanted again soon, as the versions of a file are when each is compared with the next one: what
/// was read lately stays in memory.
public final class BlobCache {
  private let repository: Repository
  private var known: [ObjectID: BlobContent] = [:]
  /// In the order they were read.
  private var order: [ObjectID] = []
  private var size = 0

  /// Bytes kept, at most, besides the blobs in use.
  private static let limit = 4 << 20

  public init(_ repository: Repository) { self.repository = repository }

  private func content(_ id: ObjectID) throws -> BlobContent {
    if let content = known[id] { return content }
    let content = try BlobContent(repository, id)
    if size + content.bytes.count > Self.limit { forget(to: Self.limit / 2) }
    known[id] = content
    order.append(id)
    size += content.bytes.count
    return content
  }

  private func forget(to limit: Int) {
    var gone = 0
    while size > limit, gone < order.count {
      size -= known.removeValue(forKey: order[gone])?.bytes.count ?? 0
      gone += 1
    }
    order.removeFirst(gone)
  }

  /// Reads a blob that is text; nil for a binary one.
  ///
  /// - Throws: ``GitError`` when the blob is missing.
  public func withText<R>(_ id: ObjectID, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R? {
    let content = try content(id)
    return try withExtendedLifetime(content) { content.isBinary ? nil : try body(content.bytes) }
  }

  /// As ``Repository/compareBlobs(_:_:_:)``.
  public func compare<R>(
    _ old: ObjectID?, _ new: ObjectID?,
    _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, [LineHunk]?) throws -> R
  ) throws -> R {
    try BlobContent.compare(try old.map { try content($0) }, try new.map { try content($0) }, body)
  }
}
