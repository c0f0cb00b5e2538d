public import Basics

/// One turn of a session: a prompt, or an answer with the tool calls it makes.
public struct Step: Sendable, Hashable, JSONRepresentable {
  public enum Role: String, Sendable, Hashable {
    case system, user, agent
  }

  public enum CallType: String, Sendable, Hashable {
    case main, subagent, warmup
  }

  /// 1-based and without gaps.
  public var stepIndex: Int
  public var role: Role
  public var content: String?
  public var reasoningContent: String?
  public var model: String?
  public var systemPromptHash: String?
  /// `main`, or the kind of sub-agent; nil for prompts.
  public var agentRole: String?
  /// The step that started this sub-agent.
  public var parentStep: Int?
  public var callType: CallType?
  /// The file stem of the sub-agent's transcript, on the step that started it.
  public var subagentTrajectoryRef: String?
  /// Names of the tools called in this step, in order, with repeats.
  public var toolsAvailable: [String] = []
  public var toolCalls: [ToolCall] = []
  public var observations: [Observation] = []
  public var snippets: [Snippet] = []
  public var tokenUsage = TokenUsage()
  /// ISO 8601, UTC.
  public var timestamp: String?
  public var contextNodeID: String?

  public init(stepIndex: Int, role: Role) {
    self.stepIndex = stepIndex
    self.role = role
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "step")
    self.init(
      stepIndex: try fields.requiredInt("step_index"), role: try fields.requiredWord("role"))
    content = try fields.string("content")
    reasoningContent = try fields.string("reasoning_content")
    model = try fields.string("model")
    systemPromptHash = try fields.string("system_prompt_hash")
    agentRole = try fields.string("agent_role")
    parentStep = try fields.int("parent_step")
    callType = try fields.word("call_type")
    subagentTrajectoryRef = try fields.string("subagent_trajectory_ref")
    toolsAvailable = try fields.strings("tools_available")
    toolCalls = try fields.list("tool_calls")
    observations = try fields.list("observations")
    snippets = try fields.list("snippets")
    tokenUsage = try fields.part("token_usage") ?? tokenUsage
    timestamp = try fields.string("timestamp")
    contextNodeID = try fields.string("context_node_id")
  }

  public func toJSON() -> JSONValue {
    [
      "step_index": .int(stepIndex), "role": .string(role.rawValue), "content": .optional(content),
      "reasoning_content": .optional(reasoningContent), "model": .optional(model),
      "system_prompt_hash": .optional(systemPromptHash), "agent_role": .optional(agentRole),
      "parent_step": .optional(parentStep), "call_type": .word(callType),
      "subagent_trajectory_ref": .optional(subagentTrajectoryRef),
      "tools_available": .strings(toolsAvailable), "tool_calls": .list(toolCalls),
      "observations": .list(observations), "snippets": .list(snippets),
      "token_usage": tokenUsage.toJSON(), "timestamp": .optional(timestamp),
      "context_node_id": .optional(contextNodeID),
    ]
  }
}

/// Tokens of one step.
public struct TokenUsage: Sendable, Hashable, JSONRepresentable {
  public var inputTokens = 0
  public var outputTokens = 0
  public var cacheReadTokens = 0
  public var cacheWriteTokens = 0
  public var prefixReuseTokens = 0

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "token_usage")
    inputTokens = try fields.count("input_tokens")
    outputTokens = try fields.count("output_tokens")
    cacheReadTokens = try fields.count("cache_read_tokens")
    cacheWriteTokens = try fields.count("cache_write_tokens")
    prefixReuseTokens = try fields.count("prefix_reuse_tokens")
  }

  public func toJSON() -> JSONValue {
    [
      "input_tokens": .int(inputTokens), "output_tokens": .int(outputTokens),
      "cache_read_tokens": .int(cacheReadTokens), "cache_write_tokens": .int(cacheWriteTokens),
      "prefix_reuse_tokens": .int(prefixReuseTokens),
    ]
  }
}
