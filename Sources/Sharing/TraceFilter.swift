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
    guard let row = try bucket.row(trace), let raw = try record(trace) else {
      throw Refusal(description: "it can't be read")
    }
    let stored = try catalog.edits(ofTrace: trace)
    let outcome = DocumentSanitizer(policy.tools, options: policy.options)
      .sanitize(raw, .record, with: policy.asksPrograms ? try others(trace, stored, row) : [])
    try Self.check(outcome)
    let shared = RecordStamp(outcome).applied(to: Self.withSummaries(outcome.document, of: raw))
    let line = CanonicalJSON.line(shared)
    // What programs found in any of it goes from all of it.
    var options = policy.options
    options.literals = outcome.literals
    let text = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: options)
    let edits = stored.map { filtered($0, text) }
    var result = Result(redactions: outcome.redactions, literals: outcome.literals)
    result.files.append(("trace.json", line))
    result.files.append(("row.json", filtered(row, record: shared, text, options)))
    result.files.append(("search/0001.json", SearchPartBuilder.part(of: try TraceRecord(json: shared)).bytes))
    for (path, edits) in Dictionary(grouping: edits, by: \.path) {
      let bytes = StoredEdit.encode(edits.sorted { $0.order < $1.order })
      let key = StoreRefs.pathKey(path)
      result.files.append(("edits/\(key)", bytes))
      let first = edits.map(\.time).min() ?? time
      result.paths.append(
        (StoreRefs.pathDirectory(path) + "/" + EditIndexEntry.name(firstEdit: first, traceID: trace), bytes))
    }
    let source = try bucket.traceTree(trace).map { SharePlane.source(of: $0) } ?? ""
    result.files.append(("clear.json", clearance(outcome, source: source, shared: line)))
    try checkAgain(shared, edits, options)
    return result
  }

  private func record(_ trace: String) throws -> JSONValue? {
    guard var record = try records.read(trace, .dependencies) else { return nil }
    // What became of the patches is told by the events, wherever they are read.
    record.patches = []
    record.gitLinks = []
    record.contentHash = nil
    return KeyFile.withoutBodies(record.toJSON())
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
      .sanitize(try record(trace) ?? [:], .record, with: try others(trace, stored, row))
    try Self.check(outcome)
    return outcome.literals
  }

  /// A program that still finds something in what would be shared has found it in a form that can't be taken out.
  private func checkAgain(_ shared: JSONValue, _ edits: [StoredEdit], _ options: SecurityOptions) throws {
    for tool in policy.tools {
      guard tool.isExternal, let program = options.external[tool] else { continue }
      let found: [ExternalTool.Literal]
      do {
        found = try program.findings(
          in: DocumentSanitizer.strings(of: shared, .record) + Self.texts(of: edits, nil))
      } catch {
        throw Refusal(description: "\(tool.rawValue) did not run: \(error)")
      }
      // A tool may take a placeholder for what it stands for.
      if let left = found.first(where: { !$0.text.contains("[REDACTED]") && !"[REDACTED]".contains($0.text) }) {
        throw Refusal(description: "\(tool.rawValue) still finds \(left.pattern) after what it found was taken out")
      }
    }
  }

  /// A summary is the begin of an output: of one that something was taken out of, it is made of what is left. Cut in two, a
  /// key is recognized by nobody.
  private static func withSummaries(_ document: JSONValue, of raw: JSONValue) -> JSONValue {
    guard var object = document.object, var steps = object["steps"]?.array, let before = raw["steps"]?.array,
      steps.count == before.count
    else { return document }
    for (number, old) in before.enumerated() {
      guard var step = steps[number].object, var results = step["observations"]?.array,
        let originals = old["observations"]?.array, originals.count == results.count
      else { continue }
      for (place, original) in originals.enumerated() where original["content"] != results[place]["content"] {
        guard var result = results[place].object, let summary = original["output_summary"]?.string,
          let left = result["content"]?.string
        else { continue }
        var begin = String.UnicodeScalarView()
        begin.append(contentsOf: left.unicodeScalars.prefix(summary.unicodeScalars.count))
        result["output_summary"] = .string(String(begin))
        results[place] = .object(result)
      }
      step["observations"] = .array(results)
      steps[number] = .object(step)
    }
    object["steps"] = .array(steps)
    return .object(object)
  }

  /// - Parameter source: says what was filtered without giving it away: of the record itself, what was taken out could be
  ///   guessed with the rest at hand.
  private func clearance(_ outcome: DocumentSanitizer.Outcome, source: String, shared: [UInt8]) -> [UInt8] {
    let tools = outcome.applied.map { tool -> JSONValue in
      [
        "name": .string(tool.rawValue), "status": "ran",
        "findings": .int(outcome.findings.count { $0.tool == tool }),
      ]
    }
    let document: JSONValue = [
      "schema": "opentraces.bucket.clear.v1", "security_version": .string(TrailVersions.security),
      "policy_digest": .string(policy.digest), "tools_ran": .array(tools),
      "source_record_hash": .string(source),
      "sanitized_hash": .string("sha256:" + Digest.sha256Hex(shared)), "cleared_at": .string(time.iso8601),
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

  private func filtered(
    _ row: TraceRow, record: JSONValue, _ text: TextSanitizer, _ options: SecurityOptions
  ) -> [UInt8] {
    func plain(_ value: String) -> String { text.sanitize(value).text }
    var row = row
    row.title = row.title.map(plain)
    row.filesTouched = row.filesTouched.map(plain)
    row.baseCommit = nil
    row.source = SourceState(basename: "", bytes: 0, segments: 0, digest: nil)
    var rest = row.json.object ?? [:]
    rest["security"] = record["security"] ?? .null
    let outcome = DocumentSanitizer(policy.tools.filter { $0.kind != .judge }, options: options)
      .sanitize(.object(rest), .record)
    return CanonicalJSON.line(outcome.document)
  }

  // MARK: Edits

  private func filtered(_ edit: StoredEdit, _ text: TextSanitizer) -> StoredEdit {
    func plain(_ value: String) -> String { text.sanitize(value).text }
    var edit = edit
    let isKey = KeyFile.holds(edit.path)
    edit.path = BytePath(plain(edit.path.description))
    edit.previousPath = edit.previousPath.map { BytePath(plain($0.description)) }
    edit.toolCallID = plain(edit.toolCallID)
    edit.toolName = plain(edit.toolName)
    edit.agentRole = edit.agentRole.map(plain)
    let before = edit.patches
    edit.patches = edit.patches.map { filtered($0, isKey: isKey, text) }
    // With the digest of the whole file, what was taken out of it could be guessed.
    if edit.patches != before { edit.afterBlob = nil }
    return edit
  }

  /// The texts before and after the change are looked at with what stands around it: a passage may begin there.
  private func filtered(_ patch: StoredEdit.Patch, isKey: Bool, _ text: TextSanitizer) -> StoredEdit.Patch {
    var patch = patch
    let (above, below) = (patch.contextBefore, patch.contextAfter)
    let old = filtered(above + patch.removed + below, isKey: isKey, text)
    let new = filtered(above + patch.added + below, isKey: isKey, text)
    func weaker(_ a: ArraySlice<String>, _ b: ArraySlice<String>, _ original: [String]) -> [String] {
      zip(zip(a, b), original).map { pair, line in pair.0 == line ? pair.1 : pair.0 }
    }
    patch.removed = Array(old[above.count..<(above.count + patch.removed.count)])
    patch.added = Array(new[above.count..<(above.count + patch.added.count)])
    patch.contextBefore = weaker(old.prefix(above.count), new.prefix(above.count), above)
    patch.contextAfter = weaker(old.suffix(below.count), new.suffix(below.count), below)
    return patch
  }

  /// As many lines as there were: of a passage over several of them, such as a private key, each line is taken out.
  private func filtered(_ lines: [String], isKey: Bool, _ text: TextSanitizer) -> [String] {
    if lines.isEmpty { return lines }
    let joined = Self.joined(lines)
    let whole = text.sanitize(joined, .toolInput).text
    var result = lines
    if whole != joined {
      // Bytes: a carriage return and a line feed are one character.
      let left = whole.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      if left.count == lines.count {
        result = left
      } else {
        var at = 0
        result = lines.map { line in
          guard let found = left[at...].firstIndex(of: line) else { return KeyFile.placeholder }
          at = found + 1
          return line
        }
      }
    }
    return isKey ? result.map { KeyFile.isBody($0) ? KeyFile.placeholder : $0 } : result
  }

}

/// Files that hold private keys: of an edit in the middle of one nothing but the name tells what it is.
enum KeyFile {
  private static let endings = [".pem", ".key", ".p8", ".ppk", ".asc", "_rsa", "_dsa", "_ecdsa", "_ed25519"]

  static func holds(_ path: BytePath) -> Bool {
    let name = path.description.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// A record without such lines in what tools were to do to such files.
  static func withoutBodies(_ record: JSONValue) -> JSONValue {
    guard var object = record.object, let steps = object["steps"]?.array else { return record }
    object["steps"] = .array(
      steps.map { step in
        guard var object = step.object else { return step }
        for key in ["tool_calls", "snippets"] {
          if let parts = object[key]?.array { object[key] = .array(parts.map(filtered)) }
        }
        return .object(object)
      })
    return .object(object)
  }

  /// A tool call, or a snippet of what one wrote.
  private static func filtered(_ part: JSONValue) -> JSONValue {
    let input = part["input"]
    let path = input?["file_path"]?.string ?? input?["path"]?.string ?? part["file_path"]?.string
    guard var object = part.object, let path, holds(BytePath(path)) else { return part }
    for key in ["input", "text"] { if let value = object[key] { object[key] = filteredTexts(value) } }
    return .object(object)
  }

  private static func filteredTexts(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
        let line = String(decoding: line, as: UTF8.self)
        return isBody(line) ? placeholder : line
      }
      return .string(lines.joined(separator: "\n"))
    case .array(let items): return .array(items.map(filteredTexts))
    case .object(let object): return .object(JSONObject(object.members.map { ($0.key, filteredTexts($0.value)) }))
    default: return value
    }
  }

  static let placeholder = "[REDACTED]"

  /// A line of base64 that is long enough to be worth something.
  static func isBody(_ line: String) -> Bool {
    let bytes = line.utf8.filter { $0 > 0x20 }
    return bytes.count >= 16
      && bytes.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "+")
          || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
      }
  }
}
