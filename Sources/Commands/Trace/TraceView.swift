internal import Basics
internal import TraceModel

/// What `trace get <trace>` says.
struct TraceView {
  let record: TraceRecord
  let full: Bool

  private var files: [String] {
    var seen: Set<String> = []
    return record.patches.map(\.filePath).filter { seen.insert($0).inserted }
  }

  private var duration: Double? { record.metrics.totalDurationSeconds }

  var json: JSONValue {
    let id = record.traceID
    let overview: JSONValue = [
      "trace_id": .string(id), "session_id": .string(record.sessionID), "title": .optional(record.task.description),
      "summary": .optional(record.outcome.description),
      "agent": [
        "name": .string(record.agent.name), "version": .optional(record.agent.version),
        "model": .optional(record.agent.model),
      ],
      "step_count": .int(record.steps.count), "outcome": record.outcome.toJSON(),
      "files_touched": .strings(files.prefix(12)), "files_touched_count": .int(files.count),
      "duration_seconds": .optional(duration), "committed": .bool(record.outcome.committed),
      "commit_sha": .optional(record.outcome.commitSHA), "metrics": record.metrics.toJSON(),
      "refs": [
        "trace": .string("ot://trace/\(id)"), "map": .string("ot://trace/\(id)/map"),
        "card": .string("ot://trace/\(id)/card"),
      ],
    ]
    return [
      "status": "ok", "schema_version": "opentraces.trace.get.v1",
      "trace": full ? record.toJSON() : overview,
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    let metrics = record.metrics
    var out = "\(style.trace("◆ t:" + record.traceID.prefix(8)))  \(record.agent.name) \(record.agent.version ?? "")"
    out += "  \(style.dim(record.agent.model ?? ""))\n"
    if let title = record.task.description {
      let line = PreviewText.oneLine(PreviewText.redact(title))
      out += "  “\(TextWidth.cut(line, to: context.width - 6))”\n"
    }
    let calls = record.steps.reduce(0) { $0 + $1.toolCalls.count }
    out += "  session  \(record.sessionID)\n"
    out += "  when     \(record.timestampStart ?? "?") … \(record.timestampEnd ?? "?")\n"
    out += "  work     \(record.steps.count) steps, \(calls) tool calls, \(record.patches.count) patches\n"
    out += "  tokens   \(metrics.totalInputTokens) in, \(metrics.totalOutputTokens) out, "
    out += "\(metrics.totalCacheReadTokens) from cache"
    if let cost = metrics.estimatedCostUSD { out += ", about $\((cost * 100).rounded() / 100)" }
    out += "\n"
    for file in files.prefix(full ? files.count : 12) { out += "  \(style.path(file))\n" }
    if !full && files.count > 12 { out += style.dim("  … \(files.count - 12) more files: --full\n") }
    return out + "next: opentraces trail blame commit t:\(record.traceID.prefix(8))\n"
  }
}

/// What `trace get <trace>:<step>` says.
struct StepView {
  let traceID: String
  let step: Step

  init(record: TraceRecord, step number: Int?, ref: String) throws {
    traceID = record.traceID
    let wanted = number ?? record.steps.map(\.stepIndex).max() ?? 0
    guard let step = record.steps.first(where: { $0.stepIndex == wanted }) else {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "trace get", message: "trace \(record.traceID) has no step \(wanted)",
        hint: "it has \(record.steps.count) steps", exitCode: ExitStatus.notFound)
    }
    self.step = step
  }

  private func preview(_ text: String?, _ length: Int) -> String {
    let line = (text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard line.unicodeScalars.count > length else { return line }
    return String(String.UnicodeScalarView(line.unicodeScalars.prefix(length - 3))) + "..."
  }

  var json: JSONValue {
    let calls = step.toolCalls.prefix(8).map { call -> JSONValue in
      let input = String(decoding: CanonicalJSON.encode(.object(call.input)), as: UTF8.self)
      return [
        "tool_name": .string(call.toolName), "tool_call_id": .string(call.toolCallID),
        "input_preview": .string(preview(input, 120)),
      ]
    }
    let total = step.observations.reduce(0) { $0 + ($1.content?.unicodeScalars.count ?? 0) }
    return [
      "status": "ok", "schema_version": "opentraces.trace.get.v1", "trace_id": .string(traceID),
      "step": [
        "step_index": .int(step.stepIndex), "role": .string(step.role.rawValue),
        "call_type": .optional(step.callType?.rawValue), "agent_role": .optional(step.agentRole),
        "model": .optional(step.model), "timestamp": .optional(step.timestamp),
        "content_preview": .string(preview(step.content, 240)),
        "content_chars": .int(step.content?.unicodeScalars.count ?? 0),
        "reasoning_present": .bool(step.reasoningContent != nil), "tool_calls": .array(calls),
        "tool_call_count": .int(step.toolCalls.count),
        "observations": [
          "count": .int(step.observations.count), "total_chars": .int(total),
          "first_error": .optional(step.observations.compactMap(\.error).first),
        ],
        "token_usage": step.tokenUsage.toJSON(), "context_node_id": .optional(step.contextNodeID),
      ],
      "next_steps": .strings(["trail track \(traceID) --step \(step.stepIndex)"]),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    var out = "\(style.trace("◆ t:\(traceID.prefix(8)):\(step.stepIndex)"))  \(style.bold(step.role.rawValue))"
    out += "  \(style.dim([step.agentRole, step.model, step.timestamp].compactMap { $0 }.joined(separator: "  ")))\n"
    if let content = step.content, !content.isEmpty { out += content + "\n" }
    for call in step.toolCalls {
      let input = String(decoding: CanonicalJSON.encode(.object(call.input)), as: UTF8.self)
      out += "  \(style.bold(call.toolName))  \(TextWidth.cut(preview(input, 400), to: context.width - 6))\n"
      for observation in step.observations where observation.sourceCallID == call.toolCallID {
        let text = preview(observation.outputSummary ?? observation.content, 400)
        let error = observation.error.map { style.bad($0) + "  " } ?? ""
        out += "    \(error)\(style.dim(TextWidth.cut(text, to: context.width - 8)))\n"
      }
    }
    return out
  }
}
