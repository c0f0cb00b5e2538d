public import Basics
public import GitKit
public import TraceModel
internal import TraceStore

/// Turns the ownership of a commit into events.
struct AnchorEvents {
  /// Who searched: `post-commit-correlator`, `git-backfill`, …
  let source: String
  let time: Timestamp

  static let searchSchema = "opentraces.trail.anchor_search.v3"

  /// One `git_anchor_created` per run and one `git_anchor_search_completed` for the commit.
  ///
  /// - Parameter evidence: identifies the edits that were considered, see ``EvidenceDigest``.
  func drafts(for ownership: CommitOwnership, change: CommitChange, evidence: String) -> [TrailEventDraft] {
    // Of a submodule, the commit that it is at.
    let deltas = change.files.map(\.delta) + change.gitlinks
    let blobs = Dictionary(deltas.map { ($0.newPath, $0.newBlob) }) { first, _ in first }
    let anchors = ownership.runs.map { Anchor($0, commit: ownership.commit.id, blob: blobs[$0.path] ?? nil) }
    return drafts(for: anchors, of: ownership.commit.id, evidence: evidence)
  }

  /// The same for anchors that are known.
  func drafts(for anchors: [Anchor], of commit: ObjectID, evidence: String) -> [TrailEventDraft] {
    anchors.map { draft($0) } + [summary(anchors, of: commit, evidence: evidence)]
  }

  private func draft(_ anchor: Anchor) -> TrailEventDraft {
    TrailEventDraft(
      eventType: "git_anchor_created", eventTime: time, traceID: anchor.traceID,
      generationIndex: anchor.generation, stepIndex: anchor.step, writer: source,
      captureMethod: [source.replacing("-", with: "_")], payload: anchor.payload(source: source))
  }

  /// `git_anchor_search_completed` of a commit in which these were found.
  func summary(_ anchors: [Anchor], of commit: ObjectID, evidence: String) -> TrailEventDraft {
    let results = Dictionary(grouping: anchors, by: \.patchID).sorted { $0.key < $1.key }
    let payload: JSONObject = [
      "schema_version": .string(Self.searchSchema), "summary": true,
      "search_head": PayloadRules.objectID(commit.hex),
      "algorithms_attempted": [
        "exact_blob_hash", "exact_range_hash", "git_clean_range_hash", "formatter_divergent",
      ],
      "anchored": .int(results.count), "evidence_digest": .string(evidence),
      "result_digest": .string(Self.resultDigest(anchors.map(\.id))),
    ]
    return TrailEventDraft(
      eventType: "git_anchor_search_completed", eventTime: time, writer: source,
      captureMethod: [source.replacing("-", with: "_")], payload: payload)
  }

  /// Commits that one event without anchors can stand for.
  static let emptySearchesPerEvent = 64

  /// `git_anchor_search_completed` events for commits in which nothing was found, many commits to an event.
  func drafts(forEmpty searches: [(commit: ObjectID, evidence: String)]) -> [TrailEventDraft] {
    searches.chunks(of: Self.emptySearchesPerEvent).map { chunk in
      let rows = chunk.map { search -> JSONValue in
        [
          "search_head": PayloadRules.objectID(search.commit.hex), "evidence_digest": .string(search.evidence),
          "result_digest": .string(Self.resultDigest([])),
        ]
      }
      let payload: JSONObject = [
        "schema_version": .string(Self.searchSchema), "summary": true, "anchored": 0, "searches": .array(rows),
      ]
      return TrailEventDraft(
        eventType: "git_anchor_search_completed", eventTime: time, writer: source,
        captureMethod: [source.replacing("-", with: "_")], payload: payload)
    }
  }

  static func resultDigest(_ anchorIDs: [String]) -> String {
    String(Digest.sha256Hex(anchorIDs.sorted().joined(separator: "\n")).prefix(32))
  }

}

/// What the last search of a commit came to.
struct SearchRecord {
  let evidence: String
  let result: String

  /// Nil for events that are no search of the commit.
  init?(_ event: TrailEvent, commit: ObjectID) {
    guard event.draft.eventType == "git_anchor_search_completed" else { return nil }
    let payload = event.draft.payload
    let rows = payload["searches"]?.array ?? [.object(payload)]
    let row = rows.first { $0["search_head"]?["hex"]?.string == commit.hex }
    guard let evidence = row?["evidence_digest"]?.string, let result = row?["result_digest"]?.string else {
      return nil
    }
    self.evidence = evidence
    self.result = result
  }
}

/// Evidence that a patch landed in a commit: one run of lines, or the file as a whole.
public struct Anchor: Hashable, Sendable {
  public let id: String
  public let patchID: String
  public let traceID: String
  public let sessionID: String
  public let generation: Int
  public let step: Int
  public let toolCallID: String
  public let toolName: String
  public let agentRole: String?
  public let commit: ObjectID
  public let path: BytePath
  public let range: ClosedRange<Int>?
  public let lineCount: Int
  public let tier: EvidenceTier
  public let kind: OwnedRun.Kind
  public let blob: ObjectID?
  /// When the edit was made.
  public let editTime: Timestamp
  public let patchRange: ClosedRange<Int>?
  /// What the evidence about the edit can't tell; nothing where a hook saw the file before and after the tool ran.
  private let editLimitations: [String]

  init(_ run: OwnedRun, commit: ObjectID, blob: ObjectID?) {
    patchID = run.edit.patches[run.patch].id
    patchRange = run.edit.patches[run.patch].affectedRange
    traceID = run.edit.traceID
    sessionID = run.edit.sessionID
    generation = run.edit.generation
    step = run.edit.step
    toolCallID = run.edit.toolCallID
    toolName = run.edit.toolName
    editLimitations = Self.limitations(run.edit.source)
    agentRole = run.edit.agentRole
    editTime = run.edit.time
    self.commit = commit
    path = run.path
    range = run.range
    lineCount = run.lineCount
    tier =
      switch run.match {
      case .exact: run.isWholeFile ? .exactBlobHash : .exactRangeHash
      case .withoutSpace: .gitCleanRangeHash
      case .formatted: .formatterDivergent
      }
    kind = run.kind
    self.blob = blob
    id = Digest.contentID(
      canonicalization: "opentraces.git_anchor.v1",
      [
        "trace_patch_ref": .string("ot://trace-patch/sha256/" + patchID),
        "commit_id": PayloadRules.objectID(commit.hex), "path": .string(path.description),
        "range": Self.json(range), "evidence_tier": .string(tier.rawValue),
      ])
  }

  /// Nothing but the transcript says what the file was before and after the tool ran.
  private static let withoutHooks = "reconstructed_without_hooks"
  private static let noText = "no_added_text"

  private static func limitations(_ source: FileEdit.Source) -> [String] {
    source.isObserved ? source.limitations : [withoutHooks]
  }

  /// Whether the lines landed as the agent wrote them.
  var isExact: Bool { range != nil && (tier == .exactRangeHash || tier == .exactBlobHash) }

  public var limitations: [String] {
    editLimitations + (kind == .added ? [] : [Self.noText])
  }
  public var firmness: EvidenceFirmness {
    editLimitations.isEmpty && tier != .formatterDivergent ? .firmObserved : .provisional
  }

  public static func json(_ range: ClosedRange<Int>?) -> JSONValue {
    guard let range else { return .null }
    return ["start_line": .int(range.lowerBound), "end_line": .int(range.upperBound)]
  }

  static func range(_ json: JSONValue?) -> ClosedRange<Int>? {
    guard let start = json?["start_line"]?.int, let end = json?["end_line"]?.int, start <= end else { return nil }
    return start...end
  }

  /// The anchors among events, in their order. Of a trace in a commit those of one writer: where several searched it, the
  /// one that found most lines, as who captured the session does, whose edits nothing was taken out of.
  static func agreed(_ events: [TrailEvent]) -> [Anchor] {
    struct Key: Hashable {
      let trace: String
      let commit: ObjectID
    }
    let all = events.compactMap { event in
      Anchor(event).map { (anchor: $0, writer: WriterID.share(ofNumber: event.sequence)) }
    }
    guard Set(all.map(\.writer)).count > 1 else { return all.map(\.anchor) }
    var lines: [Key: [Int: Int]] = [:]
    for (anchor, writer) in all {
      lines[Key(trace: anchor.traceID, commit: anchor.commit), default: [:]][writer, default: 0] += anchor.lineCount
    }
    let chosen = lines.mapValues { $0.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
    return all.filter { chosen[Key(trace: $0.anchor.traceID, commit: $0.anchor.commit)] == $0.writer }.map(\.anchor)
  }

  /// ``blob``; of an anchor that was shared, which does not name it, what the commit has at the path, where the commit is here.
  public func blob(in repository: Repository) throws -> ObjectID? {
    if let blob { return blob }
    return try repository.tree(ofCommit: commit).flatMap { try repository.entry(at: path, in: $0)?.id }
  }

  func payload(source: String) -> JSONObject {
    [
      "git_anchor_id": .string(id), "trace_patch_id": .string(patchID), "session_id": .string(sessionID),
      "tool_call_id": .string(toolCallID), "tool_name": .string(toolName), "agent_role": .optional(agentRole),
      "edit_time": .string(editTime.iso8601), "patch_range": Self.json(patchRange),
      "commit_id": PayloadRules.objectID(commit.hex), "path": .string(path.description),
      "range": Self.json(range), "line_count": .int(lineCount), "change": .string(kind.rawValue),
      "blob_id": blob.map { PayloadRules.objectID($0.hex) } ?? .null, "relation": "anchored_in_git",
      "evidence_tier": .string(tier.rawValue), "evidence_firmness": .string(firmness.rawValue),
      "source": .string(source), "limitations": .strings(limitations),
    ]
  }

  /// Reads an anchor event back; nil for other events.
  init?(_ event: TrailEvent) {
    let payload = event.draft.payload
    guard event.draft.eventType == "git_anchor_created", let id = payload["git_anchor_id"]?.string,
      let patch = payload["trace_patch_id"]?.string, let trace = event.draft.traceID,
      let commit = payload["commit_id"]?["hex"]?.string.flatMap({ ObjectID(hex: $0) }),
      let path = payload["path"]?.string
    else { return nil }
    self.id = id
    patchID = patch
    traceID = trace
    self.commit = commit
    self.path = BytePath(path)
    sessionID = payload["session_id"]?.string ?? ""
    generation = event.draft.generationIndex ?? 1
    step = event.draft.stepIndex ?? 0
    toolCallID = payload["tool_call_id"]?.string ?? ""
    toolName = payload["tool_name"]?.string ?? ""
    let limitations = payload["limitations"]?.array?.compactMap(\.string)
    editLimitations = limitations?.filter { $0 != Self.noText } ?? [Self.withoutHooks]
    agentRole = payload["agent_role"]?.string
    editTime = payload["edit_time"]?.string.flatMap { Timestamp($0) } ?? event.draft.eventTime
    patchRange = Self.range(payload["patch_range"])
    range = Self.range(payload["range"])
    lineCount = payload["line_count"]?.int ?? 0
    tier = payload["evidence_tier"]?.string.flatMap { EvidenceTier(rawValue: $0) } ?? .unknown
    kind = payload["change"]?.string.flatMap { OwnedRun.Kind(rawValue: $0) } ?? .added
    blob = payload["blob_id"]?["hex"]?.string.flatMap { ObjectID(hex: $0) }
  }
}
