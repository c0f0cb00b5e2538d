public import AgentAdapters
public import Basics
internal import Capture
public import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// Sessions that hooks report while they run: brings what is new of them into the store.
public struct LiveSessions {
  private let repository: Repository
  private let time: Timestamp
  private let machine: MachineFacts
  private let codexHome: String?
  private let isWanted: (SessionAgent) -> Bool

  /// - Parameters:
  ///   - codexHome: where Codex keeps its sessions: its hooks do not always name the file.
  ///   - isWanted: whether the sessions of an agent may be kept: an exclusion also holds for what was reported before it.
  public init(
    _ repository: Repository, time: Timestamp, machine: MachineFacts, codexHome: String? = nil,
    where isWanted: @escaping (SessionAgent) -> Bool
  ) {
    self.repository = repository
    self.codexHome = codexHome
    self.isWanted = isWanted
    self.time = time
    self.machine = machine
  }

  /// A session that a journal names.
  public struct Session: Sendable {
    public let file: SessionFile
    /// When its first hook ran.
    public let start: Timestamp?
    /// What tells whether the journal and the transcript have changed.
    fileprivate let mark: String
    fileprivate let journal: String
  }

  /// Whether any session ever reported itself here. Cost: two directories.
  public static func exist(in repository: Repository) -> Bool {
    !Journal.all(in: repository.stateDirectory).isEmpty
  }

  /// The sessions whose journal or transcript grew since they were folded last. Cost: two `stat` per session, and the
  /// ends of the journals of those that grew.
  public func waiting() -> [Session] {
    let folded = FoldMarks(repository.stateDirectory)
    return Journal.all(in: repository.stateDirectory).compactMap { agent, journal in
      guard let status = Files.status(journal.path) else { return nil }
      return folded.isCurrent(journal.path, status) ? nil : session(agent, journal, status)
    }
  }

  /// Sessions of Pi that grew since they were folded and whose last event does not end a turn: their agent was stopped,
  /// or works at the same time. Cost: a `stat` per journal, and the end of those that grew.
  public static func unfinishedPiSessions(in repository: Repository) -> [String] {
    let folded = FoldMarks(repository.stateDirectory)
    return Journal.all(in: repository.stateDirectory).compactMap { name, journal in
      guard name == SessionAgent.pi.rawValue, let status = Files.status(journal.path),
        !folded.isCurrent(journal.path, status),
        // One that can't be read now can be later.
        let line = (try? journal.lastLine(ofType: "opentraces_pi_event")) ?? nil, line["final"] != true,
        !["agent_end", "session_shutdown"].contains(line["event"]?.string ?? "")
      else { return nil }
      return line["session_id"]?.string
    }
  }

  private func session(_ agent: String, _ journal: Journal, _ status: FileStatus) -> Session? {
    // A journal that can't be read now can be later.
    guard let agent = SessionAgent(rawValue: agent), isWanted(agent), let lines = try? journal.ends() else {
      return nil
    }
    // Pi's events name the place themselves, those of the others in their payload.
    let data = agent == .pi ? lines : lines.compactMap { $0["data"] }
    guard let transcript = transcript(of: agent, data), Files.exists(transcript) else { return nil }
    // A session that worked elsewhere and changed a file here belongs there.
    let places = data.compactMap { $0["cwd"]?.string }
    let membership = SessionMembership(repository)
    guard let home = places.first, membership.root(of: home) != nil else { return nil }
    let start = lines.first?["timestamp"]?.string.flatMap { Timestamp($0) }
    return Session(
      file: SessionFile(transcript: transcript, of: agent), start: start,
      mark: FoldMarks.mark(status, transcript: transcript), journal: journal.path)
  }

  private func transcript(of agent: SessionAgent, _ data: [JSONValue]) -> String? {
    let key = agent == .pi ? "session_file" : "transcript_path"
    if let path = data.lazy.reversed().compactMap({ $0[key]?.string }).first { return path }
    guard agent == .codexCLI, let codexHome, let id = data.lazy.compactMap({ $0["session_id"]?.string }).first else {
      return nil
    }
    return CodexSessions.file(of: id, under: codexHome)
  }

  /// Seconds by which an agent may write its transcript late.
  private static let lag = 60

  /// Imports the waiting sessions and ties the commits that were made while they ran.
  ///
  /// Refs written: as by an import and by the post-commit hook. Cost: the transcripts that grew.
  ///
  /// - Returns: the import's report; nil when there was nothing to do, or when the store stayed locked.
  @discardableResult
  public func fold() throws -> ImportReport? {
    let sessions = waiting()
    guard !sessions.isEmpty else { return nil }
    let importer = SessionImporter(repository, time: time, machine: machine, workers: 1)
    guard let report = try importer.run(sessions.map(\.file), isWhole: false) else { return nil }
    var marks = FoldMarks(repository.stateDirectory)
    // What an earlier fold took was seen to then, but for lines that were written late.
    let start = sessions.compactMap { session in
      marks.time(of: session.journal).map { Timestamp(seconds: $0.seconds - Self.lag) } ?? session.start
    }.min()
    let commits = try start.map(commits(since:)) ?? []
    if !commits.isEmpty {
      _ = try IncrementalAttribution(repository, source: "live-fold", time: time).run(commits)
    }
    let failed = Set(report.diagnostics.filter { $0.code == "session_failed" }.map(\.subject))
    for session in sessions where !failed.contains(session.file.path) {
      marks.set(session.mark, at: time, of: session.journal)
    }
    try marks.save()
    return report
  }

  /// Commits of this worktree's own making since a time, oldest first; at most as many as a hook takes.
  private func commits(since start: Timestamp) throws -> [ObjectID] {
    let log = HeadLog(repository.gitDirectory + "/logs/HEAD")
    return log.commits(since: start).suffix(20).filter { repository.contains($0) }
  }
}

/// What journals looked like when they were folded last. Machine-local and disposable.
private struct FoldMarks {
  private let path: String
  private var marks: [String: String]

  init(_ directory: String) {
    path = directory + "/journal/folded.json"
    // Without it, everything is folded again, which changes nothing.
    let text = (try? Files.readIfPresent(path)) ?? nil
    let members = text.flatMap { try? JSONValue(parsing: $0) }?.object?.members ?? []
    marks = Dictionary(members.compactMap { key, value in value.string.map { (key, $0) } }) { $1 }
  }

  /// Size and time of the journal, size and path of the transcript.
  static func mark(_ journal: FileStatus, transcript: String) -> String {
    "\(journal.size):\(journal.modified):\(Files.status(transcript)?.size ?? 0):\(transcript)"
  }

  /// Whether a journal, and the transcript that was folded with it, are as they were then.
  func isCurrent(_ journal: String, _ status: FileStatus) -> Bool {
    guard let known = self[journal] else { return false }
    let parts = known.split(separator: ":", maxSplits: 3)
    return parts.count == 4 && known == Self.mark(status, transcript: String(parts[3]))
  }

  private func key(_ journal: String) -> String { Paths.name(Paths.parent(journal)) + "/" + Paths.name(journal) }

  /// The mark of a journal when it was folded last.
  private subscript(journal: String) -> String? {
    marks[key(journal)].flatMap { mark in mark.firstIndex(of: "@").map { String(mark[mark.index(after: $0)...]) } }
  }

  /// When it was folded last.
  func time(of journal: String) -> Timestamp? {
    marks[key(journal)].flatMap { Int($0.prefix { $0 != "@" }) }.map { Timestamp(seconds: $0) }
  }

  mutating func set(_ mark: String, at time: Timestamp, of journal: String) {
    marks[key(journal)] = "\(time.seconds)@\(mark)"
  }

  func save() throws {
    let object = JSONObject(marks.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    try Files.createDirectory(Paths.parent(path))
    try Files.writeAtomically(CanonicalJSON.line(.object(object)), to: path)
  }
}
