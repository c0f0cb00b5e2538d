internal import AgentAdapters
internal import Basics
internal import Capture
internal import TraceStore

/// How far a running session was folded, so that the next fold reads only what is new. Machine-local and disposable.
struct FoldPoint: Sendable {
  /// What is known of the transcript's lines so far.
  let reading: ReadingPoint
  /// What the store holds when the point is its end.
  private let source: Stored
  private let journal: Stored
  /// The files: others with the same names are read from their start, and so are those that were rewritten.
  private let transcriptFile: Place
  private let journalFile: Place
  private let inode: UInt64
  /// Names, sizes and times of the sub-agents' files.
  private let subagents: String
  /// Open calls of which changes are known already: those and what follows belong together.
  let busyCalls: Set<String>
  /// Edits so far, and the time of the last one.
  let editCount: Int
  let lastEdit: Timestamp?

  /// Bytes that are compared before a place.
  static let markLength = 64 << 10

  /// A stored text.
  fileprivate struct Stored: Hashable, Sendable {
    var bytes: Int
    var digest: String

    init(_ text: StoredText) {
      bytes = text.bytes
      digest = text.digest
    }
  }

  /// A place in a file.
  fileprivate struct Place: Hashable, Sendable {
    var bytes: Int
    /// SHA-256 of the last bytes before it.
    var mark: String
  }

  /// What the files looked like before they were read.
  struct Seen {
    fileprivate let inode: UInt64
    fileprivate let subagents: String

    init(_ session: SessionFile) {
      inode = Files.status(session.path)?.inode ?? 0
      subagents = SessionFingerprints.make(session.subagents)
    }
  }

  /// - Parameters:
  ///   - seen: from before the files were read.
  ///   - end: the last bytes read of the transcript, ``markLength`` of them if there are so many.
  ///   - journalFile: bytes read of the journal's file, and the last of them.
  init(
    _ seen: Seen, reading: ReadingPoint, source: StoredText, end: [UInt8], journal: StoredText,
    journalFile: (bytes: Int, end: [UInt8]), busyCalls: Set<String>, editCount: Int, lastEdit: Timestamp?
  ) {
    self.reading = reading
    self.source = Stored(source)
    self.journal = Stored(journal)
    transcriptFile = Place(bytes: source.bytes, mark: Digest.sha256Hex(end))
    self.journalFile = Place(bytes: journalFile.bytes, mark: Digest.sha256Hex(journalFile.end))
    inode = seen.inode
    subagents = seen.subagents
    self.busyCalls = busyCalls
    self.editCount = editCount
    self.lastEdit = lastEdit
  }

  /// The file that holds the point of a session.
  static func path(_ session: SessionFile, state: String) -> String {
    let journal = Journal(directory: state, agent: session.agent.rawValue, session: session.sessionID)
    return "\(state)/points/\(session.agent.rawValue)/" + Paths.name(journal.path)
  }

  /// What was added since a point.
  struct Addition {
    let point: FoldPoint
    let seen: Seen
    let lines: PaddedBuffer
    /// Whole lines.
    let journal: [UInt8]
    /// The ends of the files before.
    fileprivate let before: (transcript: [UInt8], journal: [UInt8])

    /// The ends of the files with what was added.
    var end: [UInt8] { Array((before.transcript + lines.bytes.suffix(markLength)).suffix(markLength)) }
    var journalFile: (bytes: Int, end: [UInt8]) {
      (
        point.journalFile.bytes + journal.count,
        Array((before.journal + journal.suffix(markLength)).suffix(markLength))
      )
    }
  }

  /// Reads the point of a session and what was added since; nil when there is none for the files as they are now, when
  /// it is not the end of what is stored, or when the last line has no end: it is being written, or its writer was
  /// stopped.
  static func addition(
    to session: SessionFile, state: String, source: StoredText, journal: StoredText
  ) throws -> Addition? {
    // Without it the whole file is read.
    let text = (try? Files.readIfPresent(path(session, state: state))) ?? nil
    let seen = Seen(session)
    guard let point = text.flatMap({ try? JSONValue(parsing: $0) }).flatMap(FoldPoint.init(json:)),
      point.source == Stored(source), point.journal == Stored(journal), seen.inode == point.inode,
      seen.subagents == point.subagents
    else { return nil }
    let reports = Journal(directory: state, agent: session.agent.rawValue, session: session.sessionID)
    guard let transcript = try read(session.path, from: point.transcriptFile),
      transcript.added.bytes.last ?? 0x0A == 0x0A, let events = try read(reports.path, from: point.journalFile)
    else { return nil }
    return Addition(
      point: point, seen: seen, lines: transcript.added, journal: JournalUpdate.whole(Array(events.added.bytes)),
      before: (transcript.before, events.before))
  }

  /// The bytes before a place and those behind it; nil when the file does not lead there.
  private static func read(_ path: String, from place: Place) throws -> (before: [UInt8], added: PaddedBuffer)? {
    guard let size = Files.status(path)?.size, size >= place.bytes else { return nil }
    let start = max(0, place.bytes - markLength)
    let buffer = try PaddedBuffer(readingFile: path, from: start)
    guard buffer.count >= place.bytes - start else { return nil }
    let before = Array(buffer.bytes[..<(place.bytes - start)])
    guard Digest.sha256Hex(before) == place.mark else { return nil }
    return (before, PaddedBuffer(copying: buffer.bytes[(place.bytes - start)...]))
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
      "reading": reading.json, "source": source.json, "journal": journal.json, "transcript_file": transcriptFile.json,
      "journal_file": journalFile.json, "inode": .string(String(inode)), "subagents": .string(subagents),
      "busy_calls": .strings(busyCalls.sorted()), "edits": .int(editCount),
      "last_edit": .optional(lastEdit?.microseconds),
    ]
  }

  private init?(json: JSONValue) {
    guard let reading = json["reading"].flatMap(ReadingPoint.init(json:)),
      let source = json["source"].flatMap(Stored.init), let journal = json["journal"].flatMap(Stored.init),
      let transcript = json["transcript_file"].flatMap(Place.init),
      let journalFile = json["journal_file"].flatMap(Place.init),
      let inode = json["inode"]?.string.flatMap({ UInt64($0) }), let subagents = json["subagents"]?.string,
      let busy = json["busy_calls"]?.array, let edits = json["edits"]?.int
    else { return nil }
    self.reading = reading
    self.source = source
    self.journal = journal
    transcriptFile = transcript
    self.journalFile = journalFile
    self.inode = inode
    self.subagents = subagents
    busyCalls = Set(busy.compactMap(\.string))
    editCount = edits
    lastEdit = json["last_edit"]?.int.map { Timestamp(microseconds: $0) }
  }
}

extension FoldPoint.Stored {
  fileprivate var json: JSONValue { ["bytes": .int(bytes), "digest": .string(digest)] }

  fileprivate init?(_ json: JSONValue) {
    guard let bytes = json["bytes"]?.int, let digest = json["digest"]?.string else { return nil }
    self.bytes = bytes
    self.digest = digest
  }
}

extension FoldPoint.Place {
  fileprivate var json: JSONValue { ["bytes": .int(bytes), "mark": .string(mark)] }

  fileprivate init?(_ json: JSONValue) {
    guard let bytes = json["bytes"]?.int, let mark = json["mark"]?.string else { return nil }
    self.bytes = bytes
    self.mark = mark
  }
}
