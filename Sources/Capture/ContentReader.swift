internal import Basics
internal import GitKit
internal import Glibc

/// Reads files of a worktree and keeps what they hold as blobs.
final class ContentReader {
  private let repository: Repository
  private let root: String
  private let writer: AdaptiveWriter

  /// Bytes of a file above which its content is not looked at.
  static let sizeLimit = 10 << 20

  init(_ repository: Repository, root: String) {
    self.repository = repository
    self.root = root
    writer = AdaptiveWriter(repository)
  }

  /// What is at a path now.
  func content(_ path: BytePath) -> SeenContent? {
    var info = stat()
    guard lstat(root + "/" + path.description, &info) == 0 else { return .absent }
    guard !info.isDirectory else { return nil }
    var record = FileRecord(name: 0)
    record.adopt(info, seen: 0)
    if let blob = blob(path, record) { record.blob = blob } else { record.flags.insert(.opaque) }
    return SeenContent(record)
  }

  /// The blob of a file as git would store it; nil when it is too large, unreadable or no file.
  func blob(_ path: BytePath, _ record: FileRecord) -> ObjectID? {
    let file = root + "/" + path.description
    if record.isLink {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = readlink(file, &target, target.count)
      guard length >= 0 else { return nil }
      return try? writer.writeBlob(target[..<length].map { UInt8(bitPattern: $0) })
    }
    guard record.isRegular, record.size <= Self.sizeLimit else { return nil }
    // A file that vanished or may not be read has no content to be known.
    guard let bytes = (try? Files.readIfPresent(file)) ?? nil, let clean = try? repository.cleaned(bytes, path: path)
    else { return nil }
    return try? writer.writeBlob(clean)
  }

  func flush() throws { try writer.flush() }
}
