internal import Basics
internal import GitKit
internal import Glibc

/// Reads files of a worktree and keeps what they hold as blobs.
final class ContentReader {
  private let repository: Repository
  private let root: String
  private let writer: AdaptiveWriter
  /// Bytes that may still be read.
  private var left: Int

  /// Bytes of a file above which its content is not looked at.
  static let sizeLimit = 10 << 20

  /// - Parameter budget: bytes to read at most; what lies beyond is not known.
  init(_ repository: Repository, root: String, budget: Int) {
    self.repository = repository
    left = budget
    self.root = root
    writer = AdaptiveWriter(repository)
  }

  /// Whether a path that somebody named is one that a look at the worktree would see: inside it, not through a link, not
  /// in another repository, not ignored, not git's or ours.
  func mayRead(_ path: BytePath) -> Bool {
    let parts = path.description.split(separator: "/").map(String.init)
    guard !parts.contains(where: WorktreeScanner.ownNames.contains) else { return false }
    var directory = root
    for part in parts.dropLast() {
      directory += "/" + part
      guard let status = Files.status(directory, followLinks: false) else { break }
      if !status.isDirectory || Files.exists(directory + "/.git") { return false }
    }
    // Rules that can't be read are no permission.
    return !((try? repository.isIgnored(path.description)) ?? true)
  }

  /// What is at a path now, in memory only; nil for a directory, and for what is beyond the budget.
  func glimpse(_ path: BytePath) -> FileGlimpse? {
    var info = stat()
    guard lstat(root + "/" + path.description, &info) == 0 else { return FileGlimpse(path: path) }
    guard !info.isDirectory else { return nil }
    var glimpse = FileGlimpse(path: path)
    glimpse.record = FileRecord(name: 0)
    glimpse.record?.adopt(info, seen: 0)
    glimpse.bytes = glimpse.record.flatMap { bytes(path, $0) }
    return glimpse
  }

  /// Keeps what was glimpsed as a blob.
  func keep(_ glimpse: FileGlimpse) throws -> SeenContent {
    guard var record = glimpse.record else { return .absent }
    if let bytes = glimpse.bytes {
      record.blob = try writer.writeBlob(record.isLink ? bytes : repository.cleaned(bytes, path: glimpse.path))
    } else {
      record.flags.insert(.opaque)
    }
    return SeenContent(record)
  }

  /// The blob of a file as git would store it; nil when it is too large, unreadable or no file.
  func blob(_ path: BytePath, _ record: FileRecord) throws -> ObjectID? {
    guard let bytes = bytes(path, record) else { return nil }
    return try writer.writeBlob(record.isLink ? bytes : repository.cleaned(bytes, path: path))
  }

  private func bytes(_ path: BytePath, _ record: FileRecord) -> [UInt8]? {
    let file = root + "/" + path.description
    if record.isLink {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let length = readlink(file, &target, target.count)
      return length < 0 ? nil : target[..<length].map { UInt8(bitPattern: $0) }
    }
    guard record.isRegular, record.size <= min(Self.sizeLimit, left) else { return nil }
    left -= record.size
    // A file that vanished or may not be read has no content to be known.
    return (try? Files.readIfPresent(file)) ?? nil
  }

  func flush() throws { try writer.flush() }
}

/// What a file held when somebody looked, not stored anywhere.
struct FileGlimpse {
  let path: BytePath
  /// Nil when there is no file.
  var record: FileRecord?
  /// Nil when the content is not known.
  var bytes: [UInt8]?

  init(path: BytePath) { self.path = path }
}
