internal import Basics
internal import TraceAnalysis
internal import TraceModel

/// Maps of sessions as JSON and text.
struct MapView {
  let map: TraceMap
  private static let schema = "opentraces.trace.map.v1"

  private static let sectionLimit = 24
  private static let landmarkLimit = 24
  private static let fileLimit = 20
  /// Landmarks, the most telling first.
  private static let landmarks: [ActionType] = [
    .errorSignal, .subagentCall, .gitAnchor, .finalResponse, .userInstruction,
  ]

  // MARK: The bounded view

  private var span: ClosedRange<Int>? {
    guard let first = map.nodes.map(\.startStep).min(), let last = map.nodes.map(\.endStep).max() else { return nil }
    return first...last
  }

  private var types: [(name: String, count: Int)] {
    Self.counted(map.nodes.map(\.type.rawValue))
  }

  private var files: [(name: String, count: Int)] {
    Array(Self.counted(map.nodes.flatMap { $0.filesModified + $0.filesRead }).prefix(Self.fileLimit))
  }

  private static func counted(_ names: [String]) -> [(name: String, count: Int)] {
    Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { (name: $0.key, count: $0.value) }
  }

  private var sections: [MapNode] { map.nodes.filter { $0.type == .userInstruction } }

  private var marks: (shown: [MapNode], total: Int) {
    let all = map.nodes.filter { Self.landmarks.contains($0.type) }
    let ranked = all.enumerated().sorted { a, b in
      (Self.landmarks.firstIndex(of: a.element.type) ?? 9, a.element.step, a.offset)
        < (Self.landmarks.firstIndex(of: b.element.type) ?? 9, b.element.step, b.offset)
    }
    let best = ranked.prefix(Self.landmarkLimit).sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
    return (best.map(\.element), all.count)
  }

  private var handoff: JSONValue {
    guard let span else { return .null }
    return [
      "command": .string(
        "trace slice \(map.traceID) --from-step \(span.lowerBound) --to-step \(span.upperBound)"),
      "from_step": .int(span.lowerBound), "to_step": .int(span.upperBound),
    ]
  }

  func bounded(full: Bool) -> JSONValue {
    let marks = marks
    var object: JSONObject = [
      "status": "ok", "schema_version": .string(Self.schema), "trace_id": .string(map.traceID),
      "scope": [
        "filters": [:], "node_count": .int(map.nodes.count),
        "span": span.map { ["from_step": .int($0.lowerBound), "to_step": .int($0.upperBound)] } ?? .null,
      ],
      "facets": [
        "type": .object(JSONObject(types.map { ($0.name, .int($0.count)) })),
        "file": .object(JSONObject(files.map { ($0.name, .int($0.count)) })),
      ],
      "sections": .array(
        sections.prefix(Self.sectionLimit).map {
          ["step": .int($0.step), "preview": .string(PreviewText.make($0.text, limit: 72))]
        }),
      "section_total": .int(sections.count),
      "landmarks": .array(
        marks.shown.map {
          [
            "step": .int($0.step), "type": .string($0.type.rawValue), "node_id": .string($0.id),
            "preview": .string(PreviewText.make($0.text, limit: 72)),
          ]
        }),
      "landmark_total": .int(marks.total), "handoff": handoff, "limitations": .strings(map.limitations),
    ]
    if full { object["map"] = mapJSON }
    return .object(object)
  }

  func selected(candidate: String?) -> JSONValue {
    [
      "status": "ok", "schema_version": .string(Self.schema), "trace_id": .string(map.traceID),
      "candidate_node_id": .optional(candidate), "map": mapJSON, "handoff": handoff,
    ]
  }

  var mapJSON: JSONValue {
    [
      "trace_id": .string(map.traceID), "root_node_ids": .strings(map.nodes.prefix(1).map(\.id)),
      "nodes": .array(map.nodes.indices.map(node)), "edges": .array(map.edges.map(edge)),
      "limitations": .strings(map.limitations),
    ]
  }

  private func node(_ at: Int) -> JSONValue {
    let node = map.nodes[at]
    return [
      "node_id": .string(node.id), "trace_id": .string(map.traceID), "unit_id": .string(node.unitID),
      "action_type": .string(node.type.rawValue), "step_index": .int(node.step),
      "start_step_index": .int(node.startStep), "end_step_index": .int(node.endStep), "parent_node_id": .null,
      "previous_node_id": .optional(at > 0 ? map.nodes[at - 1].id : nil),
      "next_node_id": .optional(at + 1 < map.nodes.count ? map.nodes[at + 1].id : nil),
      "tool_name": .optional(node.toolName), "files_read": .strings(node.filesRead),
      "files_modified": .strings(node.filesModified), "anchor_refs": .strings(node.anchorRefs),
      "signal_refs": .strings(node.signalRefs), "text_preview": .string(PreviewText.make(node.text, limit: 160)),
      "metadata": .object(node.metadata), "active_user_step": .optional(node.activeUserStep),
      "confidence": "deterministic",
    ]
  }

  private func edge(_ edge: TraceMap.Edge) -> JSONValue {
    [
      "edge_id": .string(edge.id), "trace_id": .string(map.traceID), "source_node_id": .string(edge.source),
      "target_node_id": .string(edge.target), "edge_type": "previous_next", "anchor_refs": [], "metadata": [:],
      "confidence": "deterministic",
    ]
  }

  // MARK: Text

  func boundedText(_ context: CommandContext) -> String {
    let style = context.style
    guard let span else { return "trace \(map.traceID) has no steps\n" }
    var out = "\(style.trace("trace " + map.traceID))  steps \(span.lowerBound)..\(span.upperBound)  "
    out += "nodes \(map.nodes.count)\n" + style.bold("TYPE:") + "\n"
    for type in types { out += "\(TextWidth.padLeft("\(type.count)", to: 5))  \(type.name)\n" }
    if !files.isEmpty { out += style.bold("FILE:") + "\n" }
    for file in files {
      out += "\(TextWidth.padLeft("\(file.count)", to: 5))  "
      out += style.path(TextWidth.cut(PrintableText.make(file.name), to: max(20, context.width - 8))) + "\n"
    }
    out += style.bold("SECTIONS (\(sections.count)):") + "\n"
    for node in sections.prefix(Self.sectionLimit) { out += line(node, context, showsType: false) }
    let marks = marks
    out += style.bold("LANDMARKS (\(marks.total), relevance-capped):") + "\n"
    for node in marks.shown { out += line(node, context, showsType: true) }
    return out + next
  }

  private func line(_ node: MapNode, _ context: CommandContext, showsType: Bool) -> String {
    let type = showsType ? TextWidth.pad(node.type.rawValue, to: 17) : ""
    let lead = "  @" + TextWidth.pad("\(node.step)", to: 5) + " "
    let painted = node.type == .errorSignal ? context.style.bad(type) : context.style.dim(type)
    let text = PrintableText.make(PreviewText.make(node.text, limit: 160))
    return lead + painted + TextWidth.cut(text, to: max(16, context.width - 9 - type.count)) + "\n"
  }

  func selectedText(_ context: CommandContext) -> String {
    map.nodes.map { node in
      let lead = "\(node.id)  \(TextWidth.pad(node.type.rawValue, to: 17))  "
      let text = PrintableText.make(PreviewText.make(node.text, limit: 160))
      return context.style.dim(lead) + TextWidth.cut(text, to: max(16, context.width - TextWidth.of(lead))) + "\n"
    }.joined() + next
  }

  private var next: String {
    guard let span else { return "" }
    return
      "next: opentraces trace slice \(map.traceID) --from-step \(span.lowerBound) --to-step \(span.upperBound)\n"
  }
}
