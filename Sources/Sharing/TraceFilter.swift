internal import Basics
internal import GitKit
internal import Ingest
internal import SearchIndex
internal import SecurityTools
internal import TraceModel
internal import TraceStore
internal import Trails

/// Makes of a captured trace what may be shared of it: record, row, edits and what can be searched, all filtered.
///
/// The transcript itself, what hooks reported and what sub-agents wrote stay here.
struct TraceFilter {
  private let repository: Repository
  private let policy: ClearancePolicy
  private let bucket: Bucket
  let records: StoredRecord
  private let catalog: PatchCatalog
  private let log: EventLog
  private let time: Timestamp

  init(_ repository: Repository, policy: ClearancePolicy, time: Timestamp) throws {
    self.repository = repository
    self.policy = policy
    self.time = time
    bucket = try Bucket(repository)
    records = try StoredRecord(repository)
    catalog = try PatchCatalog(repository)
    log = try EventLog(repository)
  }

  /// What is shared of a trace.
  struct Result {
    /// Whether the files belong to what is shared of the trace already; else they take its place.
    var isAddition = false
    /// Where to go on when the trace has grown; nil when all of it has to be filtered then.
    var point: RecordPoint?
    /// What the classifier saw of it.
    var tally: ClassifierTally?
    /// The edits of the captured trace.
    var edits: ObjectID?
    /// Below the directory of the trace.
    var files: [(name: String, bytes: [UInt8])] = []
    /// Below the root of the plane: the index of edited paths.
    var paths: [(name: String, bytes: [UInt8])] = []
    var redactions = 0
    /// What programs found in it and in what is told about it.
    var literals: EventFilter.Literals = [:]
  }

  /// Why a trace stays here.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: ``Refusal`` when a tool of the policy did not run: nothing can be said to be clear of what it looks for.
  func filtered(_ trace: String) throws -> Result {
    guard let row = try bucket.row(trace), let (raw, point) = try record(trace) else {
      throw Refusal(description: "it can't be read")
    }
    let stored = try catalog.edits(ofTrace: trace)
    let outcome = DocumentSanitizer(policy.tools, options: policy.options)
      .sanitize(raw, .record, with: policy.asksPrograms ? try others(trace, stored, row) : [])
    try Self.check(outcome)
    let shared = RecordStamp(outcome).applied(to: RecordSteps.withSummaries(outcome.document, of: raw))
    let line = CanonicalJSON.line(shared)
    // What programs found in any of it goes from all of it.
    var options = policy.options
    options.literals = outcome.literals
    let text = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: options)
    let edits = stored.map(EditFilter(text: text).filtered)
    let tree = try bucket.traceTree(trace)
    var result = Result(redactions: outcome.redactions, literals: outcome.literals)
    result.point = point
    result.tally = outcome.tally
    result.edits = try tree.flatMap { try repository.entry(at: "edits", in: $0)?.id }
    result.files.append((SharedRecord.firstName, line))
    result.files.append(("row.json", filtered(row, security: shared["security"] ?? .null, options)))
    result.files.append((Bucket.searchFile(1), SearchPartBuilder.part(of: try TraceRecord(json: shared)).bytes))
    for (path, edits) in Dictionary(grouping: edits, by: \.path) { place(edits, of: path, trace, in: &result) }
    let source = tree.map { SharePlane.source(of: $0) } ?? ""
    let digest = "sha256:" + Digest.sha256Hex(line)
    result.files.append(("clear.json", clearance(outcome, source: source, digest: digest)))
    try checkAgain(shared, edits, options)
    return result
  }

  static func editsFile(_ path: BytePath) -> String { "edits/" + StoreRefs.pathKey(path) }

  /// Puts all edits of a path where they belong.
  func place(_ edits: [StoredEdit], of path: BytePath, _ trace: String, in result: inout Result) {
    var bytes = StoredEdit.encode(edits.sorted { $0.order < $1.order })
    if !EditFilter.isWhole(bytes) {
      bytes = StoredEdit.encode(EditFilter.withoutDigests(edits).sorted { $0.order < $1.order })
    }
    result.files.append((Self.editsFile(path), bytes))
    let first = edits.map(\.time).min() ?? time
    result.paths.append(
      (StoreRefs.pathDirectory(path) + "/" + EditIndexEntry.name(firstEdit: first, traceID: trace), bytes))
  }

  /// Nil for a trace that was captured elsewhere. What became of the patches is told by the events, wherever the record is read.
  private func record(_ trace: String) throws -> (document: JSONValue, point: RecordPoint?)? {
    if try bucket.traceTree(trace) == nil { return nil }
    return try records.captured(trace).map { (KeyFile.withoutBodies($0.record.toJSON()), $0.point) }
  }

  private static func check(_ outcome: DocumentSanitizer.Outcome) throws {
    guard let failed = outcome.failed.first else { return }
    throw Refusal(description: "\(failed.tool.rawValue) did not run: \(failed.error)")
  }

  /// What programs find in a trace and in what is told about it; in that alone, where the trace is not captured here.
  func literals(_ trace: String) throws -> EventFilter.Literals {
    let tools = policy.tools.filter { $0.kind != .judge }
    let row = try bucket.row(trace)
    let stored = row == nil ? [] : try catalog.edits(ofTrace: trace)
    let outcome = DocumentSanitizer(tools, options: policy.options)
      .sanitize(try record(trace)?.document ?? [:], .record, with: try others(trace, stored, row))
    try Self.check(outcome)
    return outcome.literals
  }

  /// A program that still finds something in what would be shared has found it in a form that can't be taken out.
  private func checkAgain(_ shared: JSONValue, _ edits: [StoredEdit], _ options: SecurityOptions) throws {
    for tool in policy.tools {
      guard tool.isExternal, let program = options.external[tool], program.isSteady else { continue }
      let found: [ExternalTool.Literal]
      do {
        found = try program.findings(
          in: DocumentSanitizer.strings(of: shared, .record) + Self.texts(of: edits, nil))
      } catch {
        throw Refusal(description: "\(tool.rawValue) did not run: \(error)")
      }
      // A tool may take a placeholder for what it stands for.
      let left = found.first { literal in
        !literal.text.contains("[REDACTED]") && !"[REDACTED]".contains(literal.text)
          && !options.allowed.allows(literal.text)
      }
      if let left {
        throw Refusal(description: "\(tool.rawValue) still finds \(left.pattern) after what it found was taken out")
      }
    }
  }

  /// - Parameters:
  ///   - source: says what was filtered without giving it away: of the record itself, what was taken out could be guessed
  ///     with the rest at hand.
  ///   - digest: of what is shared of the record.
  ///   - before: what tools found in what was shared of it before.
  func clearance(
    _ outcome: DocumentSanitizer.Outcome, source: String, digest: String, before: [String: Int] = [:]
  ) -> [UInt8] {
    let tools = outcome.applied.map { tool -> JSONValue in
      [
        "name": .string(tool.rawValue), "status": "ran",
        "findings": .int((before[tool.rawValue] ?? 0) + outcome.findings.count { $0.tool == tool }),
      ]
    }
    let document: JSONValue = [
      "schema": "opentraces.bucket.clear.v1", "security_version": .string(TrailVersions.security),
      "policy_digest": .string(policy.digest), "tools_ran": .array(tools),
      "source_record_hash": .string(source),
      "sanitized_hash": .string(digest), "cleared_at": .string(time.iso8601),
    ]
    return CanonicalJSON.line(document) + [0x0A]
  }

  /// What is shared besides the record.
  private func others(_ trace: String, _ edits: [StoredEdit], _ row: TraceRow?) throws -> [String] {
    let told = try log.events(ofTrace: trace).map { JSONValue.object($0.draft.payload) }
    return Self.texts(of: edits, row) + DocumentSanitizer.strings(of: .array(told), .record)
  }

  private static func texts(of edits: [StoredEdit], _ row: TraceRow?) -> [String] {
    let patches = edits.flatMap(\.patches).flatMap { patch in
      [patch.removed, patch.added].map { joined(patch.contextBefore + $0 + patch.contextAfter) }
    }
    let names = edits.flatMap { edit in
      [edit.path.description, edit.previousPath?.description, edit.toolName, edit.agentRole].compactMap { $0 }
    }
    return patches + names + (row?.filesTouched ?? []) + [row?.title].compactMap { $0 }
  }

  private static func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") }

  /// - Parameter security: what the tools did to the record.
  func filtered(_ row: TraceRow, security: JSONValue, _ options: SecurityOptions) -> [UInt8] {
    let tools = policy.tools.filter { $0.kind != .judge }
    let text = TextSanitizer(tools, options: options)
    func plain(_ value: String) -> String { text.sanitize(value).text }
    var row = row
    row.title = row.title.map(plain)
    row.filesTouched = row.filesTouched.map(plain)
    row.baseCommit = nil
    row.source = SourceState(basename: "", bytes: 0, segments: 0, digest: nil)
    var rest = row.json.object ?? [:]
    rest["security"] = security
    let outcome = DocumentSanitizer(tools, options: options).sanitize(.object(rest), .record)
    return CanonicalJSON.line(outcome.document)
  }
}
