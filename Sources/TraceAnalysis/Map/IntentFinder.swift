internal import Basics
internal import TraceModel

/// What people asked for before a burst of changes.
struct IntentFinder {
  let map: TraceMap
  let record: TraceRecord
  let rules: AnalysisRules

  func intent(of burst: ChangeBurst) -> BurstIntent {
    var intent = BurstIntent()
    let prompts = map.nodes.filter {
      $0.type == .userInstruction && $0.step <= burst.steps.lowerBound && !isImageOnly($0.text)
    }
    for prompt in prompts {
      if Trigger.isTrigger(prompt.text, rules: rules) {
        intent.trigger = StepText.cut(prompt.text, to: 200)
      } else {
        intent.specs.append((prompt.step, StepText.cut(prompt.text, to: 500)))
      }
    }
    if let dispatch = subagent(of: burst) {
      intent.specs = [dispatch.spec]
      intent.trigger = nil
      intent.subagent = dispatch.call
    }
    let trigger = prompts.last { Trigger.isTrigger($0.text, rules: rules) }
    intent.step = intent.specs.last?.step ?? trigger?.step
    intent.text = intent.specs.last?.text ?? intent.trigger
    return intent
  }

  private func isImageOnly(_ text: String) -> Bool {
    var text = StepText.trimmed(text)
    guard text.hasPrefix("[Image") else { return text.isEmpty }
    while text.hasPrefix("[Image"), let end = text.firstIndex(of: "]") {
      text = StepText.trim(text[text.index(after: end)...])
    }
    return text.isEmpty
  }

  /// The call that sent the sub-agent which made all edits of a burst.
  private func subagent(of burst: ChangeBurst) -> (spec: (step: Int, text: String), call: JSONObject)? {
    let ids = Set(burst.nodes)
    let edits = map.nodes.filter { ids.contains($0.id) && $0.type == .fileEdit }
    guard !edits.isEmpty, edits.allSatisfy({ $0.metadata["call_type"] == "subagent" }) else { return nil }
    let parents = edits.compactMap { $0.metadata["parent_step"]?.int }
    let counts = Dictionary(parents.map { ($0, 1) }, uniquingKeysWith: +)
    guard let parent = parents.first(where: { counts[$0] == counts.values.max() }),
      let sender = map.nodes.first(where: { $0.type == .subagentCall && $0.step == parent }),
      let dispatch = sender.metadata["subagent_dispatch"]?.object,
      let text = dispatch["prompt"]?.string ?? dispatch["description"]?.string
    else { return nil }
    return (
      (parent, StepText.cut(text, to: 500)),
      [
        "subagent_type": dispatch["subagent_type"] ?? .null, "description": dispatch["description"] ?? .null,
        "dispatch_step": .int(parent),
      ]
    )
  }
}
