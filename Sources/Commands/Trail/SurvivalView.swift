internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// What `trail track` says of patches.
struct SurvivalView {
  let survivals: [PatchSurvival]
  let head: ObjectID?
  let historyLimit: Int

  private static let schema = "opentraces.trail.track.v1"

  func json(_ survival: PatchSurvival) -> JSONValue {
    let selected = survival.selected
    let current = Self.current(survival, head: head)
    let changes = survival.observations.enumerated().compactMap { number, seen in
      selected.map { anchor -> JSONValue in
        var object = Self.observation(survival, anchor.anchor, seen, seen.state, head: head)
        object["observation_sequence"] = .int(number)
        return .object(object)
      }
    }
    let perAnchor = survival.anchors.enumerated().map { number, anchor -> JSONValue in
      var object = Self.observation(survival, anchor.anchor, anchor.observation, anchor.state, head: head)
      object["anchor_trail_index"] = .int(number)
      return .object(object)
    }
    return [
      "schema_version": .string(Self.schema), "trace_id": .string(survival.traceID),
      "trace_patch_id": .string(survival.patchID), "step_index": .int(survival.step),
      "git_anchor_id": .optional(selected?.anchor.id),
      "relation": .string(selected == nil ? "unknown" : "patch_trail_observed"),
      "path": .string(survival.path.description), "current_survival": .object(current),
      "current_observations": .array(perAnchor), "observations": .array(changes),
      "observation_scope": "anchor_to_head", "history_limit": .int(historyLimit),
      "trail_limitations": .strings(survival.limitations), "event_log_ref": .string(StoreRefs.events),
      "phase4_survival_states": .strings(SurvivalState.allCases.map(\.rawValue)),
      "reserved_survival_states": [],
      "cache": [
        "hit": false,
        "key": ["trace_patch_id": .string(survival.patchID), "observed_head_sha": .optional(head?.hex)],
      ],
    ]
  }

  /// A patch that is not known.
  func unknown(_ id: String) -> JSONValue {
    [
      "schema_version": .string(Self.schema), "trace_patch_id": .string(id), "git_anchor_id": .null,
      "relation": "unknown", "current_survival": ["survival_state": "unknown"], "current_observations": [],
      "observations": [], "observation_scope": "anchor_to_head", "history_limit": .int(historyLimit),
      "trail_limitations": ["no_trace_patch_event"], "event_log_ref": .string(StoreRefs.events),
    ]
  }

  /// How a patch is at HEAD.
  static func current(_ survival: PatchSurvival, head: ObjectID?) -> JSONObject {
    var current: JSONObject = ["survival_state": .string(survival.state.rawValue)]
    if let selected = survival.selected {
      let seen = survival.current ?? selected.observation
      current = observation(survival, selected.anchor, seen, survival.state, head: head)
      current["selected_observation_index"] = .int(max(0, survival.observations.count - 1))
    }
    current["aggregation"] = "any_alive_anchor_wins"
    return current
  }

  private static func observation(
    _ survival: PatchSurvival, _ anchor: Anchor, _ seen: SurvivalObservation?, _ state: SurvivalState, head: ObjectID?
  ) -> JSONObject {
    func rounded(_ value: Double?) -> JSONValue { .optional(value.map { ($0 * 1000).rounded() / 1000 }) }
    let isOver = state == .lost || state == .reverted || state == .repaired
    return [
      "observation_type": "patch_survival_observed", "git_anchor_id": .string(anchor.id),
      "trace_patch_id": .string(anchor.patchID), "anchor_commit_id": .string(anchor.commit.hex),
      "observed_commit_id": .optional(seen?.commit.hex), "observed_head_id": .optional(head?.hex),
      "path": .string(anchor.path.description), "range": Anchor.json(anchor.range),
      "evidence_tier": .string(anchor.tier.rawValue), "evidence_firmness": .string(anchor.firmness.rawValue),
      "survival_state": .string(state.rawValue), "retention_fraction": rounded(seen?.retention),
      "retention_fraction_at_original_range": rounded(seen?.exactRetention),
      "retention_fraction_at_anchor": rounded(seen?.retention),
      "preserved_line_count": .optional(seen?.preserved), "authored_line_count": .optional(seen?.authored),
      "current_path": .optional(seen?.path?.description), "lost_kind": .optional(isOver ? survival.lostKind : nil),
      "lost_at_commit_sha": .optional(isOver ? survival.lostAt?.hex : nil),
      "revert_commit_id": .optional(isOver ? survival.revertCommit?.hex : nil),
      "repair_committers": .strings(isOver ? survival.repairers : []), "limitations": .strings(survival.limitations),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard !survivals.isEmpty else { return "(no patches)\n" }
    var lines = survivals.map { line($0, context) }
    let alive = survivals.filter { $0.state.isAlive }.count
    if survivals.count > 1 {
      lines += ["", "\(style.bold("\(alive)")) of \(survivals.count) patches are alive at HEAD"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ survival: PatchSurvival, _ context: CommandContext) -> String {
    let style = context.style
    let state = survival.state
    let glyph =
      state.isAlive
      ? style.good(state.glyph) : state == .lost || state == .reverted ? style.bad(state.glyph) : style.dim(state.glyph)
    let share = survival.current?.retention.map { "\(Int(($0 * 100).rounded()))%" } ?? "-"
    let selected = survival.selected
    let landed = selected.map { style.commit("c:" + $0.anchor.commit.short) } ?? style.dim("no commit ")
    let range = selected?.anchor.range.map { ":\($0.lowerBound)" } ?? ""
    let path = (survival.current?.path ?? survival.path).description + range
    return "\(glyph) \(TextWidth.pad(state.rawValue, to: 19)) \(TextWidth.padLeft(share, to: 4))  "
      + "tp:\(survival.patchID.prefix(8))  \(style.trace("t:" + survival.traceID.prefix(8)))  \(landed)  "
      + style.path(TextWidth.cut(path, to: max(16, context.width - 68)))
  }
}

/// What `trail track <trace>` says.
struct TimelineView {
  let traceID: String
  let events: [TrailEvent]

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.trail_timeline.v1", "trace_id": .string(traceID),
      "event_log_ref": .string(StoreRefs.events), "event_count": .int(events.count),
      "timeline": .array(events.map(entry)),
      "limitations": events.isEmpty ? ["missing_trace_events"] : [],
    ]
  }

  private func entry(_ event: TrailEvent) -> JSONValue {
    var object: JSONObject = [
      "event_sequence": .int(event.sequence), "event_time": .string(event.draft.eventTime.iso8601),
      "event_type": .string(event.draft.eventType), "trace_id": .optional(event.draft.traceID),
      "generation_index": .optional(event.draft.generationIndex), "step_index": .optional(event.draft.stepIndex),
      "step_id": .optional(event.draft.stepIndex.map { "s\($0)" }),
      "capture_method": .strings(event.draft.captureMethod),
    ]
    for key in ["trace_patch_id", "git_anchor_id", "tool_call_id", "file_path", "path", "evidence_tier"] {
      if let value = event.draft.payload[key] { object[key] = value }
    }
    for key in ["commit", "old_commit", "new_commit"] {
      if let commit = event.draft.payload[key + "_id"]?["hex"] { object[key + "_sha"] = commit }
    }
    return .object(object)
  }

  func text(_ context: CommandContext, table: Bool) -> String {
    let style = context.style
    guard !events.isEmpty else { return "(no events of t:\(traceID.prefix(8)))\n" }
    var lines = ["\(style.trace("◆ t:" + traceID.prefix(8)))  \(events.count) events"]
    var lastStep: Int?
    for event in events {
      let payload = event.draft.payload
      let path = payload["file_path"]?.string ?? payload["path"]?.string ?? ""
      let step = event.draft.stepIndex
      let isAnchor = event.draft.eventType == "git_anchor_created"
      let what =
        isAnchor ? "landed in \(commit("commit_id", payload, style))" : word(event, style)
      let label = step.map { "s\($0)" } ?? ""
      let lead = table ? " " : step == lastStep ? "│" : isAnchor ? "╰" : "├"
      lines.append(
        " \(lead) \(TextWidth.pad(label, to: 6)) \(style.dim(time(event)))  \(TextWidth.pad(what, to: 20))  "
          + style.path(TextWidth.cut(path, to: max(16, context.width - 56))))
      lastStep = step
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func time(_ event: TrailEvent) -> String {
    event.draft.eventTime.dateText + " " + event.draft.eventTime.timeText
  }

  private func commit(_ key: String, _ payload: JSONObject, _ style: Style) -> String {
    style.commit("c:" + (payload[key]?["hex"]?.string ?? "").prefix(8))
  }

  private func word(_ event: TrailEvent, _ style: Style) -> String {
    switch event.draft.eventType {
    case "trace_patch_created": "wrote"
    case "git_anchor_superseded": "rewritten as \(commit("new_commit_id", event.draft.payload, style))"
    default: event.draft.eventType
    }
  }
}
