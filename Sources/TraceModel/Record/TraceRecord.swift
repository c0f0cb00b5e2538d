public import Basics

/// One agent session, or one generation of it, as it is stored: one JSON object per line.
///
/// Every field is always written, empty ones included, in the order they are declared in here.
public struct TraceRecord: Sendable, Hashable {
  /// The version this code writes.
  public static let currentSchemaVersion = "0.9.0"

  public enum ExecutionContext: String, Sendable, Hashable {
    case devtime, runtime
  }

  public enum Lifecycle: String, Sendable, Hashable {
    /// Not yet tied to a revision.
    case provisional
    /// At least one patch was found in a commit.
    case final
  }

  /// Kept as it was found when an older record is read.
  public var schemaVersion = Self.currentSchemaVersion
  /// Opaque; ``TraceID`` makes it, any text is accepted.
  public var traceID: String
  /// The agent's own session id.
  public var sessionID: String
  /// Filled only when the record is serialised for storage; see ``computedContentHash``.
  public var contentHash: String?
  /// ISO 8601, UTC.
  public var timestampStart: String?
  public var timestampEnd: String?
  public var executionContext: ExecutionContext?
  public var task = SessionTask()
  public var agent: AgentIdentity
  public var environment = SessionEnvironment()
  /// Key: the first 16 hex digits of the SHA-256 of the text.
  public var systemPrompts = JSONObject()
  /// `{name, description}` entries.
  public var toolDefinitions: [JSONValue] = []
  public var steps: [Step] = []
  public var outcome = Outcome()
  /// Sorted unique package names without versions.
  public var dependencies: [String] = []
  public var metrics = Metrics()
  public var security = SecurityMetadata()
  public var attribution: Attribution?
  public var lifecycle = Lifecycle.provisional
  /// Counted from 1 by capture; a later generation replaces the earlier ones of its session.
  public var generationIndex = 0
  public var patches: [Patch] = []
  public var gitLinks: [GitLink] = []
  public var contextTreeSummary = JSONObject()
  public var metadata = JSONObject()

  public init(traceID: String, sessionID: String, agent: AgentIdentity) {
    self.traceID = traceID
    self.sessionID = sessionID
    self.agent = agent
  }
}

extension TraceRecord: JSONRepresentable {
  /// Reads a record of any schema version, migrating it in memory.
  public init(json: JSONValue) throws {
    let fields = try Fields(RecordMigration.migrate(json), "record")
    self.init(
      traceID: try fields.required("trace_id"), sessionID: try fields.required("session_id"),
      agent: try fields.part("agent") ?? { throw RecordError(.missing, field: "agent.name") }())
    schemaVersion = try fields.string("schema_version") ?? Self.currentSchemaVersion
    contentHash = try fields.string("content_hash")
    timestampStart = try fields.string("timestamp_start")
    timestampEnd = try fields.string("timestamp_end")
    executionContext = try fields.word("execution_context")
    lifecycle = try fields.word("lifecycle") ?? .provisional
    generationIndex = try fields.count("generation_index")
    try fields.check(generationIndex >= 0, "generation_index")
    try readParts(fields)
  }

  private mutating func readParts(_ fields: Fields) throws {
    task = try fields.part("task") ?? task
    environment = try fields.part("environment") ?? environment
    systemPrompts = try fields.object("system_prompts") ?? [:]
    toolDefinitions = try fields.array("tool_definitions") ?? []
    steps = try fields.list("steps")
    outcome = try fields.part("outcome") ?? outcome
    dependencies = try fields.strings("dependencies")
    metrics = try fields.part("metrics") ?? metrics
    security = try fields.part("security") ?? security
    attribution = try fields.part("attribution")
    patches = try fields.list("patches")
    gitLinks = try fields.list("git_links")
    contextTreeSummary = try fields.object("context_tree_summary") ?? [:]
    metadata = try fields.object("metadata") ?? [:]
  }

  public func toJSON() -> JSONValue {
    [
      "schema_version": .string(schemaVersion), "trace_id": .string(traceID),
      "session_id": .string(sessionID), "content_hash": .optional(contentHash),
      "timestamp_start": .optional(timestampStart), "timestamp_end": .optional(timestampEnd),
      "execution_context": .word(executionContext), "task": task.toJSON(),
      "agent": agent.toJSON(), "environment": environment.toJSON(),
      "system_prompts": .object(systemPrompts), "tool_definitions": .array(toolDefinitions),
      "steps": .list(steps), "outcome": outcome.toJSON(), "dependencies": .strings(dependencies),
      "metrics": metrics.toJSON(), "security": security.toJSON(),
      "attribution": .part(attribution), "lifecycle": .string(lifecycle.rawValue),
      "generation_index": .int(generationIndex), "patches": .list(patches),
      "git_links": .list(gitLinks), "context_tree_summary": .object(contextTreeSummary),
      "metadata": .object(metadata),
    ]
  }

  /// SHA-256 (hex) of the record without `content_hash` and `trace_id`: keys sorted at every level,
  /// `, ` and `: ` as separators, everything outside ASCII escaped. Cost: the size of the record.
  public var computedContentHash: String {
    guard var object = toJSON().object else { return "" }
    object["content_hash"] = nil
    object["trace_id"] = nil
    return Digest.sha256Hex(CanonicalJSON.encode(.object(object), form: .spacedASCII))
  }

  /// The record as one line of a file of records, without line feed, its content hash filled in.
  public func storedLine() -> [UInt8] {
    var copy = self
    copy.contentHash = computedContentHash
    return CanonicalJSON.line(copy.toJSON())
  }
}
