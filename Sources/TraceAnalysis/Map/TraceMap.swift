internal import Basics
public import TraceModel

/// A session as a chain of what happened: prompts, plans, calls, results, patches and where they landed.
public struct TraceMap: Sendable {
  public let traceID: String
  public var nodes: [MapNode]
  public var limitations: [String] = []

  public init(traceID: String, nodes: [MapNode], limitations: [String] = []) {
    self.traceID = traceID
    self.nodes = nodes
    self.limitations = limitations
  }

  /// Cost: linear in the steps; nothing is redacted or cut.
  public init(_ record: TraceRecord, rules: AnalysisRules = .corrected) {
    var builder = MapBuilder(record, rules: rules)
    self.init(traceID: record.traceID, nodes: builder.nodes(), limitations: builder.limitations)
  }

  /// The neighbours of nodes that follow each other.
  public struct Edge: Sendable {
    public let id: String
    public let source: String
    public let target: String
  }

  public var edges: [Edge] {
    zip(nodes, nodes.dropFirst()).enumerated().map { number, pair in
      Edge(id: "tme:\(traceID):\(number + 1)", source: pair.0.id, target: pair.1.id)
    }
  }

  // MARK: Selection

  /// Types worth showing first of a trace.
  public static let intentTypes: Set<ActionType> = [
    .userInstruction, .agentPlan, .fileEdit, .testRun, .errorSignal, .patchCreated, .gitAnchor, .finalResponse,
  ]

  /// The node that a reference names by its id or unit; of the trace as a whole the first that tells what it is about.
  public func node(_ ref: String) -> Int? {
    if let found = nodes.firstIndex(where: { $0.id == ref || $0.unitID == ref }) { return found }
    guard ref == "tu:\(traceID):trace" || ref.hasPrefix("tu:\(traceID):signal:") else { return nil }
    return [ActionType.fileEdit, .testRun, .agentPlan, .userInstruction].lazy
      .compactMap { type in nodes.firstIndex { $0.type == type } }.first
  }

  /// Nodes on either side of one.
  public func around(_ at: Int, depth: Int) -> TraceMap {
    keeping(Array(nodes[max(0, at - max(0, depth))...min(nodes.count - 1, at + max(0, depth))]))
  }

  /// Telling nodes from one on, backwards or forwards, up to the first of some types.
  public func walk(from at: Int, back: Bool, until types: Set<ActionType>, limit: Int) -> TraceMap {
    let order = back ? Array(nodes[...at].reversed()) : Array(nodes[at...])
    var kept: [MapNode] = []
    for (number, node) in order.enumerated() where number == 0 || node.type.isMeaningful {
      if kept.count == limit { break }
      kept.append(node)
      if number > 0, types.contains(node.type) { break }
    }
    return keeping(kept)
  }

  /// The nodes that tell what was wanted and done, one of them first if it is not among them.
  public func candidate(_ at: Int, limit: Int) -> TraceMap {
    var kept = Array(nodes.filter { Self.intentTypes.contains($0.type) }.prefix(limit))
    if !kept.contains(where: { $0.id == nodes[at].id }) { kept.insert(nodes[at], at: 0) }
    return keeping(kept)
  }

  /// The first nodes that tell what was wanted and done.
  public func telling(limit: Int) -> TraceMap {
    keeping(Array(nodes.filter { Self.intentTypes.contains($0.type) }.prefix(limit)))
  }

  /// Such nodes around the first edit, test or error: half of them before it.
  public func evidence(limit: Int) -> TraceMap {
    let all = nodes.filter { Self.intentTypes.contains($0.type) }
    let first = all.firstIndex { [.fileEdit, .testRun, .errorSignal].contains($0.type) } ?? 0
    let start = max(0, min(first - limit / 2, all.count - limit))
    return keeping(Array(all.dropFirst(start).prefix(limit)))
  }

  public func only(_ types: Set<ActionType>) -> TraceMap { keeping(nodes.filter { types.contains($0.type) }) }

  /// The nodes of a span of steps, both ends included.
  public func span(_ steps: ClosedRange<Int>) -> TraceMap {
    keeping(nodes.filter { $0.startStep <= steps.upperBound && $0.endStep >= steps.lowerBound })
  }

  private func keeping(_ nodes: [MapNode]) -> TraceMap {
    TraceMap(traceID: traceID, nodes: nodes, limitations: limitations)
  }
}
