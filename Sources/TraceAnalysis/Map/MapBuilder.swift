internal import Basics
internal import TraceModel

/// Makes the nodes of a session's map, in the order of its steps.
struct MapBuilder {
  private let record: TraceRecord
  private let rules: AnalysisRules
  private let paths: RecordPaths
  private var found: [MapNode] = []
  private(set) var limitations: [String] = []
  private var ordinal = 0
  private var trailOrdinal = 0
  private let lastAgentText: Int?
  private let patches: [Int: [Patch]]

  init(_ record: TraceRecord, rules: AnalysisRules) {
    self.record = record
    self.rules = rules
    paths = RecordPaths(record)
    let steps = record.steps
    lastAgentText = steps.lastIndex { $0.role == .agent && !($0.content ?? "").isEmpty }
    patches =
      rules == .peer ? [:] : Dictionary(grouping: record.patches.filter { $0.stepIndex != nil }) { $0.stepIndex ?? 0 }
  }

  mutating func nodes() -> [MapNode] {
    let order = record.steps.enumerated().sorted {
      ($0.element.stepIndex, $0.offset) < ($1.element.stepIndex, $1.offset)
    }
    for (position, step) in order { add(step, isLastText: position == lastAgentText) }
    if paths.root == nil, found.contains(where: { ($0.filesRead + $0.filesModified).contains { $0.hasPrefix("/") } }) {
      limitations.append("path_normalization_failed")
    }
    var active: Int?
    for at in found.indices {
      if found[at].type == .userInstruction { active = found[at].step }
      found[at].activeUserStep = active
    }
    return found
  }

  private mutating func add(_ step: Step, isLastText: Bool) {
    let first = found.count
    if let text = step.content, !text.isEmpty {
      if step.role == .user {
        append(.userInstruction, step, unit: "step:\(step.stepIndex)", text)
      } else if step.role == .agent {
        append(
          isLastText ? .finalResponse : Self.isPlan(text) ? .agentPlan : .agentMessage, step,
          unit: "step:\(step.stepIndex)", text)
      }
    }
    for call in step.toolCalls { add(call, step) }
    for observation in step.observations { add(observation, step) }
    for patch in patches[step.stepIndex] ?? [] { add(patch, step) }
    for at in first..<found.count where step.callType == .subagent {
      found[at].metadata["call_type"] = "subagent"
      found[at].metadata["parent_step"] = .optional(step.parentStep)
      found[at].metadata["agent_role"] = .optional(step.agentRole)
    }
  }

  private static func isPlan(_ text: String) -> Bool {
    let lower = text.lowercased()
    return lower.contains("plan:") || lower.hasPrefix("plan\n") || lower.contains("- ")
  }

  @discardableResult
  private mutating func append(_ type: ActionType, _ step: Step, unit: String, _ text: String) -> Int {
    ordinal += 1
    let trace = record.traceID
    found.append(
      MapNode(
        id: "tmn:\(trace):\(ordinal)", unitID: "tu:\(trace):\(unit)", type: type, step: step.stepIndex, text: text))
    return found.count - 1
  }

  private mutating func add(_ call: ToolCall, _ step: Step) {
    let use = ToolUse(call, rules: rules)
    let at = append(type(of: use), step, unit: "tool:\(call.toolCallID)", text(of: use))
    found[at].toolName = call.toolName
    found[at].metadata["tool_call_id"] = .string(call.toolCallID)
    set(use.readFiles, \.filesRead, "files_read_absolute", at)
    set(use.modifiedFiles, \.filesModified, "files_modified_absolute", at)
    if use.isTest { found[at].signalRefs = ["signal:\(record.traceID):tool:\(call.toolCallID):test_command_seen"] }
    guard found[at].type == .subagentCall else { return }
    let dispatch = ["subagent_type", "description", "prompt"].compactMap { key in
      call.input[key]?.string.map { (key, JSONValue.string($0)) }
    }
    if !dispatch.isEmpty { found[at].metadata["subagent_dispatch"] = .object(JSONObject(dispatch)) }
  }

  private mutating func set(
    _ files: [String], _ key: WritableKeyPath<MapNode, [String]>, _ absolute: String, _ at: Int
  ) {
    guard !files.isEmpty else { return }
    found[at][keyPath: key] = files.map { paths.relative($0) }
    let known = files.compactMap { paths.absolute($0) }
    if !known.isEmpty { found[at].metadata[absolute] = .strings(known) }
  }

  private func type(of use: ToolUse) -> ActionType {
    switch use.kind {
    case .edit: .fileEdit
    case .read, .search: .fileRead
    case .shell: use.isTest ? .testRun : .toolCall
    case .subagent: .subagentCall
    case .skill: .skillInvocation
    case .other: .toolCall
    }
  }

  private func text(of use: ToolUse) -> String {
    let name = use.call.toolName
    if let command = use.command { return command }
    if let file = use.input("file_path", "file") { return "\(name) \(file)" }
    if let words = use.input("description", "prompt") { return "\(name): \(words)" }
    return name
  }

  private mutating func add(_ observation: Observation, _ step: Step) {
    let isError = !(observation.error ?? "").isEmpty
    let at = append(
      isError ? .errorSignal : .toolResult, step, unit: "observation:\(observation.sourceCallID)", observation.digest)
    found[at].metadata["source_call_id"] = .string(observation.sourceCallID)
  }

  /// A patch of a step, and where it landed.
  private mutating func add(_ patch: Patch, _ step: Step) {
    let trace = record.traceID
    func node(_ type: ActionType, _ unit: String, _ text: String) -> MapNode {
      trailOrdinal += 1
      return MapNode(
        id: "tmn:\(trace):trail:\(trailOrdinal)", unitID: "tu:\(trace):\(unit)", type: type, step: step.stepIndex,
        text: text)
    }
    var created = node(.patchCreated, "patch:\(patch.patchID)", patch.filePath)
    created.filesModified = [patch.filePath]
    created.metadata = ["trace_patch_id": .string(patch.patchID)]
    guard let anchor = patch.anchor, let commit = anchor.commitSHA else {
      found.append(created)
      return
    }
    let landing: JSONObject = [
      "trace_patch_id": .string(patch.patchID), "commit_sha": .string(commit),
      "evidence_tier": .optional(anchor.evidenceTier?.rawValue),
      "evidence_firmness": .optional(anchor.evidenceFirmness?.rawValue),
    ]
    created.metadata = landing
    found.append(created)
    var landed = node(.gitAnchor, "git-anchor:\(patch.patchID)", "\(patch.filePath) in \(commit.prefix(8))")
    landed.filesModified = [patch.filePath]
    landed.anchorRefs = [commit]
    landed.metadata = landing
    found.append(landed)
  }
}
