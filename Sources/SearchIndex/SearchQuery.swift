internal import GRDB

/// What is searched for.
public struct SearchQuery: Sendable {
  public enum Sort: String, Sendable, CaseIterable {
    case relevance, time, recency
  }

  /// All of these have to be found; none means no text.
  public var tokens: [SearchText.Token] = []
  /// Facets that a trace has to have, by name and lower-case value.
  public var facets: [(name: String, value: String)] = []
  /// Facets that a trace must not have with either truth value.
  public var absentFacets: [String] = []
  public var skill: String?
  public var tool: String?
  /// SQLite's GLOB over paths.
  public var files: String?
  public var signal: String?
  public var candidateKind: String?
  /// ISO 8601, UTC.
  public var since: String?
  public var project: String?
  public var sort = Sort.relevance
  public var limit = 20
  public var offset = 0

  public init() {}
}

/// One trace that was found.
public struct SearchHit: Sendable {
  public let traceID: String
  public let sessionID: String
  public let projectSlug: String
  public let agentName: String
  public let start: String?
  public let end: String?
  public let title: String
  public let summary: String
  public let intent: String
  public let isCommitted: Bool?
  public let commitSHA: String?
  public let candidateKind: String
  public let hash: String
  /// The more, the better; 0 without text.
  public let score: Double
  /// The words of the query that each column has.
  public let matches: [(column: String, words: [String])]
  /// Text around a match, matches between the marks of ``SearchHit/open`` and ``SearchHit/close``.
  public let snippet: String?
  /// The first of them.
  public let facets: [SearchDocument.Facet]
  public let facetCount: Int
  /// The first of them.
  public let files: [String]
  public let fileCount: Int
  public let signals: [SearchDocument.Signal]
  public let skills: [String]

  /// Facets and files that a hit brings along.
  public static let facetLimit = 24
  public static let fileLimit = 8

  public static let open: Character = "\u{2}"
  public static let close: Character = "\u{3}"
}

extension SearchDatabase {
  /// The traces that fit, a page of them, and how many there are. Cost: the index's entries of the words.
  public func search(_ query: SearchQuery) throws -> (hits: [SearchHit], total: Int) {
    try queue.read { database in
      let filter = Filter(query)
      let total =
        try Int.fetchOne(database, sql: "SELECT count(*) \(filter.from)", arguments: filter.arguments) ?? 0
      let time = "coalesce(t.timestamp_end, t.timestamp_start, '')"
      let weights = SearchDocument.Column.allCases.map { "\($0.weight)" }.joined(separator: ", ")
      let rank = query.tokens.isEmpty ? "0" : "bm25(trace_fts, \(weights))"
      let order =
        switch query.sort {
        case .relevance: query.tokens.isEmpty ? "\(time) DESC, t.trace_id" : "rank, \(time) DESC, t.trace_id"
        case .time: "\(time), t.trace_id"
        case .recency: "\(time) DESC, t.trace_id"
        }
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT t.*, \(rank) AS rank \(filter.from)
          ORDER BY \(order) LIMIT \(query.limit) OFFSET \(query.offset)
          """,
        arguments: filter.arguments)
      let ids: [Int64] = rows.map { $0["id"] }
      let matches = try Self.matches(ids, query, database)
      let snippets = try Self.snippets(matches, query, database)
      return (
        try rows.map { try Self.hit($0, matches[$0["id"]] ?? [], snippet: snippets[$0["id"]], database) }, total
      )
    }
  }

  /// The SQL behind SELECT.
  private struct Filter {
    let from: String
    let arguments: StatementArguments

    init(_ query: SearchQuery) {
      var conditions: [String] = []
      var values: [(any DatabaseValueConvertible)?] = []
      func add(_ condition: String, _ more: (any DatabaseValueConvertible)?...) {
        conditions.append(condition)
        values += more
      }
      var tables = "FROM traces t"
      if !query.tokens.isEmpty {
        tables += " JOIN trace_fts ON trace_fts.rowid = t.id"
        add("trace_fts MATCH ?", SearchText.match(query.tokens))
      }
      let facet = "EXISTS (SELECT 1 FROM facets x WHERE x.trace = t.id AND x.name = ?"
      for (name, value) in query.facets { add(facet + " AND x.value_norm = ?)", name, value.lowercased()) }
      for name in query.absentFacets { add("NOT " + facet + " AND x.value_norm IN ('true', 'false'))", name) }
      if let skill = query.skill { add(facet + " AND x.value = ?)", "skill.name", skill) }
      if let tool = query.tool { add(facet + " AND x.value = ?)", "tool.name", tool) }
      if let files = query.files {
        add("EXISTS (SELECT 1 FROM files x WHERE x.trace = t.id AND x.path GLOB ?)", files)
      }
      if let signal = query.signal {
        add("EXISTS (SELECT 1 FROM signals x WHERE x.trace = t.id AND x.name = ?)", signal)
      }
      if let kind = query.candidateKind { add("t.candidate_kind = ?", kind) }
      if let since = query.since { add("coalesce(t.timestamp_end, t.timestamp_start, '') >= ?", since) }
      if let project = query.project { add("t.project_slug = ?", project) }
      from = tables + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
      arguments = StatementArguments(values)
    }
  }

  private static func hit(
    _ row: Row, _ matches: [(column: String, words: [String])], snippet: String?, _ database: Database
  ) throws -> SearchHit {
    let id: Int64 = row["id"]
    let rank: Double = row["rank"]
    func count(_ table: String) throws -> Int {
      try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table) WHERE trace = ?", arguments: [id]) ?? 0
    }
    return SearchHit(
      traceID: row["trace_id"], sessionID: row["session_id"], projectSlug: row["project_slug"],
      agentName: row["agent_name"], start: row["timestamp_start"], end: row["timestamp_end"], title: row["title"],
      summary: row["summary"], intent: row["intent"], isCommitted: row["committed"], commitSHA: row["commit_sha"],
      candidateKind: row["candidate_kind"], hash: row["row_hash"],
      score: rank == 0 ? 0 : (-rank * 1000).rounded(.toNearestOrEven) / 1000,
      matches: matches, snippet: snippet,
      facets: try Row.fetchAll(
        database, sql: "SELECT * FROM facets WHERE trace = ? ORDER BY place LIMIT \(SearchHit.facetLimit)",
        arguments: [id]
      )
      .map {
        SearchDocument.Facet($0["name"], $0["value"], source: $0["source"], confidence: $0["confidence"])
      },
      facetCount: try count("facets"),
      files: try String.fetchAll(
        database, sql: "SELECT path FROM files WHERE trace = ? ORDER BY place LIMIT \(SearchHit.fileLimit)",
        arguments: [id]),
      fileCount: try count("files"),
      signals: try Row.fetchAll(database, sql: "SELECT * FROM signals WHERE trace = ? ORDER BY place", arguments: [id])
        .map { row in
          let evidence: String = row["evidence"]
          return SearchDocument.Signal(row["name"], evidence: evidence.split(separator: "\n").map(String.init))
        },
      skills: try String.fetchAll(
        database, sql: "SELECT DISTINCT name FROM skills WHERE trace = ? ORDER BY name", arguments: [id]))
  }

  /// Text around the matches of some rows, from the column of each that has most of the words: only its text is read.
  private static func snippets(
    _ matches: [Int64: [(column: String, words: [String])]], _ query: SearchQuery, _ database: Database
  ) throws -> [Int64: String] {
    let columns = SearchDocument.Column.allCases.map(\.rawValue)
    let match = SearchText.match(query.tokens)
    var snippets: [Int64: String] = [:]
    for (id, found) in matches {
      let most = found.map(\.words.count).max()
      guard let best = found.first(where: { $0.words.count == most }), let at = columns.firstIndex(of: best.column)
      else {
        continue
      }
      snippets[id] = try String.fetchOne(
        database,
        sql: """
          SELECT snippet(trace_fts, \(at), char(2), char(3), '…', 16) FROM trace_fts
          WHERE trace_fts MATCH ? AND rowid = ?
          """, arguments: [match, id])
    }
    return snippets
  }

  /// Which of the words stand in which column of some rows, as the index sees it. Cost: a look at each word's entries per
  /// column.
  private static func matches(
    _ ids: [Int64], _ query: SearchQuery, _ database: Database
  ) throws -> [Int64: [(column: String, words: [String])]] {
    guard !query.tokens.isEmpty, !ids.isEmpty else { return [:] }
    let list = ids.map(String.init).joined(separator: ", ")
    var found: [Int64: [(column: String, words: [String])]] = [:]
    for column in SearchDocument.Column.allCases {
      for token in query.tokens {
        let rows = try Int64.fetchAll(
          database, sql: "SELECT rowid FROM trace_fts WHERE trace_fts MATCH ? AND rowid IN (\(list))",
          arguments: ["\(column.rawValue) : \(SearchText.match([token]))"])
        for id in rows {
          var columns = found[id] ?? []
          if columns.last?.column == column.rawValue {
            columns[columns.count - 1].words.append(token.text)
          } else {
            columns.append((column.rawValue, [token.text]))
          }
          found[id] = columns
        }
      }
    }
    return found
  }

  /// A skill and how often it was used.
  public struct SkillCount: Sendable {
    public let name: String
    public let uses: Int
    public let traces: Int
    public let agents: [String: Int]
    public let sources: [String: Int]
    public let projects: [String: Int]
    public let latest: String?
  }

  /// Skills, the most used first.
  ///
  /// - Parameters:
  ///   - skill: this one only.
  ///   - since: of traces that ended at or after this time.
  public func skills(_ skill: String?, since: String?) throws -> [SkillCount] {
    try queue.read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT s.name, s.source, t.trace_id, t.agent_name, t.project_slug,
            coalesce(t.timestamp_end, t.timestamp_start) AS time
          FROM skills s JOIN traces t ON t.id = s.trace
          WHERE (? IS NULL OR s.name = ?) AND (? IS NULL OR coalesce(t.timestamp_end, t.timestamp_start, '') >= ?)
          """, arguments: [skill, skill, since, since])
      func counts(_ rows: [Row], _ key: String) -> [String: Int] {
        Dictionary(rows.map { ($0[key] as String, 1) }, uniquingKeysWith: +)
      }
      return Dictionary(grouping: rows) { $0["name"] as String }.map { name, rows in
        SkillCount(
          name: name, uses: rows.count, traces: counts(rows, "trace_id").count, agents: counts(rows, "agent_name"),
          sources: counts(rows, "source"), projects: counts(rows, "project_slug"),
          latest: rows.compactMap { $0["time"] as String? }.max())
      }.sorted { ($1.uses, $1.traces, $0.name) < ($0.uses, $0.traces, $1.name) }
    }
  }
}
