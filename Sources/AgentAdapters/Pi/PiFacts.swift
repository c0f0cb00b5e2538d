internal import Basics
internal import TraceModel

/// What the lines of a session file say about the session as a whole.
struct PiFacts {
  var id: String?
  /// Nil in files of version 1.
  var version: Int?
  var created: Timestamp?
  var directories: [String] = []
  /// The model of the first prompt; only the first version tells.
  var model: String?
  /// The file whose entries were copied into this one.
  var parentSession: String?
  var title: String?
  /// By entry.
  var labels = JSONObject()
  var branchSummaries: [JSONValue] = []
  var compactions: [JSONValue] = []
  var modelChanges: [JSONValue] = []
  var thinkingLevels: [JSONValue] = []
  var duplicateLines = 0
  private(set) var typeCounts: [String: Int] = [:]
  /// Messages apart by role.
  private(set) var roleCounts: [String: Int] = [:]

  /// The id of the session that this one was copied from.
  var parentID: String? {
    guard let parentSession else { return nil }
    let name = parentSession.split { $0 == "/" || $0 == "\\" }.last.map { String($0) } ?? parentSession
    let stem = name.hasSuffix(".jsonl") ? String(name.dropLast(6)) : name
    return stem.split(separator: "_").last.map { String($0) }
  }

  mutating func count(_ type: String, role: String?) {
    typeCounts[type, default: 0] += 1
    roleCounts[role.map { "\(type)/\($0)" } ?? type, default: 0] += 1
  }

  mutating func readHeader(_ view: JSONView) {
    id = id ?? view.nonEmpty("id")
    version = version ?? view["version"]?.int
    created = created ?? view.time()
    parentSession = parentSession ?? view.nonEmpty("parentSession") ?? view.nonEmpty("branchedFrom")
    model = model ?? PiMessageReader.model(provider: view.nonEmpty("provider"), name: view.nonEmpty("modelId"))
    if let directory = view.nonEmpty("cwd"), !directories.contains(directory) { directories.append(directory) }
  }

  mutating func readCompaction(_ view: JSONView, id: String, firstKept: String?, _ time: Timestamp?) {
    var event: JSONObject = [
      "entry_id": .string(id), "timestamp": .optional(time?.iso8601),
      "pre_tokens": .optional(view["tokensBefore"]?.int), "first_kept_entry_id": .optional(firstKept),
      "summary": .optional(text(view, "summary")),
    ]
    if view.flag("fromHook") { event["trigger"] = "hook" }
    compactions.append(.object(event))
  }

  /// Reads an entry that takes no part in the conversation.
  mutating func read(_ view: JSONView, type: String, id: String, _ time: Timestamp?) {
    switch type {
    case "session_info": title = view.nonEmpty("name") ?? title
    case "label":
      if let target = view.nonEmpty("targetId") { labels[target] = view.nonEmpty("label").map { .string($0) } }
    case "branch_summary":
      branchSummaries.append([
        "entry_id": .string(id), "from_id": .optional(view.text("fromId")),
        "summary": .optional(text(view, "summary")), "timestamp": .optional(time?.iso8601),
      ])
    case "thinking_level_change":
      thinkingLevels.append([
        "level": .optional(view.text("thinkingLevel")), "timestamp": .optional(time?.iso8601),
      ])
    default: break
    }
  }

  private func text(_ view: JSONView, _ key: StaticString) -> String? {
    view.text(key).map { TextLines.cut($0, to: ToolResultReader.contentLimit) }
  }
}
