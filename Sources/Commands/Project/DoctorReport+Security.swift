internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import TraceModel

/// The security tools, and the model that reviews.
extension DoctorReport {
  mutating func addSecurity() throws {
    var tools: [JSONValue] = []
    for tool in ToolName.allCases {
      let info = settings.info(tool)
      let state = info["state"]?.string ?? "disabled"
      let isBroken = state == "missing" || state == "unreachable"
      let detail = info["detail"]?.string
      let enable = info["setup_cmd"]?.string ?? "opentraces bucket security policy --tool \(tool.rawValue) --enable"
      let disable = info["disable_cmd"]?.string ?? "opentraces bucket security policy --tool \(tool.rawValue) --disable"
      tools.append([
        "name": .string(tool.displayName), "tool": .string(tool.rawValue), "state": .string(state),
        "detail": .optional(detail), "enable_cmd": .string(enable), "disable_cmd": .string(disable),
        "blocks": .bool(isBroken),
      ])
      security.rows.append(
        Row(
          mark: isBroken ? .bad : state == "enabled" ? .good : .none, label: tool.rawValue, value: state,
          detail: detail ?? ""))
      if isBroken {
        fail(
          "opentraces security tools info \(tool.rawValue)",
          "\(tool.rawValue) is on and can't run, so nothing can be cleared: set it up, or turn it off with \(disable)")
      }
    }
    tools.append(addReview())
    let marker = try repository.flatMap { try Enrolment($0).marker }
    let review = marker?.reviewPolicy
    tools.append([
      "name": "Human review",
      "state": .string(review.map { $0 == "auto" ? "not-required" : "required" } ?? "not-initialized"),
      "detail": .null, "review_policy": .optional(review),
    ])
    json["security"] = [
      "version": .string(TrailVersions.security), "tools": .array(tools),
      "classifier_sensitivity": .string(settings.options.sensitivity), "review_policy": .optional(review),
      "blocked_reasons": ["parse_error", "trufflehog_finding"],
    ]
    let hog = settings.info(.trufflehog)
    json["trufflehog"] = [
      "enabled": hog["enabled"] ?? false, "binary_version": hog["detail"] ?? .null, "status": hog["state"] ?? .null,
    ]
    sections.append(security)
  }

  /// Seconds that the model is waited for.
  private static let patience = 5.0

  private mutating func addReview() -> JSONValue {
    let model = settings.endpoint("llm_review")
    let isOn = settings.isEnabled(section: "llm_review")
    let reach = isOn ? model.reach(within: Self.patience) : nil
    let state = reach.map { $0.isReachable ? "enabled" : "unreachable" } ?? "disabled"
    var json: JSONObject = [
      "enabled": .bool(isOn), "status": .string(state), "api_format": .string(model.format.rawValue),
      "backend": .string(model.label), "model": .string(model.model), "base_url": .string(model.baseURL),
      "api_key_env": .string(model.keyVariable),
    ]
    if let reach { json["reachable"] = .bool(reach.isReachable) }
    self.json["llm_review"] = .object(json)
    security.rows.append(
      Row(
        mark: reach.map { $0.isReachable ? .good : .bad } ?? .none, label: "llm review", value: state,
        detail: isOn
          ? "\(model.label) / \(model.model)" + (state == "unreachable" ? ": \(reach?.message ?? "")" : "") : ""))
    if state == "unreachable" {
      fail("opentraces setup llm-review --test", "the reviewing model does not answer: \(reach?.message ?? "")")
    }
    return [
      "name": "LLM trace review", "state": .string(state),
      "detail": .string("\(model.format.rawValue) / \(model.model)"),
      "enable_cmd": "opentraces setup llm-review", "disable_cmd": "opentraces setup llm-review --disable",
      "api_format": .string(model.format.rawValue), "backend": .string(model.label), "model": .string(model.model),
      "base_url": .string(model.baseURL), "api_key_env": .string(model.keyVariable),
      "probe_status": .string(reach == nil ? "not_run" : state), "reachable": .optional(reach?.isReachable),
    ]
  }
}
