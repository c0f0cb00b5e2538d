internal import Basics
internal import TraceAnalysis

/// What `trace partition` says.
struct PartitionView {
  let traceID: String
  let slicer: Slicer
  let judge: String
  let partition: Partition

  private static let schema = "opentraces.slicing.v1"
  private static let requestSchema = "opentraces.slicing.needs_judgment.v1"
  private static let judgmentSchema = "opentraces.slicing.judgment.v1"

  private var tiling: Tiling { Tiling(partition.trajectories, total: partition.total) }

  var json: JSONValue {
    var object: JSONObject = [
      "schema_version": .string(Self.schema), "status": "ok", "trace_id": .string(traceID),
      "slicer": .string(slicer.rawValue), "tier": .string(slicer.tier), "judge": .string(judge),
      "total_steps": .int(partition.total),
      "trajectories": .array(
        partition.trajectories.map {
          [
            "start": .int($0.start), "end": .int($0.end), "kind": .string(slicer.kind), "label": .string($0.label),
            "label_source": .string($0.labelSource.rawValue),
          ]
        }),
      "tiling": [
        "valid": .bool(tiling.isValid), "coverage": .double(tiling.coverage), "gaps": .int(tiling.gaps),
        "overlaps": .int(tiling.overlaps),
      ],
    ]
    if !partition.ignored.isEmpty { object["answers_ignored"] = .strings(partition.ignored) }
    return .object(object)
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    var out = "\(style.bold(slicer.rawValue)) (\(slicer.tier)): \(partition.trajectories.count) trajectories over "
    out += "\(partition.total) steps — coverage \(tiling.coverage) gaps \(tiling.gaps) overlaps \(tiling.overlaps)\n"
    let width = String(partition.total).count * 2 + 4
    for part in partition.trajectories {
      let span = TextWidth.pad("[\(part.start)..\(part.end)]", to: width)
      let label = TextWidth.cut(PrintableText.make(part.label), to: max(16, context.width - width - 18))
      out += "  \(style.trace(span)) \(style.dim(TextWidth.pad(slicer.kind, to: 12)))  \(label)\n"
    }
    if !partition.ignored.isEmpty {
      out += style.dim("answers to requests that there are not: \(partition.ignored.joined(separator: ", "))\n")
    }
    return out
  }

  private static let instruction =
    "Answer each request with one of its decisions, write {\"answers\": [{\"id\": \"…\", \"decision\": \"…\", "
    + "\"confidence\": 0.9}]} to a file, and run the command again with --answers FILE."

  /// Asks for the judgments that are missing.
  func request(_ context: CommandContext) -> CommandResult {
    let requests = partition.open.map { request -> JSONValue in
      let decisions = JSONValue.strings(request.kind.decisions)
      return [
        "id": .string(request.id), "kind": .string(request.kind.rawValue),
        "window": [.int(request.window.lowerBound), .int(request.window.upperBound)],
        "candidate_step": .int(request.candidate), "prompt": .string(request.prompt),
        "answer_schema": ["decision": decisions, "confidence": "float 0..1"],
      ]
    }
    let json: JSONValue = [
      "schema_version": .string(Self.requestSchema), "status": "needs_judgment", "trace_id": .string(traceID),
      "slicer": .string(slicer.rawValue), "tier": .string(slicer.tier), "total_steps": .int(partition.total),
      "judgment_schema_version": .string(Self.judgmentSchema), "judgment_requests": .array(requests),
      "instruction": .string(Self.instruction),
    ]
    if !context.isJSON {
      for request in partition.open {
        context.warn(
          "\(request.id) (\(request.kind.decisions.joined(separator: " | ")))\n\(request.prompt)\n")
      }
      context.warn(Self.instruction)
    }
    return CommandResult(json: json, text: "", exitCode: ExitStatus.needsJudgment)
  }
}
