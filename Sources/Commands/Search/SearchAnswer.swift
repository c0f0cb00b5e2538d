internal import Basics
internal import SearchIndex

/// Answers from the indexes as they are: never makes one, never brings one up to date.
struct SearchAnswer {
  let scope: SearchScope
  let context: CommandContext
  /// Whether an index that is behind may not answer.
  let isStrict: Bool

  /// A repository whose index can be asked.
  struct Part {
    let place: SearchScope.Place
    let database: SearchDatabase
  }

  private static let schema = "opentraces.trace.query.v1"
  private static let advice = "opentraces trace index"

  /// - Parameter body: gets the indexes and what is known of their age.
  func answer(_ body: ([Part], JSONValue) throws -> CommandResult) throws -> CommandResult {
    var parts: [Part] = []
    var metas: [SearchDatabase.Meta] = []
    var unusable: [(place: SearchScope.Place, reason: String)] = []
    var stale: [SearchScope.Place] = []
    for place in scope.places {
      switch try place.indexer.state() {
      case .empty: continue
      case .unusable(.busy): throw TraceIndexRebuildCommand.busy
      case .unusable(let problem): unusable.append((place, problem.rawValue))
      case .usable(let database, let meta, let isStale):
        parts.append(Part(place: place, database: database))
        metas.append(meta)
        if isStale { stale.append(place) }
      }
    }
    // Of several, those that can answer do.
    if let first = unusable.first, isStrict || parts.isEmpty { return maintenance(first.reason, first.place) }
    if let first = stale.first, isStrict { return maintenance("stale", first) }
    for (slug, reason) in scope.unreadable where !context.isJSON { context.warn("\(slug) is left out: \(reason)") }
    for (place, reason) in unusable where !context.isJSON {
      context.warn("\(place.path) is left out: its search index is \(reason); run there: \(Self.advice)")
    }
    guard !parts.isEmpty else {
      let json: JSONValue = [
        "status": "ok", "schema_version": .string(Self.schema), "source": "snapshot", "total": 0, "total_returned": 0,
        "next_page_token": .null, "has_more": false, "freshness": ["stale": false],
        "search_diagnostics": Self.diagnostics(examined: 0, returned: 0, usedText: false), "candidates": [],
      ]
      return CommandResult(json: json, text: "")
    }
    return try body(parts, try freshness(metas, stale, unusable))
  }

  /// The worst of the parts.
  private func freshness(
    _ metas: [SearchDatabase.Meta], _ stale: [SearchScope.Place],
    _ unusable: [(place: SearchScope.Place, reason: String)]
  ) throws -> JSONValue {
    let hashes = metas.map(\.sourceHash)
    var freshness: JSONObject = [
      "stale": .bool(!stale.isEmpty), "built_at": .optional(metas.map(\.builtAt).min()),
      "source_hash": .string(hashes.count == 1 ? hashes[0] : Digest.sha256Hex(hashes.joined(separator: "\n"))),
    ]
    if !stale.isEmpty {
      freshness["stale_reason"] = "stale"
      freshness["dirty_token"] = .string(try stale.map { try $0.indexer.corpusToken() }.joined(separator: " "))
      freshness["rebuild_recommended"] = true
      if !context.isJSON {
        let names = stale.count == 1 && stale[0].isCurrent ? "the index" : stale.map(\.slug).joined(separator: ", ")
        context.warn("\(names) is behind; \(Self.advice) brings it up to date")
      }
    }
    let leftOut = unusable.map { (slug: $0.place.slug, reason: $0.reason) } + scope.unreadable
    if !leftOut.isEmpty {
      freshness["left_out"] = .array(
        leftOut.map { ["project_slug": .string($0.slug), "reason": .string($0.reason)] })
    }
    return .object(freshness)
  }

  private func maintenance(_ reason: String, _ place: SearchScope.Place) -> CommandResult {
    let json: JSONValue = [
      "status": "maintenance_needed", "schema_version": .string(Self.schema), "reason": .string(reason),
      "advice": .string(Self.advice), "path": .string(place.indexer.path),
      "search_diagnostics": Self.diagnostics(examined: 0, returned: 0, usedText: false, usedSnapshot: false),
    ]
    if !context.isJSON {
      let name = place.isCurrent ? "the search index" : "the search index of \(place.path)"
      context.warn("\(name) is \(reason); run: \(Self.advice)")
    }
    return CommandResult(json: json, text: "", exitCode: ExitStatus.configuration)
  }

  static func diagnostics(
    examined: Int, returned: Int, usedText: Bool, usedSnapshot: Bool = true, hydrated: Int = 0
  ) -> JSONValue {
    [
      "used_search_snapshot": .bool(usedSnapshot), "used_fts": .bool(usedText), "rows_examined": .int(examined),
      "hits_returned": .int(returned), "hydrated_count": .int(hydrated), "raw_trace_scan": false,
      "wrote_to_index": false, "rebuilt_index": false, "python_full_corpus_sort": false,
    ]
  }
}
