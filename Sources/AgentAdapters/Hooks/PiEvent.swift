public import Basics

/// An event that Pi's extension reports.
public struct PiEvent: Sendable {
  /// Why an event can't be taken, in a sentence.
  public struct Problem: Error, Hashable, Sendable {
    public let message: String
    public init(_ message: String) { self.message = message }
  }

  /// A provider's request or answer as it went over the wire. Not part of ``line``.
  public struct RawBody: Sendable {
    public let key: String
    public let bytes: [UInt8]
  }

  public let name: String
  public let sessionID: String
  public let directory: String
  /// `pi-` and 24 hexadecimal digits that follow from the event, its time left out: one that is sent twice has the same.
  public let id: String
  /// The session's file, the tool call and what it may change.
  public let payload: HookPayload
  public let rawBodies: [RawBody]
  /// Whether the extension was told to keep raw bodies.
  public let keepsRawBodies: Bool
  /// The members of the event, its data without what stands in the session's file and without raw bodies.
  private let members: JSONObject
  private let data: JSONObject

  /// The names that are known.
  public static let names: Set<String> = [
    "session_start", "session_shutdown", "agent_start", "agent_end", "active_leaf", "tool_pre", "tool_post",
    "provider_request", "context", "model_change", "thinking_change", "tree", "compaction", "user_bash", "setup_status",
    "pi_capture_boundary_timeout",
  ]

  private static let rawKeys = [
    "raw_provider_payload", "raw_provider_request", "raw_provider_response", "raw_body", "body",
  ]
  /// What is kept of an event's data: facts, numbers and hashes. Inputs, answers and prompts stand in the session's file.
  private static let keptKeys: Set<String> = [
    "reason", "tools", "message_count", "messages_sha256", "provider", "model_id", "source", "level", "previous_level",
    "payload_sha256", "payload_bytes", "old_leaf_id", "new_leaf_id", "tokens_before", "first_kept_entry_id",
    "from_extension", "tool_name", "is_error", "input_truncated", "exclude_from_context", "event", "waited_ms",
    optInKey,
  ]
  private static let optInKey = "raw_provider_bodies_opt_in"

  /// - Throws: ``Problem``.
  public init(_ bytes: [UInt8]) throws {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: bytes)
    } catch {
      throw Problem("the event is no JSON: \(error)")
    }
    guard let object = json.object else { throw Problem("the event is no JSON object") }
    func text(_ key: String) -> String? { object[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    guard let name = text("event") else { throw Problem("the event has no name: 'event' is missing") }
    guard Self.names.contains(name) else { throw Problem("unsupported Pi sidecar event '\(name)'") }
    guard let sessionID = text("session_id") else { throw Problem("'session_id' is missing") }
    guard let directory = text("cwd") else { throw Problem("'cwd' is missing") }
    if let sequence = object["sequence"], !sequence.isNull, sequence.int == nil {
      throw Problem("'sequence' is no integer")
    }
    let data = object["data"].flatMap { $0.isNull ? nil : $0 } ?? [:]
    guard let data = data.object else { throw Problem("'data' is no object") }
    self.name = name
    self.sessionID = sessionID
    self.directory = directory
    id = object["event_id"]?.string ?? Self.id(of: object, data)
    keepsRawBodies = data[Self.optInKey]?.bool ?? false
    rawBodies = Self.rawKeys.compactMap { key in
      data[key].map { RawBody(key: key, bytes: $0.string.map { Array($0.utf8) } ?? CanonicalJSON.encode($0)) }
    }
    self.data = JSONObject(
      data.members.filter { Self.keptKeys.contains($0.key) && Self.isPlain($0.value) }.map { ($0.key, $0.value) })
    members = object
    var payload = HookPayload(session: sessionID, kept: [:])
    payload.transcriptPath = text("session_file")
    payload.directory = directory
    payload.toolCallID = text("tool_call_id")
    payload.toolName = data["tool_name"]?.string
    (payload.reach, payload.mentioned) = Self.reach(of: payload.toolName, data["input"], directory)
    self.payload = payload
  }

  private static func id(of object: JSONObject, _ data: JSONObject) -> String {
    var material: JSONObject = ["data": .object(data)]
    for key in ["session_id", "sequence", "event", "entry_id", "tool_call_id"] { material[key] = object[key] ?? .null }
    return "pi-" + Digest.sha256Hex(CanonicalJSON.encode(.object(material))).prefix(24)
  }

  /// Whether a value is a fact rather than a structure that could hold anything: no object, and no list of such.
  private static func isPlain(_ value: JSONValue) -> Bool {
    value.object == nil && (value.array ?? []).allSatisfy { $0.object == nil && $0.array == nil }
  }

  private static let readers: Set<String> = ["read", "grep", "find", "ls"]

  private static func reach(
    of tool: String?, _ input: JSONValue?, _ directory: String
  ) -> (HookPayload.Reach, [String]) {
    guard let tool, !readers.contains(tool), !tool.hasPrefix("ot_") else { return (.nothing, []) }
    if ["edit", "write"].contains(tool), let path = (input?["path"] ?? input?["file_path"])?.string, !path.isEmpty {
      return (PiPath.absolute(path, directory: directory).map { .files([$0]) } ?? .anything, [])
    }
    return (.anything, input?["command"]?.string.map(HookPayload.words) ?? [])
  }

  /// The journal's line: schema `opentraces.pi.sidecar.v1`.
  ///
  /// - Parameter bodies: what became of each raw body.
  public func line(time: Timestamp, bodies: JSONObject) -> JSONValue {
    func member(_ key: String) -> JSONValue {
      members[key].flatMap { Self.isPlain($0) && $0.array == nil ? $0 : nil } ?? .null
    }
    var data = data
    if !bodies.isEmpty { data["raw_provider_body_refs"] = .object(bodies) }
    return [
      "schema_version": "opentraces.pi.sidecar.v1", "type": "opentraces_pi_event", "event": .string(name),
      "event_id": .string(id), "sequence": member("sequence"), "session_id": .string(sessionID),
      "session_file": member("session_file"), "cwd": .string(directory), "entry_id": member("entry_id"),
      "leaf_id": member("leaf_id"), "turn_index": member("turn_index"), "tool_call_id": member("tool_call_id"),
      "timestamp": .string(member("timestamp").string ?? time.iso8601), "final": .bool(member("final").bool ?? false),
      "data": .object(data),
    ]
  }
}
