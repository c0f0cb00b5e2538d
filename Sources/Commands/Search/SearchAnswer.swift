internal import Basics
internal import SearchIndex

/// Answers from the index as it is: never makes it, never brings it up to date.
struct SearchAnswer {
  let indexer: SearchIndexer
  let context: CommandContext
  /// Whether an index that is behind may not answer.
  let isStrict: Bool

  private static let schema = "opentraces.trace.query.v1"
  private static let advice = "opentraces trace index"

  /// - Parameter body: gets the database and what is known of its age.
  func answer(_ body: (SearchDatabase, JSONValue) throws -> CommandResult) throws -> CommandResult {
    switch try indexer.state() {
    case .empty:
      let json: JSONValue = [
        "status": "ok", "schema_version": .string(Self.schema), "source": "snapshot", "total": 0, "total_returned": 0,
        "next_page_token": .null, "has_more": false, "freshness": ["stale": false],
        "search_diagnostics": Self.diagnostics(examined: 0, returned: 0, usedText: false), "candidates": [],
      ]
      return CommandResult(json: json, text: "")
    case .unusable(let problem): return maintenance(problem.rawValue)
    case .usable(let database, let meta, let isStale):
      if isStale && isStrict { return maintenance("stale") }
      var freshness: JSONObject = [
        "stale": .bool(isStale), "built_at": .string(meta.builtAt), "source_hash": .string(meta.sourceHash),
      ]
      if isStale {
        freshness["stale_reason"] = "stale"
        freshness["dirty_token"] = .string(try indexer.corpusToken())
        freshness["rebuild_recommended"] = true
        if !context.isJSON { context.warn("the index is behind; \(Self.advice) brings it up to date") }
      }
      return try body(database, .object(freshness))
    }
  }

  private func maintenance(_ reason: String) -> CommandResult {
    let json: JSONValue = [
      "status": "maintenance_needed", "schema_version": .string(Self.schema), "reason": .string(reason),
      "advice": .string(Self.advice), "path": .string(indexer.path),
      "search_diagnostics": Self.diagnostics(examined: 0, returned: 0, usedText: false, usedSnapshot: false),
    ]
    if !context.isJSON { context.warn("the search index is \(reason); run: \(Self.advice)") }
    return CommandResult(json: json, text: "", exitCode: ExitStatus.configuration)
  }

  static func diagnostics(examined: Int, returned: Int, usedText: Bool, usedSnapshot: Bool = true, hydrated: Int = 0)
    -> JSONValue
  {
    [
      "used_search_snapshot": .bool(usedSnapshot), "used_fts": .bool(usedText), "rows_examined": .int(examined),
      "hits_returned": .int(returned), "hydrated_count": .int(hydrated), "raw_trace_scan": false,
      "wrote_to_index": false,
      "rebuilt_index": false, "python_full_corpus_sort": false,
    ]
  }
}
