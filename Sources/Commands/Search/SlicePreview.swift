internal import Basics
internal import GitKit
internal import Ingest
internal import TraceAnalysis

/// The part of a session's map that a candidate brings along.
struct SlicePreview {
  enum Kind: String, CaseIterable {
    /// From the begin on.
    case intent
    /// Around the first edit, test or error.
    case evidence
  }

  let kind: Kind
  /// Nodes at most.
  let limit: Int

  /// Null when there is no such trace. Cost: its transcript.
  func json(_ trace: String, _ repository: Repository, _ rules: AnalysisRules) throws -> JSONValue {
    guard let record = try StoredRecord(repository).read(trace, []) else { return .null }
    let map = TraceMap(record, rules: rules)
    var kept = kind == .intent ? map.telling(limit: limit) : map.evidence(limit: limit)
    if kept.nodes.count == limit { kept.limitations.append("bounded_to_\(limit)_nodes") }
    var object = MapView(map: kept).mapJSON.object ?? [:]
    object["template"] = .string(kind.rawValue)
    return .object(object)
  }
}
