internal import AgentAdapters
internal import Basics
internal import GitKit
internal import Ingest
internal import SearchIndex
internal import SecurityTools
internal import TraceModel
internal import TraceStore
internal import Trails

/// Filters what a shared trace grew by, and nothing of what was shared before.
///
/// Every tool of a policy that allows it looks at one text at a time, so that a text that was filtered stays as it is.
/// Cost: what was added, and the shared edits of the files that it changed.
struct TraceGrowth {
  private let repository: Repository
  private let policy: ClearancePolicy
  private let filter: TraceFilter
  private let bucket: Bucket
  private let plane: SharePlane
  private let parser = JSONParser()

  /// - Parameter plane: what is shared.
  init(_ repository: Repository, policy: ClearancePolicy, filter: TraceFilter, plane: ObjectID) throws {
    self.repository = repository
    self.policy = policy
    self.filter = filter
    bucket = try Bucket(repository)
    self.plane = try SharePlane(repository, tip: plane)
  }

  /// The files that have to be added to what is shared of a trace; nil where all of it has to be filtered.
  func added(_ trace: String) throws -> TraceFilter.Result? {
    guard policy.looksAtOneText, try plane.mark(trace)?.policy == policy.digest,
      let point = SharePoint.read(trace, repository), point.policy == policy.digest,
      let shared = try plane.root.flatMap({ try repository.entry(at: StoreRefs.traceDirectory(trace), in: $0)?.id }),
      shared == point.tree, let record = point.record, let row = try bucket.row(trace),
      let growth = try filter.records.growth(of: trace, since: record)
    else { return nil }
    let number = try SharedRecord.laterCount(shared, repository) + 1
    guard number <= SharedRecord.limit else { return nil }
    let raw = KeyFile.withoutBodies(growth.continuation.toJSON())
    if policy.tools.contains(.classifier), point.tally == nil { return nil }
    let outcome = DocumentSanitizer(policy.tools, options: policy.options).sanitize(raw, .record, after: point.tally)
    guard outcome.failed.isEmpty else { return nil }
    let document = RecordStamp(outcome).applied(to: RecordSteps.withSummaries(outcome.document, of: raw))
    let line = CanonicalJSON.line(document)

    var result = TraceFilter.Result(redactions: outcome.redactions)
    result.isAddition = true
    result.point = growth.point
    result.tally = outcome.tally
    result.files.append((SharedRecord.laterFile(number), line))
    guard try addEdits(of: trace, shared, point, to: &result), try addSearchPart(document, shared, to: &result),
      try addState(row, outcome, line, shared, trace, to: &result)
    else { return nil }
    return result
  }

  private func addSearchPart(
    _ document: JSONValue, _ shared: ObjectID, to result: inout TraceFilter.Result
  ) throws -> Bool {
    guard let directory = try repository.entry(at: Bucket.searchName, in: shared),
      let count = try repository.tree(directory.id)?.count
    else { return false }
    let told = try RecordContinuation(json: document)
    let part = SearchPartBuilder.part(
      of: told.record, answers: told.amendments.flatMap(\.observations), of: told.amendments.flatMap(\.toolCalls))
    result.files.append((Bucket.searchFile(count + 1), part.bytes))
    return true
  }

  /// The row, and what was cleared: sums of what was there and what came.
  private func addState(
    _ row: TraceRow, _ outcome: DocumentSanitizer.Outcome, _ line: [UInt8], _ shared: ObjectID, _ trace: String,
    to result: inout TraceFilter.Result
  ) throws -> Bool {
    func json(_ name: String) throws -> JSONValue? {
      try repository.blob(at: name, in: shared).flatMap { try? JSONValue(parsing: $0) }
    }
    guard var security = try json("row.json")?["security"]?.object, let clear = try json("clear.json"),
      let before = clear["sanitized_hash"]?.string
    else { return false }
    let verdict = outcome.verdicts.first?.payload["flags"]?.array?.count ?? 0
    security["flags_reviewed"] = .int(verdict)
    security["redactions_applied"] = .int((security["redactions_applied"]?.int ?? 0) + outcome.redactions)
    result.files.append(("row.json", filter.filtered(row, security: .object(security), policy.options)))
    var found: [String: Int] = [:]
    for tool in clear["tools_ran"]?.array ?? [] {
      if let name = tool["name"]?.string { found[name] = tool["findings"]?.int }
    }
    let source = try bucket.traceTree(trace).map { SharePlane.source(of: $0) } ?? ""
    let digest = "sha256:" + Digest.sha256Hex(before + "\n" + Digest.sha256Hex(line))
    result.files.append(("clear.json", filter.clearance(outcome, source: source, digest: digest, before: found)))
    return true
  }

  // MARK: Edits

  /// - Returns: whether all that was there before is as it was.
  private func addEdits(
    of trace: String, _ shared: ObjectID, _ point: SharePoint, to result: inout TraceFilter.Result
  ) throws -> Bool {
    func files(_ tree: ObjectID?) throws -> [BytePath: ObjectID]? {
      guard let tree else { return [:] }
      return try repository.tree(tree).map { entries in
        Dictionary(entries.map { ($0.name, $0.id) }) { first, _ in first }
      }
    }
    result.edits = try bucket.traceTree(trace).flatMap { try repository.entry(at: "edits", in: $0)?.id }
    if result.edits == point.edits { return true }
    // What was stored then is reachable from nowhere any more: git may have pruned it.
    guard let old = try files(point.edits), let new = try files(result.edits) else { return false }
    guard old.keys.allSatisfy({ new[$0] != nil }) else { return false }
    let text = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
    let editFilter = EditFilter(text: text)
    var added: [StoredEdit] = []
    for (name, blob) in new where old[name] != blob {
      var before: [UInt8]? = []
      if let id = old[name] { before = try repository.blob(id) }
      guard let before, let bytes = try repository.blob(blob), bytes.starts(with: before) else { return false }
      added += StoredEdit.decode(Array(bytes[before.count...]), with: parser).map(editFilter.filtered)
    }
    for (path, edits) in Dictionary(grouping: added, by: \.path) {
      let stored = try repository.entry(at: TraceFilter.editsFile(path), in: shared)
      guard let bytes = try stored.map({ try repository.blob($0.id) }) ?? [] else { return false }
      let before = StoredEdit.decode(bytes, with: parser)
      let first = before.map(\.time).min()
      // Its place in the index of paths goes by the first.
      guard first.map({ first in edits.allSatisfy { $0.time >= first } }) ?? true else { return false }
      filter.place(before + edits, of: path, trace, in: &result)
    }
    return true
  }
}
