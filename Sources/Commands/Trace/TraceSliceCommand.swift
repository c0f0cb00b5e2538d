internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceAnalysis
internal import TraceModel

/// `trace slice`
struct TraceSliceCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "slice", abstract: "Cut parts out of a session, with their whole steps.")

  @Argument(help: "A trace.")
  var ref: String

  @Option(help: "bursts: one slice per change burst.")
  var template: String?

  @Option(help: ArgumentHelp("The first step; with --to-step.", valueName: "n"))
  var fromStep: Int?

  @Option(help: ArgumentHelp("The last step; with --from-step.", valueName: "n"))
  var toStep: Int?

  @Option(help: ArgumentHelp("Steps around this one.", valueName: "n"))
  var aroundStep: Int?

  @Option(help: ArgumentHelp("Steps around this patch, or node of the map.", valueName: "id"))
  var aroundPatch: String?

  @Option(help: "With --around-step and --around-patch: steps on either side (3).")
  var radius: Int?

  @OptionGroup var burstOptions: BurstOptions

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if let template, template != "bursts" { throw ValidationError("--template takes bursts, not '\(template)'") }
    if (fromStep == nil) != (toStep == nil) { throw ValidationError("--from-step and --to-step go together") }
    let modes = [template != nil, fromStep != nil, aroundStep != nil, aroundPatch != nil].count { $0 }
    if modes != 1 {
      throw ValidationError("give one of --template, --from-step with --to-step, --around-step and --around-patch")
    }
    if let fromStep, let toStep, fromStep > toStep { throw ValidationError("--from-step comes after --to-step") }
    if radius != nil && aroundStep == nil && aroundPatch == nil {
      throw ValidationError("--radius goes with --around-step and --around-patch")
    }
    try burstOptions.check(isAsked: template != nil)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reader = TraceReader(repository, command: "trace slice")
    let trace = try reader.resolve(ref)
    let survival = template == nil ? nil : burstOptions.survival(trace, repository)
    let record = try reader.read(trace)
    let map = TraceMap(record, rules: context.analysisRules)
    let reach = max(0, radius ?? 3)
    if let survival {
      let bursts = burstOptions.bursts(record, repository, context)
      let fates = try survival.value()
      let slices = bursts.enumerated().map { number, burst in
        SliceView.Part(
          slice: TraceSlice(record, source: .bursts, steps: burst.steps),
          metadata: [
            "template": "bursts", "burst_gap": .int(burstOptions.gap), "burst_ordinal": .int(number + 1),
            "burst": .object(BurstView.json(burst, fates)),
          ])
      }
      return SliceView(
        record: record, map: map, source: .bursts, parts: slices, burstGap: burstOptions.gap
      ).result(context)
    }
    let source: TraceSlice.Source
    let steps: ClosedRange<Int>
    var metadata: JSONObject = [:]
    if let fromStep, let toStep {
      (source, steps) = (.stepRange, max(0, fromStep)...max(0, toStep))
    } else if let aroundStep {
      (source, steps) = (.aroundStep, max(0, aroundStep - reach)...max(0, aroundStep + reach))
      metadata = ["center_step_index": .int(aroundStep), "radius": .int(reach)]
    } else {
      let name = aroundPatch ?? ""
      guard let node = map.nodes.first(where: { $0.isAbout(patch: name) }) else {
        throw UserFacingError.usage(
          "the trace has no patch \(name)", command: "trace slice",
          hint: "opentraces trace map \(record.traceID) --actions patch_created lists them")
      }
      (source, steps) = (.aroundPatch, max(0, node.step - reach)...max(0, node.step + reach))
      metadata = [
        "center_step_index": .int(node.step), "radius": .int(reach), "center_patch_ref": .string(name),
        "center_node_id": .string(node.id),
      ]
    }
    let part = SliceView.Part(slice: TraceSlice(record, source: source, steps: steps), metadata: metadata)
    return SliceView(record: record, map: map, source: source, parts: [part], burstGap: nil).result(context)
  }
}

extension MapNode {
  /// Whether a reference to a patch, or to this node, names it.
  fileprivate func isAbout(patch: String) -> Bool {
    let last = patch.split(separator: "/").last.map(String.init) ?? patch
    let bare = last.hasPrefix("tp:") ? String(last.dropFirst(3)) : last
    if id == patch || unitID == patch { return true }
    return bare.count >= 2 && metadata["trace_patch_id"]?.string?.hasPrefix(bare) == true
  }
}

/// What `trace slice`, and `trace get <id>:<a>-<b>`, say.
struct SliceView {
  struct Part {
    let slice: TraceSlice
    let metadata: JSONObject
  }

  let record: TraceRecord
  let map: TraceMap
  let source: TraceSlice.Source
  let parts: [Part]
  let burstGap: Int?

  func result(_ context: CommandContext) -> CommandResult { CommandResult(json: json, text: text(context)) }

  private var json: JSONValue {
    var object: JSONObject = [
      "status": "ok", "schema_version": "opentraces.trace.slice.v1", "trace_id": .string(record.traceID),
      "mode": .string(source.mode),
    ]
    if let burstGap {
      object["template"] = "bursts"
      object["burst_gap"] = .int(burstGap)
    }
    object["slices"] = .array(parts.map(slice))
    return .object(object)
  }

  private func slice(_ part: Part) -> JSONValue {
    let nodes = part.slice.map(of: map)
    func ids(_ type: ActionType) -> [String] {
      nodes.nodes.filter { $0.type == type }.compactMap { $0.metadata["trace_patch_id"]?.string }
    }
    return [
      "slice_id": .string(part.slice.id), "trace_id": .string(record.traceID),
      "generation_index": .int(part.slice.generation), "source": .string(part.slice.source.rawValue),
      "template": .optional(burstGap == nil ? nil : "bursts"),
      "start_step_index": .int(part.slice.steps.lowerBound), "end_step_index": .int(part.slice.steps.upperBound),
      "map": MapView(map: nodes).mapJSON,
      "steps": .array(part.slice.steps(of: record).map { $0.toJSON() }),
      "map_node_refs": .strings(nodes.nodes.map(\.id)), "trace_patch_refs": .strings(ids(.patchCreated)),
      "git_anchor_refs": .strings(ids(.gitAnchor)), "metadata": .object(part.metadata), "limitations": [],
    ]
  }

  private func text(_ context: CommandContext) -> String {
    guard !parts.isEmpty else { return "no change bursts\n" }
    return parts.map { part in
      let nodes = part.slice.map(of: map).nodes
      let patches = nodes.count { $0.type == .patchCreated }
      return
        "\(context.style.dim(part.slice.id))  steps \(part.slice.steps.lowerBound)..\(part.slice.steps.upperBound)  "
        + "nodes=\(nodes.count)  patches=\(patches)"
    }.joined(separator: "\n") + "\n"
  }
}
