internal import Basics
internal import TraceAnalysis
internal import TraceModel

/// What `trace get --card` says: a session on one screen.
struct CardView {
  let record: TraceRecord
  let map: TraceMap

  private static let fileLimit = 8
  private static let stepLimit = 8
  private static let keyTypes: Set<ActionType> = [.userInstruction, .agentPlan, .fileEdit, .testRun, .finalResponse]

  private var files: [(path: String, count: Int)] {
    let all = map.nodes.filter { $0.type == .fileEdit || $0.type == .fileRead }.flatMap {
      $0.filesModified + $0.filesRead
    }
    return Dictionary(all.map { ($0, 1) }, uniquingKeysWith: +).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.fileLimit).map { (path: $0.key, count: $0.value) }
  }

  /// The first prompt and the last answer, and of what lies between as many as fit, evenly.
  private var keySteps: [MapNode] {
    let all = map.nodes.filter { Self.keyTypes.contains($0.type) }
    guard all.count > Self.stepLimit else { return all }
    return (0..<Self.stepLimit).map { all[$0 * (all.count - 1) / (Self.stepLimit - 1)] }
  }

  private var title: String {
    record.task.description.map { PreviewText.make($0, limit: 240) } ?? record.traceID
  }

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.trace.get.v1", "trace_id": .string(record.traceID),
      "card": [
        "title": .string(title),
        "agent": [
          "name": .string(record.agent.name), "version": .optional(record.agent.version),
          "model": .optional(record.agent.model),
        ],
        "step_count": .int(record.steps.count), "started_at": .optional(record.timestampStart),
        "ended_at": .optional(record.timestampEnd), "outcome": record.outcome.toJSON(),
        "files": .array(files.map { ["path": .string($0.path), "count": .int($0.count)] }),
        "key_steps": .array(
          keySteps.map {
            [
              "step_index": .int($0.step), "type": .string($0.type.rawValue), "node_id": .string($0.id),
              "preview": .string(PreviewText.make($0.text, limit: 160)),
            ]
          }),
        "refs": [
          "trace": .string("ot://trace/\(record.traceID)"), "map": .string("ot://trace/\(record.traceID)/map"),
        ],
      ],
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    var out = "\(style.trace("◆ t:" + record.traceID.prefix(8)))  "
    out += style.bold(TextWidth.cut(PrintableText.make(title), to: max(20, context.width - 14))) + "\n"
    for node in keySteps {
      let lead = "  @" + TextWidth.pad("\(node.step)", to: 5) + " " + TextWidth.pad(node.type.rawValue, to: 17)
      let text = PrintableText.make(PreviewText.make(node.text, limit: 160))
      out += style.dim(lead) + TextWidth.cut(text, to: max(16, context.width - 26)) + "\n"
    }
    for file in files {
      out += "  \(TextWidth.padLeft("\(file.count)", to: 5))  "
      out += style.path(TextWidth.cut(PrintableText.make(file.path), to: max(16, context.width - 10))) + "\n"
    }
    return out + "next: opentraces trace map \(record.traceID)\n"
  }
}
