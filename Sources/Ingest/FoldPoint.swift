internal import AgentAdapters
internal import Basics
internal import Capture
internal import TraceStore

/// How far a running session was folded, so that the next fold reads only what is new. Machine-local and disposable.
struct FoldPoint: Sendable {
  /// What is known of the transcript's lines so far.
  var reading: ReadingPoint
  /// Bytes of the transcript that were read, and the digest of the stored text they are.
  var bytes: Int
  var digest: String
  /// The file: another one with the same name is read from its start.
  var inode: UInt64
  /// SHA-256 of the last bytes before the point: a file that was rewritten is read from its start.
  var mark: String
  /// Bytes of the journal that were taken.
  var journalBytes: Int
  /// As `mark`, of the journal.
  var journalMark: String
  /// Edits so far, and the time of the last one.
  var editCount: Int
  var lastEdit: Timestamp?
  /// Names, sizes and times of the sub-agents' files.
  var subagents: String

  private static let markLength = 64 << 10

  /// The file that holds the point of a session.
  static func path(_ session: SessionFile, state: String) -> String {
    let journal = Journal(directory: state, agent: session.agent.rawValue, session: session.sessionID)
    return "\(state)/points/\(session.agent.rawValue)/" + Paths.name(journal.path)
  }

  /// Reads a point; nil when there is none for the file as it is now, or when it is not the end of what is stored.
  static func load(_ session: SessionFile, state: String, stored: SourceState) -> FoldPoint? {
    // Without it the whole file is read.
    let text = (try? Files.readIfPresent(path(session, state: state))) ?? nil
    guard let json = text.flatMap({ try? JSONValue(parsing: $0) }), let point = FoldPoint(json),
      point.bytes == stored.bytes, point.digest == stored.digest,
      let status = Files.status(session.path), status.inode == point.inode, status.size >= point.bytes,
      point.subagents == SessionFingerprints.make(session.subagents),
      (try? mark(session.path, before: point.bytes)) == point.mark
    else { return nil }
    return point
  }

  /// The digest of the bytes before a place. Cost: one read.
  static func mark(_ path: String, before end: Int) throws -> String {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    let start = max(0, end - markLength)
    var bytes = [UInt8](repeating: 0, count: end - start)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
    return Digest.sha256Hex(bytes[..<count])
  }

  func save(_ session: SessionFile, state: String) throws {
    let path = Self.path(session, state: state)
    try Files.createDirectory(Paths.parent(path))
    try Files.writeAtomically(CanonicalJSON.line(json), to: path, mode: 0o600, isDurable: false)
  }
}

extension FoldPoint {
  private var json: JSONValue {
    [
      "reading": reading.json, "bytes": .int(bytes), "digest": .string(digest), "inode": .string(String(inode)),
      "mark": .string(mark), "journal_bytes": .int(journalBytes),
      "journal_mark": .string(journalMark), "edits": .int(editCount),
      "last_edit": .optional(lastEdit?.microseconds), "subagents": .string(subagents),
    ]
  }

  private init?(_ json: JSONValue) {
    guard let reading = json["reading"].flatMap(ReadingPoint.init(json:)), let bytes = json["bytes"]?.int,
      let digest = json["digest"]?.string, let inode = json["inode"]?.string.flatMap({ UInt64($0) }),
      let mark = json["mark"]?.string, let journalBytes = json["journal_bytes"]?.int,
      let journalMark = json["journal_mark"]?.string,
      let edits = json["edits"]?.int, let subagents = json["subagents"]?.string
    else { return nil }
    self.reading = reading
    self.bytes = bytes
    self.digest = digest
    self.inode = inode
    self.mark = mark
    self.journalBytes = journalBytes
    self.journalMark = journalMark
    editCount = edits
    lastEdit = json["last_edit"]?.int.map { Timestamp(microseconds: $0) }
    self.subagents = subagents
  }
}
