public import Basics
internal import GitKit

/// What a list needs to know of a trace, stored as `row.json` beside it.
public struct TraceRow: Hashable, Sendable {
  public var traceID: String
  public var sessionID: String
  public var agentName: String
  public var agentVersion: String?
  public var agentModel: String?
  public var title: String?
  public var start: Timestamp?
  public var end: Timestamp?
  public var generationIndex: Int
  public var lifecycle: String
  public var stepCount: Int
  public var toolCallCount: Int
  public var patchCount: Int
  public var filesTouched: [String]
  public var inputTokens: Int
  public var outputTokens: Int
  public var cacheReadTokens: Int
  public var cacheWriteTokens: Int
  public var estimatedCostUSD: Double?
  public var damagedLines: Int
  /// The session whose history stands copied at the start of the transcript and was left out.
  public var forkedFrom: String?
  /// The commit that was checked out when the session began, where the reflog still knew.
  public var baseCommit: String?
  public var source: SourceState
  /// When this row was written.
  public var writtenAt: Timestamp

  public init(
    traceID: String, sessionID: String, agentName: String, generationIndex: Int, source: SourceState,
    writtenAt: Timestamp
  ) {
    self.traceID = traceID
    self.sessionID = sessionID
    self.agentName = agentName
    self.generationIndex = generationIndex
    self.source = source
    self.writtenAt = writtenAt
    lifecycle = "provisional"
    stepCount = 0
    toolCallCount = 0
    patchCount = 0
    filesTouched = []
    inputTokens = 0
    outputTokens = 0
    cacheReadTokens = 0
    cacheWriteTokens = 0
    damagedLines = 0
  }

  public var json: JSONValue {
    [
      "schema": "opentraces.bucket.row.v1", "trace_id": .string(traceID), "session_id": .string(sessionID),
      "agent_name": .string(agentName), "agent_version": .optional(agentVersion),
      "agent_model": .optional(agentModel), "title": .optional(title),
      "timestamp_start": .optional(start?.iso8601), "timestamp_end": .optional(end?.iso8601),
      "generation_index": .int(generationIndex), "lifecycle": .string(lifecycle), "step_count": .int(stepCount),
      "tool_call_count": .int(toolCallCount), "patch_count": .int(patchCount),
      "files_touched": .strings(filesTouched), "input_tokens": .int(inputTokens),
      "output_tokens": .int(outputTokens), "cache_read_tokens": .int(cacheReadTokens),
      "cache_write_tokens": .int(cacheWriteTokens), "estimated_cost_usd": .optional(estimatedCostUSD),
      "damaged_lines": .int(damagedLines), "forked_from": .optional(forkedFrom),
      "base_commit": .optional(baseCommit), "source": source.json,
      "written_at": .string(writtenAt.iso8601),
    ]
  }

  /// Reads a row back; nil when a required member is missing.
  public init?(json: JSONValue) {
    guard let traceID = json["trace_id"]?.string, let sessionID = json["session_id"]?.string,
      let agent = json["agent_name"]?.string, let source = json["source"].flatMap({ SourceState(json: $0) })
    else { return nil }
    func time(_ key: String) -> Timestamp? { json[key]?.string.flatMap { Timestamp($0) } }
    self.init(
      traceID: traceID, sessionID: sessionID, agentName: agent,
      generationIndex: json["generation_index"]?.int ?? 1, source: source,
      writtenAt: time("written_at") ?? Timestamp(seconds: 0))
    agentVersion = json["agent_version"]?.string
    agentModel = json["agent_model"]?.string
    title = json["title"]?.string
    start = time("timestamp_start")
    end = time("timestamp_end")
    lifecycle = json["lifecycle"]?.string ?? "provisional"
    stepCount = json["step_count"]?.int ?? 0
    toolCallCount = json["tool_call_count"]?.int ?? 0
    patchCount = json["patch_count"]?.int ?? 0
    filesTouched = json["files_touched"]?.array?.compactMap { $0.string } ?? []
    inputTokens = json["input_tokens"]?.int ?? 0
    outputTokens = json["output_tokens"]?.int ?? 0
    cacheReadTokens = json["cache_read_tokens"]?.int ?? 0
    cacheWriteTokens = json["cache_write_tokens"]?.int ?? 0
    estimatedCostUSD = json["estimated_cost_usd"]?.double
    damagedLines = json["damaged_lines"]?.int ?? 0
    forkedFrom = json["forked_from"]?.string
    baseCommit = json["base_commit"]?.string
  }
}

/// How much of a transcript file is stored, and how to tell that the file has only grown since.
public struct SourceState: Hashable, Sendable {
  /// Base name of the file the bytes came from.
  public var basename: String
  /// Bytes stored, over all segments.
  public var bytes: Int
  /// Number of segments.
  public var segments: Int
  /// ``StoredText/digest``; rows of earlier versions have none.
  public var digest: String?

  public init(basename: String, bytes: Int, segments: Int, digest: String?) {
    self.basename = basename
    self.bytes = bytes
    self.segments = segments
    self.digest = digest
  }

  var json: JSONValue {
    [
      "basename": .string(basename), "bytes": .int(bytes), "segments": .int(segments),
      "pieces_sha256": .optional(digest),
    ]
  }

  init?(json: JSONValue) {
    guard let basename = json["basename"]?.string, let bytes = json["bytes"]?.int,
      let segments = json["segments"]?.int
    else { return nil }
    self.init(basename: basename, bytes: bytes, segments: segments, digest: json["pieces_sha256"]?.string)
  }
}
