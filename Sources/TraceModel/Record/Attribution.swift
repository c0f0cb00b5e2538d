public import Basics

/// Which lines of which files a session's tool calls wrote.
public struct Attribution: Sendable, Hashable, JSONRepresentable {
  public var experimental = true
  /// `{vcs_type, revision}`.
  public var revision: JSONObject?
  public var files: [AttributionFile] = []
  /// Changed files that no tool call explains.
  public var unaccountedFiles: [String]?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "attribution")
    experimental = try fields.bool("experimental") ?? true
    revision = try fields.object("revision")
    files = try fields.list("files")
    unaccountedFiles = try fields.optionalStrings("unaccounted_files")
  }

  public func toJSON() -> JSONValue {
    [
      "experimental": .bool(experimental), "revision": revision.map { .object($0) } ?? .null,
      "files": .list(files), "unaccounted_files": unaccountedFiles.map { .strings($0) } ?? .null,
    ]
  }
}

/// One file of an ``Attribution``.
public struct AttributionFile: Sendable, Hashable, JSONRepresentable {
  public var path: String
  public var conversations: [AttributionConversation] = []

  public init(path: String) { self.path = path }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "attribution_file")
    path = try fields.required("path")
    conversations = try fields.list("conversations")
  }

  public func toJSON() -> JSONValue {
    ["path": .string(path), "conversations": .list(conversations)]
  }
}

/// The lines of one file that one step wrote.
public struct AttributionConversation: Sendable, Hashable, JSONRepresentable {
  /// `{type: "ai", model_id}`.
  public var contributor = JSONObject()
  /// `opentraces://<trace id>/step_<n>`.
  public var url: String?
  public var ids: JSONObject?
  public var related: [JSONValue]?
  public var ranges: [AttributionRange] = []

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "attribution_conversation")
    contributor = try fields.object("contributor") ?? [:]
    url = try fields.string("url")
    ids = try fields.object("ids")
    related = try fields.array("related")
    ranges = try fields.list("ranges")
  }

  public func toJSON() -> JSONValue {
    [
      "contributor": .object(contributor), "url": .optional(url),
      "ids": ids.map { .object($0) } ?? .null, "related": related.map { .array($0) } ?? .null,
      "ranges": .list(ranges),
    ]
  }
}

/// A range of lines, 1-based and inclusive.
public struct AttributionRange: Sendable, Hashable, JSONRepresentable {
  public enum Confidence: String, Sendable, Hashable {
    case high, medium, low
  }

  public enum ChangeType: String, Sendable, Hashable {
    case addition, modification, deletion
  }

  public var startLine: Int
  public var endLine: Int
  /// `murmur3:<32 hex>`; see ``Murmur3``.
  public var contentHash: String?
  public var confidence: Confidence?
  public var changeType = ChangeType.addition
  public var original: JSONObject?
  public var contributor: JSONObject?

  public init(startLine: Int, endLine: Int) {
    self.startLine = startLine
    self.endLine = endLine
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "attribution_range")
    self.init(
      startLine: try fields.requiredInt("start_line"), endLine: try fields.requiredInt("end_line"))
    contentHash = try fields.string("content_hash")
    confidence = try fields.word("confidence")
    changeType = try fields.word("change_type") ?? .addition
    original = try fields.object("original")
    contributor = try fields.object("contributor")
  }

  public func toJSON() -> JSONValue {
    [
      "start_line": .int(startLine), "end_line": .int(endLine),
      "content_hash": .optional(contentHash), "confidence": .word(confidence),
      "change_type": .string(changeType.rawValue),
      "original": original.map { .object($0) } ?? .null,
      "contributor": contributor.map { .object($0) } ?? .null,
    ]
  }
}
