internal import Basics
internal import TraceModel

/// What the lines of a transcript say about the session as a whole.
struct SessionFacts {
  var version: String?
  var slug: String?
  var model: String?
  var permissionMode: String?
  var directories: [String] = []
  var branches: [String] = []
  /// Given by the user.
  var title: String?
  var suggestedTitle: String?
  /// Titles of conversations by their last line. A file also names conversations of other files.
  var summaries: [(leaf: String?, text: String)] = []
  /// Whether there is a final line of a run without terminal.
  var hasResult = false
  var stopReason: String?
  var turnCount: Int?
  var durationMS: Double?
  var cost: Double?
  var modelUsage: JSONValue?
  var permissionDenials: JSONValue?
  var mcpServers: [String] = []
  var toolDefinitions: [JSONValue] = []
  var errors: [JSONValue] = []
  var compactions: [JSONValue] = []
  var turnSummaries: [JSONValue] = []
  var awaySummaries: [JSONValue] = []
  var pullRequests: [JSONValue] = []
  var queuedPrompts: [JSONValue] = []
  var hooks = HookFacts()
  var duplicateLines = 0
  private(set) var typeCounts: [String: Int] = [:]

  /// The title of the conversation with these entries.
  func title(of entries: [Entry]) -> String? {
    let leaves = Set(summaries.compactMap(\.leaf))
    let own = leaves.isEmpty ? [] : Set(entries.lazy.map(\.id).filter(leaves.contains))
    let summary = summaries.last { $0.leaf.map(own.contains) ?? false }?.text
    return title ?? summary ?? suggestedTitle
  }

  mutating func count(_ type: String) { typeCounts[type, default: 0] += 1 }

  /// Reads the members that stand on every line of a conversation.
  mutating func readEnvelope(_ view: JSONView) {
    version = view.nonEmpty("version") ?? version
    slug = view.nonEmpty("slug") ?? slug
    permissionMode = view.nonEmpty("permissionMode") ?? permissionMode
    if let cwd = view["cwd"], !cwd.isSame(as: directories.last) {
      note(cwd.string, in: \.directories)
    }
    if let branch = view["gitBranch"], !branch.isSame(as: branches.last) {
      note(branch.string, in: \.branches)
    }
  }

  private mutating func note(_ text: String?, in list: WritableKeyPath<SessionFacts, [String]>) {
    guard let text, !text.isEmpty else { return }
    self[keyPath: list].removeAll { $0 == text }
    self[keyPath: list].append(text)
  }

  /// Takes directories that earlier lines named: those named anew stay the last ones.
  mutating func adopt(directories earlier: [String]) {
    directories = earlier.filter { !directories.contains($0) } + directories
  }

  mutating func readSystem(_ view: JSONView, line: Int) {
    switch view.text("subtype") {
    case "init": readInit(view)
    case "compact_boundary": readCompaction(view)
    case "post_turn_summary": turnSummaries.append(view.owned())
    case "away_summary":
      awaySummaries.append([
        "content": .optional(view.text("content")), "timestamp": .optional(view.text("timestamp")),
      ])
    case "api_error": readError(view, line: line)
    default: break
    }
  }

  private mutating func readInit(_ view: JSONView) {
    model = view.text("model").map(MessageReader.qualified) ?? model
    permissionMode = view.text("permissionMode") ?? permissionMode
    version = view.text("version") ?? view.text("claude_code_version") ?? version
    note(view.text("cwd"), in: \.directories)
    mcpServers = view["mcp_servers"]?.elements.compactMap { $0.text("name") ?? $0.string } ?? []
    let tools = view["tools"] ?? view["tool_definitions"]
    toolDefinitions =
      tools?.elements.compactMap { tool in
        let name = tool.string ?? tool.text("name")
        return name.map {
          ["name": .string($0), "description": .string(tool.text("description") ?? "")]
        }
      } ?? toolDefinitions
  }

  private mutating func readCompaction(_ view: JSONView) {
    let details = view["compactMetadata"] ?? view["compact_metadata"]
    var event: JSONObject = [
      "trigger": .optional(details?.text("trigger")),
      "pre_tokens": .optional((details?["preTokens"] ?? details?["pre_tokens"])?.int),
    ]
    if let tokens = details?["postTokens"]?.int { event["post_tokens"] = .int(tokens) }
    compactions.append(.object(event))
  }

  private mutating func readError(_ view: JSONView, line: Int) {
    let error = view["error"]
    let inner = error?["error"]?["error"] ?? error?["error"]
    errors.append([
      "type": .optional(inner?.text("type")), "message": .optional(inner?.text("message")),
      "status": .optional(error?["status"]?.int), "timestamp": .optional(view.text("timestamp")),
      "line": .int(line),
    ])
  }

  /// Reads a line that is neither message, progress nor system.
  mutating func read(_ view: JSONView, type: String) {
    switch type {
    case "summary":
      if let text = view.text("summary") { summaries.append((view.text("leafUuid"), text)) }
    case "custom-title": title = view.text("customTitle") ?? view.text("title") ?? title
    case "ai-title": suggestedTitle = view.text("aiTitle") ?? view.text("title") ?? suggestedTitle
    case "result": readResult(view)
    case "permission-mode": permissionMode = view.text("permissionMode") ?? permissionMode
    case "cost-state": cost = view["totalCostUSD"]?.double ?? cost
    case "pr-link": readPullRequest(view)
    case "queue-operation": readQueue(view)
    case "opentraces_hook": hooks.read(view, compactions: &compactions)
    default: break
    }
  }

  private mutating func readPullRequest(_ view: JSONView) {
    pullRequests.append([
      "number": .optional(view["prNumber"]?.int), "url": .optional(view.text("prUrl")),
      "repository": .optional(view.text("prRepository")),
      "timestamp": .optional(view.text("timestamp")),
    ])
  }

  private mutating func readQueue(_ view: JSONView) {
    guard view["operation"]?.equals("enqueue") ?? false, let text = view.nonEmpty("content") else {
      return
    }
    queuedPrompts.append([
      "content": .string(TextLines.cut(text, to: ToolResultReader.contentLimit)),
      "timestamp": .optional(view.text("timestamp")),
    ])
  }

  /// The final line of a run without terminal.
  private mutating func readResult(_ view: JSONView) {
    hasResult = true
    let subtype = view.text("subtype") ?? ""
    let isError = subtype.hasPrefix("error")
    stopReason = isError ? subtype : view.text("stop_reason") ?? stopReason
    turnCount = view["num_turns"]?.int ?? turnCount
    durationMS = view["duration_ms"]?.double ?? durationMS
    cost = view["total_cost_usd"]?.double ?? view["cost_usd"]?.double ?? cost
    modelUsage = (view["modelUsage"] ?? view["model_usage"])?.owned() ?? modelUsage
    permissionDenials = view["permission_denials"]?.owned() ?? permissionDenials
    guard isError else { return }
    let messages = view["errors"]?.elements.compactMap(\.string) ?? []
    errors.append(["type": .string(subtype), "messages": .strings(messages)])
  }
}

extension JSONView {
  /// Compares without allocating when the string has no escapes.
  fileprivate func isSame(as text: String?) -> Bool {
    guard let text else { return false }
    return isEscaped ? string == text : rawText.elementsEqual(text.utf8)
  }
}

/// What capture hooks wrote into the transcript. Inputs and outputs of tools stand in the steps and
/// are not repeated.
struct HookFacts {
  var stops: [JSONValue] = []
  var lastGit: JSONValue?
  var before: [(String, JSONValue)] = []
  var after: [(String, JSONValue)] = []

  mutating func read(_ view: JSONView, compactions: inout [JSONValue]) {
    guard let data = view["data"] else { return }
    let time = JSONValue.optional(view.text("timestamp"))
    let call = data.text("tool_use_id")
    switch view.text("event") {
    case "PreToolUse":
      if let call { before.append((call, pick(data, ["tool", "trail"], time))) }
    case "PostToolUse":
      let keys: [StaticString] = [
        "tool", "file_path", "start_line", "end_line", "content_hash", "confidence",
        "capture_status", "limitations", "trail",
      ]
      if let call { after.append((call, pick(data, keys, time))) }
    case "Stop":
      stops.append(pick(data, ["permission_mode", "stop_hook_active", "git", "trail"], time))
      lastGit = data["git"]?.owned() ?? lastGit
    case "PostCompact":
      compactions.append([
        "trigger": "hook", "messages_removed": data["messages_removed"]?.owned() ?? .null,
        "messages_kept": data["messages_kept"]?.owned() ?? .null,
      ])
    default: break
    }
  }

  private func pick(_ data: JSONView, _ keys: [StaticString], _ time: JSONValue) -> JSONValue {
    var object: JSONObject = ["timestamp": time]
    for key in keys { object[key.description] = data[key]?.owned() }
    return .object(object)
  }
}
