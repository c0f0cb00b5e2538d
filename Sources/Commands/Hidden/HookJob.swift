/// What remains of an event when its agent has gone on, in each repository that it concerns.
struct HookJob {
  private var parts: [(work: HookWork, rest: HookWork.Rest)] = []

  init(_ work: HookWork, _ rest: HookWork.Rest) { parts = [(work, rest)] }

  mutating func add(_ work: HookWork, _ rest: HookWork.Rest) { parts.append((work, rest)) }

  var isNothing: Bool { parts.allSatisfy(\.rest.isNothing) }
  /// Milliseconds from the hook's start that the agent waits at most.
  var wait: Int32 { parts.map(\.rest.wait).max() ?? 0 }
  /// Whether a tool is about to change what is looked at.
  var isUrgent: Bool { parts.contains { $0.rest.isUrgent } }

  func finish() { for part in parts where !part.rest.isNothing { part.work.finish(part.rest) } }
}
