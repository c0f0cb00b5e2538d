internal import Basics
internal import TraceModel

/// What the lines of a rollout say about the session as a whole.
struct RolloutFacts {
  /// The first `session_meta`.
  private(set) var head = SessionHead()
  private(set) var hasHead = false
  /// The settings of the last turn.
  private(set) var settings: JSONObject = [:]
  private(set) var model: String?
  /// From the environment that is shown to the model.
  private(set) var shownDirectory: String?
  private(set) var shell: String?
  private(set) var errors: [JSONValue] = []
  private(set) var lineCounts: [String: Int] = [:]
  private(set) var itemCounts: [String: Int] = [:]
  private(set) var eventCounts: [String: Int] = [:]
  private(set) var callCounts: [String: Int] = [:]
  private var compactedLines: [JSONValue] = []
  private var compactedEvents: [JSONValue] = []

  /// Each compaction once: it leaves a line, an event, or both.
  var compactions: [JSONValue] { compactedLines.isEmpty ? compactedEvents : compactedLines }

  mutating func count(_ type: String) { lineCounts[type, default: 0] += 1 }
  mutating func countItem(_ type: String) { itemCounts[type, default: 0] += 1 }
  mutating func countEvent(_ type: String) { eventCounts[type, default: 0] += 1 }
  mutating func countCall(_ name: String) { callCounts[name, default: 0] += 1 }

  mutating func readMeta(_ payload: JSONView) {
    guard !hasHead else { return }
    hasHead = true
    head = SessionHead(payload)
  }

  mutating func readContext(_ payload: JSONView) {
    model = payload.nonEmpty("model") ?? model
    settings = [:]
    for key in Self.settingKeys { settings[key.description] = payload[key]?.owned() }
    settings["sandbox_policy"] = (payload["sandbox_policy"]?["type"] ?? payload["sandbox_policy"]?["mode"])?.owned()
    if let text = payload.nonEmpty("user_instructions") {
      settings["turn_user_instructions"] = TextReference.json(text)
    }
  }

  private static let settingKeys: [StaticString] = [
    "turn_id", "cwd", "approval_policy", "effort", "permission_profile",
  ]

  mutating func readEnvironment(_ message: UserMessage) {
    guard shownDirectory == nil || shell == nil, message.isInjected, let text = message.text else { return }
    shownDirectory = shownDirectory ?? TextSearch.between("<cwd>", "</cwd>", in: text)
    shell = shell ?? TextSearch.between("<shell>", "</shell>", in: text)
  }

  mutating func readCompaction(_ payload: JSONView, _ place: RolloutPlace) {
    var event = Self.compaction("compacted", place)
    if let summary = payload.nonEmpty("message") { event["message"] = .string(TextLines.cut(summary, to: 10_000)) }
    compactedLines.append(.object(event))
  }

  mutating func noteCompaction(_ place: RolloutPlace) {
    compactedEvents.append(.object(Self.compaction("context_compacted", place)))
  }

  private static func compaction(_ event: String, _ place: RolloutPlace) -> JSONObject {
    [
      "trigger": .null, "source": "codex_cli_rollout", "event": .string(event),
      "timestamp": .optional(place.time?.iso8601), "line": .int(place.line),
    ]
  }

  mutating func readError(_ event: JSONView, type: String, _ place: RolloutPlace) {
    let info = event["codex_error_info"].flatMap { $0.string ?? $0.members.first { _ in true }?.key }
    errors.append([
      "type": .string(info ?? type), "message": .optional(event.text("message")),
      "timestamp": .optional(place.time?.iso8601), "line": .int(place.line),
    ])
  }
}

/// The head of a session.
struct SessionHead {
  var version: String?
  var originator: String?
  var provider: String?
  var model: String?
  var directory: String?
  var start: Timestamp?
  var commit: String?
  var branch: String?
  var repositoryURL: String?
  var instructions: String?
  var forkedFrom: String?
  /// Where the session was started from, such as `cli`.
  var source: JSONValue?
  var threadSource: JSONValue?
  var agentNickname: String?
  var agentRole: String?

  init() {}

  init(_ payload: JSONView) {
    version = payload.nonEmpty("cli_version")
    originator = payload.nonEmpty("originator")
    provider = payload.nonEmpty("model_provider")
    model = payload.nonEmpty("model")
    directory = payload.nonEmpty("cwd")
    start = payload.time()
    commit = payload["git"]?.nonEmpty("commit_hash")
    branch = payload["git"]?.nonEmpty("branch")
    repositoryURL = payload["git"]?.nonEmpty("repository_url")
    instructions = payload["base_instructions"]?.nonEmpty("text") ?? payload.nonEmpty("base_instructions")
    instructions = instructions ?? payload.nonEmpty("instructions")
    forkedFrom = payload.nonEmpty("forked_from_id")
    source = payload["source"]?.owned()
    threadSource = payload["thread_source"]?.owned()
    agentNickname = payload.nonEmpty("agent_nickname")
    agentRole = payload.nonEmpty("agent_role")
  }

  /// How a sub-agent's session was started; nil for a session of a user.
  var subagent: JSONObject? {
    guard let origin = source?["subagent"] ?? source?["sub_agent"] ?? source?["subAgent"] else { return nil }
    if let kind = origin.string { return ["kind": .string(kind)] }
    guard let (kind, value) = origin.object?.members.first.map({ ($0.key, $0.value) }) else { return [:] }
    var object: JSONObject = ["kind": .string(kind)]
    for member in value.object?.members ?? [] { object[member.key] = member.value }
    if value.object == nil { object["value"] = value }
    return object
  }
}

/// A text that is named by its digest and length only.
enum TextReference {
  static func json(_ text: String) -> JSONValue {
    ["sha256": .string(Digest.sha256Hex(text)), "chars": .int(text.unicodeScalars.count)]
  }
}
