public import Basics

/// A reference to a trace, a step, a patch and so on, as it stands in events and envelopes.
public struct ObjectRef: Sendable, Hashable {
  /// How ``id`` is to be read.
  public enum IDFormat: String, Sendable, Hashable {
    case digest, uuid
    case traceID = "trace_id"
    case traceScoped = "trace_scoped"
    case gitOID = "git_oid"
    case providerScoped = "provider_scoped"
  }

  public var kind: String
  public var id: String
  public var idFormat: IDFormat
  /// The `ot://` address.
  public var ref: String
  /// A prefix, `:` and the first 8 characters of the id.
  public var displayID: String
  public var algorithm: String?
  public var canonicalization: String?
  public var provider: String?
  public var relation: String?
  public var repoRef: String?
  public var parentRef: String?
  public var index: Int?

  public init(kind: String, id: String, idFormat: IDFormat, ref: String, displayID: String) {
    self.kind = kind
    self.id = id
    self.idFormat = idFormat
    self.ref = ref
    self.displayID = displayID
  }

  public func toJSON() -> JSONValue {
    var object: JSONObject = [
      "kind": .string(kind), "id": .string(id), "id_format": .string(idFormat.rawValue),
      "ref": .string(ref), "display_id": .string(displayID),
    ]
    let rest = [
      ("algorithm", algorithm), ("canonicalization", canonicalization), ("provider", provider),
      ("relation", relation), ("repo_ref", repoRef), ("parent_ref", parentRef),
    ]
    for case (let key, let value?) in rest { object[key] = .string(value) }
    object["index"] = index.map { .int($0) }
    return .object(object)
  }

  /// Returns the reference with its relation to the object that holds it.
  public func related(as relation: String) -> ObjectRef {
    var copy = self
    copy.relation = relation
    return copy
  }
}

extension ObjectRef {
  public static func trace(_ id: String) -> ObjectRef {
    ObjectRef(
      kind: "trace", id: id, idFormat: TraceID.isUUID(id) ? .uuid : .traceID,
      ref: TraceAddress.trace(id).text, displayID: DisplayID.trace(id))
  }

  public static func sourceSession(_ id: String) -> ObjectRef {
    ObjectRef(
      kind: "source_session", id: id, idFormat: .providerScoped,
      ref: TraceAddress.sourceSession(id).text, displayID: DisplayID.make("s", id))
  }

  /// A step of a trace, 1-based.
  public static func step(_ index: Int, of trace: String) -> ObjectRef {
    let id = "step_\(index)"
    var ref = ObjectRef(
      kind: "step", id: id, idFormat: .traceScoped,
      ref: TraceAddress.step(trace: trace, step: id).text, displayID: DisplayID.make("step", id))
    ref.parentRef = TraceAddress.trace(trace).text
    ref.index = index
    return ref
  }

  /// A content-addressed object.
  public static func object(_ kind: DigestKind, _ id: String) -> ObjectRef {
    var ref = ObjectRef(
      kind: kind.rawValue, id: id, idFormat: .digest, ref: TraceAddress.digest(kind, id).text,
      displayID: DisplayID.make(kind.displayPrefix, id))
    ref.algorithm = "sha256"
    ref.canonicalization = kind.canonicalization
    return ref
  }

  /// A commit of the repository at hand; a 64-digit id is a SHA-256 one.
  public static func commit(_ id: String) -> ObjectRef {
    var ref = ObjectRef(
      kind: "git_commit", id: id, idFormat: .gitOID, ref: TraceAddress.commit(id).text,
      displayID: DisplayID.make("c", id))
    ref.algorithm = GitObjectID.algorithm(of: id)
    return ref
  }
}

/// Object ids of git inside payloads: `{algo, hex}`.
public enum GitObjectID {
  static func algorithm(of hex: String) -> String { hex.utf8.count == 64 ? "sha256" : "sha1" }

  public static func toJSON(_ hex: String) -> JSONValue {
    ["algo": .string(algorithm(of: hex)), "hex": .string(hex)]
  }

  /// The payload form, or null when there is no object.
  public static func toJSON(_ hex: String?) -> JSONValue {
    guard let hex else { return .null }
    return toJSON(hex)
  }
}
