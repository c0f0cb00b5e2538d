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
  private let records: StoredRecord
  private let catalog: PatchCatalog
  private let text: TextSanitizer
  private let time: Timestamp

  init(_ repository: Repository, policy: ClearancePolicy, time: Timestamp) throws {
    self.repository = repository
    self.policy = policy
    self.time = time
    bucket = try Bucket(repository)
    records = try StoredRecord(repository)
    catalog = try PatchCatalog(repository)
    text = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
  }

  /// What is shared of a trace.
  struct Result {
    /// Below the directory of the trace.
    var files: [(name: String, bytes: [UInt8])] = []
    /// Below the root of the plane: the index of edited paths.
    var paths: [(name: String, bytes: [UInt8])] = []
    var redactions = 0
  }

  /// Why a trace stays here.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: ``Refusal`` when a tool of the policy did not run: nothing can be said to be clear of what it looks for.
  func filtered(_ trace: String) throws -> Result {
    guard let row = try bucket.row(trace), var record = try records.read(trace, .dependencies) else {
      throw Refusal(description: "it can't be read")
    }
    // What became of the patches is told by the events, wherever they are read.
    record.patches = []
    record.gitLinks = []
    record.contentHash = nil
    let raw = record.toJSON()
    let outcome = DocumentSanitizer(policy.tools, options: policy.options).sanitize(raw, .record)
    if let failed = outcome.failed.first {
      throw Refusal(description: "\(failed.tool.rawValue) did not run: \(failed.error)")
    }
    let shared = RecordStamp(outcome).applied(to: outcome.document)
    let line = CanonicalJSON.line(shared)
    let edits = try catalog.edits(ofTrace: trace).map(filtered)
    var result = Result(redactions: outcome.redactions)
    result.files.append(("trace.json", line))
    result.files.append(("row.json", filtered(row, record: shared)))
    result.files.append(("search/0001.json", SearchPartBuilder.part(of: try TraceRecord(json: shared)).bytes))
    for (path, edits) in Dictionary(grouping: edits, by: \.path) {
      let bytes = StoredEdit.encode(edits.sorted { $0.order < $1.order })
      let key = StoreRefs.pathKey(path)
      result.files.append(("edits/\(key)", bytes))
      let first = edits.map(\.time).min() ?? time
      result.paths.append(
        (StoreRefs.pathDirectory(path) + "/" + EditIndexEntry.name(firstEdit: first, traceID: trace), bytes))
    }
    result.files.append(("clear.json", clearance(outcome, raw: raw, shared: line)))
    return result
  }

  private func clearance(_ outcome: DocumentSanitizer.Outcome, raw: JSONValue, shared: [UInt8]) -> [UInt8] {
    let tools = outcome.applied.map { tool -> JSONValue in
      [
        "name": .string(tool.rawValue), "status": "ran",
        "findings": .int(outcome.findings.count { $0.tool == tool }),
      ]
    }
    let document: JSONValue = [
      "schema": "opentraces.bucket.clear.v1", "security_version": .string(TrailVersions.security),
      "policy_digest": .string(policy.digest), "tools_ran": .array(tools),
      "source_record_hash": .string("sha256:" + Digest.sha256Hex(CanonicalJSON.line(raw))),
      "sanitized_hash": .string("sha256:" + Digest.sha256Hex(shared)), "cleared_at": .string(time.iso8601),
    ]
    return CanonicalJSON.line(document) + [0x0A]
  }

  private func filtered(_ row: TraceRow, record: JSONValue) -> [UInt8] {
    var row = row
    row.title = row.title.map(plain)
    row.filesTouched = row.filesTouched.map(plain)
    row.baseCommit = nil
    row.source = SourceState(basename: "", bytes: 0, segments: 0, digest: nil)
    var rest = row.json.object ?? [:]
    rest["security"] = record["security"] ?? .null
    let outcome = DocumentSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
      .sanitize(.object(rest), .record)
    return CanonicalJSON.line(outcome.document)
  }

  private func plain(_ value: String) -> String { text.sanitize(value).text }

  // MARK: Edits

  private func filtered(_ edit: StoredEdit) -> StoredEdit {
    var edit = edit
    edit.path = BytePath(plain(edit.path.description))
    edit.previousPath = edit.previousPath.map { BytePath(plain($0.description)) }
    edit.patches = edit.patches.map { patch in
      var patch = patch
      patch.added = filtered(patch.added)
      patch.removed = filtered(patch.removed)
      patch.contextBefore = filtered(patch.contextBefore)
      patch.contextAfter = filtered(patch.contextAfter)
      return patch
    }
    return edit
  }

  /// As many lines as there were: of a passage over several of them, such as a private key, each line is taken out.
  private func filtered(_ lines: [String]) -> [String] {
    if lines.isEmpty { return lines }
    let whole = text.sanitize(lines.joined(separator: "\n"), .toolInput).text
    let left = whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if left.count == lines.count { return left }
    var at = 0
    return lines.map { line in
      guard let found = left[at...].firstIndex(of: line) else { return Self.placeholder }
      at = found + 1
      return line
    }
  }

  private static let placeholder = "[REDACTED]"
}
