public import Basics

/// What a writer says of a new event; the log adds place, ids and hashes.
public struct TrailEventDraft: Hashable, Sendable {
  public var eventType: String
  public var eventTime: Timestamp
  /// Nil for events about the repository as a whole.
  public var traceID: String?
  public var generationIndex: Int?
  /// -1 stands for the state before the first step.
  public var stepIndex: Int?
  public var writer: String
  /// Never empty.
  public var captureMethod: [String]
  public var payload: JSONObject

  public init(
    eventType: String, eventTime: Timestamp, traceID: String? = nil, generationIndex: Int? = nil,
    stepIndex: Int? = nil, writer: String, captureMethod: [String], payload: JSONObject
  ) {
    self.eventType = eventType
    self.eventTime = eventTime
    self.traceID = traceID
    self.generationIndex = generationIndex
    self.stepIndex = stepIndex
    self.writer = writer
    self.captureMethod = captureMethod
    self.payload = payload
  }
}

/// Versions that every event carries inside its hash.
public enum TrailVersions {
  public static let schema = "0.9.0"
  public static let security = "0.8.0"
  public static let attribution = "0.1.0"
}

/// One immutable record of the Trail event log.
public struct TrailEvent: Hashable, Sendable {
  public let draft: TrailEventDraft
  /// 1-based and contiguous over the log.
  public let sequence: Int
  /// The id of the event before; nil for the first.
  public let previousEventID: String?
  public private(set) var batchID: String
  public let eventID: String
  /// `sha256:` and the hash of the payload's compact canonical JSON.
  public let contentHash: String
  public let schemaVersion: String
  public let securityVersion: String
  public let attributionVersion: String

  /// Numbers and hashes a draft.
  public init(_ draft: TrailEventDraft, sequence: Int, previousEventID: String?, batchID: String) {
    self.draft = draft
    self.sequence = sequence
    self.previousEventID = previousEventID
    self.batchID = batchID
    schemaVersion = TrailVersions.schema
    securityVersion = TrailVersions.security
    attributionVersion = TrailVersions.attribution
    let payload = CanonicalJSON.encode(.object(draft.payload))
    contentHash = "sha256:" + Digest.sha256Hex(payload)
    eventID = Self.eventID(
      draft, payload: payload, sequence: sequence, previous: previousEventID, contentHash: contentHash,
      versions: (TrailVersions.schema, TrailVersions.security, TrailVersions.attribution))
  }

  /// The same event as part of another batch: the batch is outside of its hash.
  public func inBatch(_ id: String) -> TrailEvent {
    var event = self
    event.batchID = id
    return event
  }

  public static func contentHash(of payload: JSONObject) -> String {
    "sha256:" + Digest.sha256Hex(CanonicalJSON.encode(.object(payload)))
  }

  /// The hash over everything but time, batch and writer.
  private static func eventID(
    _ draft: TrailEventDraft, payload: [UInt8], sequence: Int, previous: String?, contentHash: String,
    versions: (schema: String, security: String, attribution: String)
  ) -> String {
    let material: JSONObject = [
      "event_sequence": .int(sequence), "previous_event_id": .optional(previous),
      "trace_id": .optional(draft.traceID), "generation_index": .optional(draft.generationIndex),
      "step_index": .optional(draft.stepIndex), "capture_method": .strings(draft.captureMethod),
      "event_type": .string(draft.eventType),
      "content_hash": .string(contentHash), "SCHEMA_VERSION": .string(versions.schema),
      "SECURITY_VERSION": .string(versions.security), "ATTRIBUTION_VERSION": .string(versions.attribution),
    ]
    return "trailevent-sha256:"
      + Digest.sha256Hex(CanonicalJSON.encode(material, with: "payload", encoded: payload))
  }

  /// The id as it follows from this event's own fields; differs from ``eventID`` in a damaged log.
  public var recomputedEventID: String {
    Self.eventID(
      draft, payload: CanonicalJSON.encode(.object(draft.payload)), sequence: sequence,
      previous: previousEventID, contentHash: contentHash,
      versions: (schemaVersion, securityVersion, attributionVersion))
  }

  /// All 16 fields.
  public var json: JSONValue {
    [
      "event_id": .string(eventID), "event_sequence": .int(sequence),
      "event_time": .string(draft.eventTime.iso8601), "previous_event_id": .optional(previousEventID),
      "trace_id": .optional(draft.traceID), "generation_index": .optional(draft.generationIndex),
      "step_index": .optional(draft.stepIndex), "batch_id": .string(batchID), "writer": .string(draft.writer),
      "capture_method": .strings(draft.captureMethod), "event_type": .string(draft.eventType),
      "payload": .object(draft.payload), "content_hash": .string(contentHash),
      "SCHEMA_VERSION": .string(schemaVersion), "SECURITY_VERSION": .string(securityVersion),
      "ATTRIBUTION_VERSION": .string(attributionVersion),
    ]
  }

  /// Reads an event back; nil when a field is missing or of the wrong type. Checks no hash.
  public init?(json: JSONValue) {
    guard let type = json["event_type"]?.string, let sequence = json["event_sequence"]?.int,
      let eventID = json["event_id"]?.string, let payload = json["payload"]?.object,
      let time = json["event_time"]?.string.flatMap({ Timestamp($0) }),
      let methods = json["capture_method"]?.array?.compactMap({ $0.string }),
      let contentHash = json["content_hash"]?.string
    else { return nil }
    draft = TrailEventDraft(
      eventType: type, eventTime: time, traceID: json["trace_id"]?.string,
      generationIndex: json["generation_index"]?.int, stepIndex: json["step_index"]?.int,
      writer: json["writer"]?.string ?? "", captureMethod: methods, payload: payload)
    self.sequence = sequence
    self.eventID = eventID
    self.contentHash = contentHash
    previousEventID = json["previous_event_id"]?.string
    batchID = json["batch_id"]?.string ?? ""
    schemaVersion = json["SCHEMA_VERSION"]?.string ?? ""
    securityVersion = json["SECURITY_VERSION"]?.string ?? ""
    attributionVersion = json["ATTRIBUTION_VERSION"]?.string ?? ""
  }
}

extension TrailEventDraft {
  /// The form in which a draft waits in the spool.
  public var json: JSONValue {
    [
      "event_type": .string(eventType), "event_time": .string(eventTime.iso8601), "trace_id": .optional(traceID),
      "generation_index": .optional(generationIndex), "step_index": .optional(stepIndex),
      "writer": .string(writer), "capture_method": .strings(captureMethod), "payload": .object(payload),
    ]
  }

  /// Reads a spooled draft back; nil when a field is missing.
  public init?(json: JSONValue) {
    guard let type = json["event_type"]?.string, let time = json["event_time"]?.string.flatMap({ Timestamp($0) }),
      let methods = json["capture_method"]?.array?.compactMap({ $0.string }), let payload = json["payload"]?.object
    else { return nil }
    self.init(
      eventType: type, eventTime: time, traceID: json["trace_id"]?.string,
      generationIndex: json["generation_index"]?.int, stepIndex: json["step_index"]?.int,
      writer: json["writer"]?.string ?? "", captureMethod: methods, payload: payload)
  }
}
