public import AgentAdapters
internal import Basics
public import GitKit
public import TraceModel
internal import TraceStore
internal import Trails

/// Makes the record of a kept session.
///
/// The record is not stored: it follows from the transcript, which is, and from the anchors. Parsing a session of 4 MB
/// takes about 20 ms.
public struct StoredRecord {
  private let repository: Repository
  private let bucket: Bucket

  public init(_ repository: Repository) throws {
    self.repository = repository
    bucket = try Bucket.union(repository)
  }

  /// What takes time of its own and not everybody needs.
  public struct Parts: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The packages that the session used.
    public static let dependencies = Parts(rawValue: 1)
    /// Which lines of the files are the session's.
    public static let attribution = Parts(rawValue: 2)
    public static let all: Parts = [.dependencies, .attribution]
  }

  /// The record of a trace with its patches and what they landed in; nil when there is no such trace.
  public func read(_ trace: String, _ parts: Parts = .all) throws -> TraceRecord? {
    // What somebody else shared of a trace is a record.
    if let tree = try bucket.traceTree(trace), let shared = try SharedRecord.read(tree, repository) {
      return try complete(shared, parts)
    }
    guard let record = try captured(trace, parts.contains(.dependencies))?.record else { return nil }
    return try complete(record, parts)
  }

  /// The record of a trace that was captured here, as its transcript tells it: without patches, and the commits that
  /// events tie it to; nil when there is no such trace. With it, where to go on when the transcript has grown.
  public func captured(_ trace: String) throws -> (record: TraceRecord, point: RecordPoint?)? {
    try captured(trace, true)
  }

  private func captured(_ trace: String, _ listsDependencies: Bool) throws -> (
    record: TraceRecord, point: RecordPoint?
  )? {
    guard let row = try bucket.row(trace), let source = try bucket.source(trace) else { return nil }
    let agents = try bucket.subagentSources(trace).map { file in
      ClaudeCodeAdapter.SubagentFile(
        stem: file.name.replacing(".jsonl", with: ""), buffer: PaddedBuffer(copying: file.bytes))
    }
    let agent = SessionAgent(rawValue: row.agentName) ?? .claudeCode
    var options = options(row)
    options.listsDependencies = listsDependencies
    if agent == .pi { options.sidecar = PiSidecar(journal: try bucket.journal(trace) ?? []) }
    let parsed = agent.parse(
      source, sessionID: row.sessionID, subagents: agents, options: options)
    var record = parsed.record
    record.traceID = trace
    record.generationIndex = row.generationIndex
    record.environment.vcs.kind = .git
    record.environment.vcs.baseCommit = row.baseCommit
    record.task.baseCommit = row.baseCommit
    if let json = try bucket.environment(trace) { CaptureEnvironment(json: json).complete(&record) }
    // A line without end is read when it has one.
    let isWhole = source.bytes.last == 0x0A
    return (
      record,
      isWhole
        ? RecordPoint(parsed.readingPoint, try bucket.pieces(trace, of: .source), rest: try rest(trace, row)) : nil
    )
  }

  private func options(_ row: TraceRow) -> SessionAgent.Options {
    var options = SessionAgent.Options()
    options.generation = row.generationIndex
    options.listsEdits = false
    options.knownSessions = Set([row.forkedFrom].compactMap { $0 })
    return options
  }

  /// What a record is made of besides the transcript.
  private func rest(_ trace: String, _ row: TraceRow) throws -> String {
    guard let tree = try bucket.traceTree(trace) else { return "" }
    let files = try [Bucket.environmentName, "subagents"].map { name in
      try repository.entry(at: name, in: tree)?.id.hex ?? "-"
    }
    return
      (files + [
        row.agentName, row.sessionID, row.baseCommit ?? "-", row.forkedFrom ?? "-", String(row.generationIndex),
      ])
      .joined(separator: " ")
  }

  /// What the record of a captured trace grew by since some point; nil where the whole of it has to be made anew.
  ///
  /// Cost: the bytes that were added, and a look at the pieces before.
  public func growth(
    of trace: String, since point: RecordPoint
  ) throws -> (continuation: RecordContinuation, point: RecordPoint?)? {
    guard let row = try bucket.row(trace), let agent = SessionAgent(rawValue: row.agentName) else { return nil }
    let text = try bucket.pieces(trace, of: .source)
    let rest = try rest(trace, row)
    guard let pieces = point.added(to: text, rest: rest) else { return nil }
    var bytes: [UInt8] = []
    for piece in pieces {
      guard let part = try repository.blob(piece.id) else { return nil }
      bytes += part
    }
    guard bytes.last ?? 0x0A == 0x0A else { return nil }
    var options = options(row)
    options.continuesRecord = true
    let parsed = agent.parse(
      added: PaddedBuffer(copying: bytes), sessionID: row.sessionID, after: point.reading, options: options)
    guard let parsed, var continuation = parsed.continuation else { return nil }
    continuation.record.traceID = trace
    if let json = try bucket.environment(trace) {
      continuation.record.dependencies = CaptureEnvironment(json: json).dependencies(
        with: continuation.record.dependencies)
    }
    return (continuation, RecordPoint(parsed.readingPoint, text, rest: rest))
  }

  private func complete(_ record: TraceRecord, _ parts: Parts) throws -> TraceRecord {
    var record = record
    let trace = record.traceID
    record.patches = try patches(of: trace)
    record.deriveLandings()
    if parts.contains(.attribution) {
      record.attribution = AttributionBuilder.attribution(
        of: try PatchCatalog(repository).edits(ofTrace: trace), in: record)
    }
    return record
  }

  private func patches(of trace: String) throws -> [Patch] {
    let catalog = try PatchCatalog(repository)
    return try catalog.patches(ofTrace: trace).map { entry in
      var patch = Patch(patchID: entry.patchID, filePath: entry.path.description)
      patch.stepIndex = entry.step
      patch.captureMethod = entry.source.captureMethod
      patch.limitations = entry.source.limitations
      let anchors = try catalog.anchors(of: entry)
      if let newest = anchors.last { patch.anchor = anchor(newest) }
      patch.supersededBy = anchors.dropLast().reversed().map(\.commit.hex)
      return patch
    }
  }

  private func anchor(_ anchor: Anchor) -> GitAnchor {
    var result = GitAnchor(lastSearchedAt: anchor.editTime.iso8601, found: true)
    result.commitSHA = anchor.commit.hex
    result.path = anchor.path.description
    result.blobSHA = ((try? anchor.blob(in: repository)) ?? nil)?.hex
    result.evidenceTier = anchor.tier
    result.evidenceFirmness = anchor.firmness
    return result
  }
}
