internal import AgentAdapters
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
    if let shared = try shared(trace) { return try complete(shared, parts) }
    guard let row = try bucket.row(trace), let source = try bucket.source(trace) else { return nil }
    let agents = try bucket.subagentSources(trace).map { file in
      ClaudeCodeAdapter.SubagentFile(
        stem: file.name.replacing(".jsonl", with: ""), buffer: PaddedBuffer(copying: file.bytes))
    }
    var options = SessionAgent.Options()
    options.generation = row.generationIndex
    options.listsDependencies = parts.contains(.dependencies)
    options.listsEdits = false
    options.knownSessions = Set([row.forkedFrom].compactMap { $0 })
    let agent = SessionAgent(rawValue: row.agentName) ?? .claudeCode
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
    return try complete(record, parts)
  }

  /// What somebody else shared of a trace is a record; nil for traces of this clone.
  private func shared(_ trace: String) throws -> TraceRecord? {
    guard let tree = try bucket.traceTree(trace), let bytes = try repository.blob(at: "trace.json", in: tree) else {
      return nil
    }
    return try TraceRecord(json: JSONValue(parsing: bytes))
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
    result.blobSHA = anchor.blob?.hex
    result.evidenceTier = anchor.tier
    result.evidenceFirmness = anchor.firmness
    return result
  }
}
