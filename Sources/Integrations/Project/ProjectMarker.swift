public import Basics

/// The file `.opentraces.json` at the root of a worktree: the identity and the policies of a project.
///
/// Reading changes nothing. Writing keeps members that this version does not know.
public struct ProjectMarker: Sendable {
  public static let fileName = ".opentraces.json"

  private static let order = [
    "marker_version", "project_id", "excluded", "review_policy", "remotes", "active_remote", "default_visibility",
    "agents", "post_processors", "root_commit_sha", "first_run_backfill_decision",
  ]

  /// The members as they were read, under their present names.
  public private(set) var members: JSONObject

  /// A marker for a project that has none yet.
  public init(projectID: String, agents: [AgentName], rootCommit: String?) {
    members = [
      "marker_version": "2", "project_id": .string(projectID), "review_policy": "review", "remotes": [:],
      "active_remote": nil, "default_visibility": "private", "agents": .strings(agents.map(\.rawValue)),
    ]
    if let rootCommit { members["root_commit_sha"] = .string(rootCommit) }
  }

  init(members: JSONObject) { self.members = members }

  /// Reads the marker of a worktree.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: ``IntegrationError`` `CORRUPT_MARKER`.
  public static func read(worktree: String) throws -> ProjectMarker? {
    let path = worktree + "/" + fileName
    guard let bytes = try Files.readIfPresent(path) else { return nil }
    return try ProjectMarker(parsing: bytes, path: path)
  }

  init(parsing bytes: [UInt8], path: String) throws {
    let value: JSONValue
    do { value = try JSONValue(parsing: bytes) } catch let error as JSONError {
      throw IntegrationError.corruptMarker(path, error.message)
    }
    guard let object = value.object else { throw IntegrationError.corruptMarker(path, "it holds no object") }
    members = object
    if let id = object["project_id"], !id.isNull, !Self.isProjectID(id.string ?? "") {
      throw IntegrationError.corruptMarker(path, "project_id is not 32 hexadecimal digits")
    }
    adoptOldNames()
  }

  static func isProjectID(_ text: String) -> Bool { text.utf8.count == 32 && Hex.decode(Array(text.utf8)) != nil }

  private mutating func adoptOldNames() {
    for old in ["tier", "mode"] {
      if members["review_policy"] == nil { members["review_policy"] = members[old] }
      members[old] = nil
    }
    guard let url = members["remote"]?.string else { return }
    if members["remotes"] == nil {
      let visibility = members["visibility"]?.string ?? "private"
      members["remotes"] = ["origin": ["url": .string(url), "visibility": .string(visibility)]]
      members["active_remote"] = "origin"
    }
    members["remote"] = nil
    members["visibility"] = nil
  }

  // MARK: Members

  /// 32 hexadecimal digits; nil in a marker that only excludes.
  public var projectID: String? {
    get { members["project_id"]?.string }
    set { members["project_id"] = newValue.map { .string($0) } }
  }

  public var isExcluded: Bool {
    get { members["excluded"]?.bool ?? false }
    set { members["excluded"] = newValue ? true : nil }
  }

  /// `review` or `auto`.
  public var reviewPolicy: String {
    get {
      let auto: Set = ["auto", "auto-ready", "auto_ready"]
      return auto.contains(members["review_policy"]?.string ?? "") ? "auto" : "review"
    }
    set { members["review_policy"] = .string(newValue) }
  }

  public var agents: [AgentName] {
    get { AgentName.list((members["agents"]?.array ?? []).compactMap(\.string)) }
    set { members["agents"] = .strings(newValue.map(\.rawValue)) }
  }

  public var activeRemote: String? { members["active_remote"]?.string }

  public var rootCommit: String? {
    get { members["root_commit_sha"]?.string }
    set { members["root_commit_sha"] = newValue.map { .string($0) } }
  }

  /// `Y`, `declined` or `never`; nil when nobody was asked.
  public var backfillDecision: String? {
    get { members["first_run_backfill_decision"]?.string }
    set { members["first_run_backfill_decision"] = newValue.map { .string($0) } }
  }

  /// Any member by its name; setting nil removes it.
  public subscript(key: String) -> JSONValue? {
    get { members[key] }
    set { members[key] = newValue }
  }

  // MARK: Writing

  /// The text of the file: known members in their order, then the others as they stood.
  public var text: [UInt8] {
    var ordered = JSONObject()
    for key in Self.order { ordered[key] = members[key] }
    for member in members.members where !Self.order.contains(member.key) { ordered[member.key] = member.value }
    return CanonicalJSON.pretty(.object(ordered))
  }

  /// Writes the marker of a worktree, unless it already reads so. Returns whether it wrote.
  @discardableResult
  public func write(worktree: String) throws -> Bool {
    let path = worktree + "/" + Self.fileName
    if try Files.readIfPresent(path) == text { return false }
    try Files.writeAtomically(text, to: path)
    return true
  }
}

/// The names of projects.
public enum ProjectIdentity {
  /// A new random identity: 32 hexadecimal digits of a version 4 UUID.
  public static func mint() -> String {
    var bytes = RandomBytes.make(16)
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return Hex.encode(bytes)
  }

  /// The directory's name in lower case, everything but letters and digits as `-`, and the start of the identity.
  public static func slug(worktree: String, projectID: String) -> String {
    var name = ""
    for byte in Paths.name(worktree).lowercased().utf8 {
      let isWord = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
      if isWord { name.unicodeScalars.append(Unicode.Scalar(byte)) } else if name.last != "-" { name.append("-") }
    }
    let trimmed = name.drop { $0 == "-" }.prefix(48)
    let end = trimmed.last == "-" ? trimmed.dropLast() : trimmed
    return "\(end.isEmpty ? "project" : end)-\(projectID.prefix(8))"
  }
}
