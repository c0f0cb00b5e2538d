internal import Basics
internal import GitKit
internal import Ingest
internal import Integrations
internal import TraceAnalysis
internal import TraceModel
internal import TraceStore

/// Reads the record that a reference of a `trace` command names.
struct TraceReader {
  private let repository: Repository
  private let command: String

  init(_ repository: Repository, command: String) {
    self.repository = repository
    self.command = command
  }

  /// The record of a trace; of `tu:…`, `tmn:…` and steps the trace they belong to.
  func record(_ ref: String) throws -> TraceRecord { try read(resolve(ref)) }

  /// The trace that a reference belongs to.
  func resolve(_ ref: String) throws -> String {
    try TraceReference.resolve(Self.trace(in: ref), in: repository).traceID
  }

  func read(_ trace: String) throws -> TraceRecord {
    guard let record = try StoredRecord(repository).read(trace, []) else { throw TraceReference.notFound(trace) }
    return record
  }

  /// The trace in a reference to a unit or a node of its map.
  private static func trace(in ref: String) -> String {
    for prefix in ["tu:", "tmn:"] where ref.hasPrefix(prefix) {
      return String(ref.dropFirst(prefix.count).prefix { $0 != ":" })
    }
    return ref
  }

  /// `otel` where the wire itself was captured, `record` otherwise.
  static func fidelity(_ record: TraceRecord) -> String {
    let methods = record.contextTreeSummary["capture_methods"]?.array?.compactMap(\.string) ?? []
    return methods.contains("otel") ? "otel" : "record"
  }
}

extension CommandContext {
  /// Which rules detectors follow; `OPENTRACES_COMPAT=peer` asks for those of the older tool.
  var analysisRules: AnalysisRules { environment.variables["OPENTRACES_COMPAT"] == "peer" ? .peer : .corrected }
}
