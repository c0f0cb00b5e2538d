internal import Basics
internal import GRDB

/// What is searched for.
public struct SearchQuery: Sendable {
  public enum Sort: String, Sendable, CaseIterable {
    case relevance, time, recency
  }

  /// All of these have to be found; none means no text.
  public var tokens: [SearchText.Token] = []
  /// Any of whose words may be found.
  public var question: Question?
  /// Ids of the question's concepts; any of them.
  public var concepts: [String] = []
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
  /// These traces only.
  public var only: [String]?
  /// Whether records that a later one of the same session replaces are found as well.
  public var includesSuperseded = false
  public var sort = Sort.relevance
  public var limit = 20
  public var offset = 0

  public init() {}

  /// Whether more is asked of traces than what words, facets and files tell.
  fileprivate var readsRows: Bool {
    sort != .relevance || candidateKind != nil || since != nil || project != nil || only != nil
  }
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
  public let commitSubject: String?
  public let candidateKind: String
  public let hash: String
  /// The more, the better, among hits of a tier; 0 without text.
  public let score: Double
  /// Hits of a lower one come first, see ``SearchDatabase/search(_:)``.
  public let tier: Int
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
  /// Commands that ran tests, the first of them.
  public let testCommands: [String]

  /// Facets and files that a hit brings along.
  public static let facetLimit = 24
  public static let testLimit = 8
  public static let fileLimit = 8

  public static let open: Character = "\u{2}"
  public static let close: Character = "\u{3}"
}

extension SearchDatabase {
  /// The traces that fit, a page of them, and how many there are. Cost: the index's entries of the words.
  ///
  /// More traces than ``manyHits`` are not ranked by their whole text: those with all of the words in what was asked for
  /// come first, then those with them in commands, files and facts, then the others, newest first.
  public func search(_ query: SearchQuery) throws -> (hits: [SearchHit], total: Int) {
    try queue.read { database in
      let plan = try Plan(query, database)
      let end = query.offset + query.limit
      guard plan.hasWords else {
        let rows = try Row.fetchAll(database, sql: plan.ranking(limit: end), arguments: plan.arguments)
        let found = rows.dropFirst(query.offset).map {
          (id: $0["id"] as Int64, score: $0["score"] as Double? ?? 0, tier: 0)
        }
        return (try hits(found, query, database), rows.first?["total"] ?? 0)
      }
      let total = try Int.fetchOne(database, sql: plan.counting, arguments: plan.arguments) ?? 0
      var found: [(id: Int64, score: Double, tier: Int)] = []
      var seen: Set<Int64> = []
      func add(_ sql: String, _ arguments: StatementArguments, tier: Int = 0) throws {
        for row in try Row.fetchAll(database, sql: sql, arguments: arguments) where seen.insert(row["id"]).inserted {
          found.append((row["id"], row["score"] ?? 0, tier))
        }
      }
      if total <= Self.manyHits || !plan.hasTiers {
        try add(plan.ranking(limit: end), plan.arguments)
      } else {
        for (tier, columns) in Self.tiers.enumerated() where found.count < end {
          try add(plan.ranking(limit: end + seen.count), plan.arguments(only: columns), tier: tier)
        }
        if found.count < end {
          try add(plan.newest(limit: end + seen.count), plan.arguments, tier: Self.tiers.count)
        }
      }
      return (try hits(Array(found.prefix(end).dropFirst(query.offset)), query, database), total)
    }
  }

  /// The traces that fit, all of them, in their order. Cost: as for ``search(_:)``; their texts are not read.
  public func traces(_ query: SearchQuery) throws -> [String] {
    try queue.read { database in
      let plan = try Plan(query, database)
      let ids = try Row.fetchAll(database, sql: plan.ranking(limit: -1), arguments: plan.arguments)
      let statement = try database.cachedStatement(sql: "SELECT trace_id FROM traces WHERE id = ?")
      return try ids.compactMap { try String.fetchOne(statement, arguments: [$0["id"] as Int64]) }
    }
  }

  /// Whether any session has more than one record. Cost: one look.
  static func hasLaterGenerations(_ database: Database) throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM traces WHERE generation > 1)") ?? false
  }

  /// That no later record of the session is there.
  static let isLatest = """
    NOT EXISTS (SELECT 1 FROM traces n WHERE n.generation > 1 AND n.session_id = t.session_id
      AND n.agent_name = t.agent_name AND n.generation > t.generation)
    """

  fileprivate static let manyPaths = 100

  /// The paths that fit a glob, each once; no more than tell that they are many. Cost: a look for each path that there
  /// is, however many sessions have it.
  fileprivate static func paths(like glob: String, _ database: Database) throws -> [String] {
    try String.fetchAll(
      database,
      sql: """
        WITH RECURSIVE p(path) AS (
          SELECT min(path) FROM files
          UNION ALL SELECT (SELECT min(path) FROM files WHERE path > p.path) FROM p WHERE p.path IS NOT NULL)
        SELECT path FROM p WHERE path GLOB ? LIMIT ?
        """, arguments: [glob, manyPaths + 1])
  }

  private static let manyHits = 1000
  private static let tiers: [[SearchDocument.Column]] = [
    [.title, .summary, .intent], [.title, .summary, .intent, .action, .file, .skill, .facet],
  ]

  /// The SQL around SELECT.
  private struct Plan {
    private var with = ""
    /// The id of a trace.
    private var id = "t.id"
    /// The more, the better.
    private var score = "0.0"
    private var from = "FROM traces t"
    private var order = ""
    private var values: [(any DatabaseValueConvertible)?] = []
    private let match: String
    let hasWords: Bool
    /// Whether the first argument is the words, and rank orders.
    let hasTiers: Bool

    var arguments: StatementArguments { StatementArguments(values) }
    var counting: String { with + "SELECT count(*) " + from }

    func ranking(limit: Int) -> String {
      // Once over all rows instead of twice; bm25() can't be beside it.
      let total = hasWords ? "" : ", count(*) OVER () AS total"
      return with + "SELECT \(id) AS id, \(score) AS score\(total) \(from) ORDER BY \(order) LIMIT \(limit)"
    }

    func newest(limit: Int) -> String {
      "SELECT id, NULL AS score FROM traces WHERE id IN (SELECT \(id) \(from)) ORDER BY time DESC, id DESC LIMIT \(limit)"
    }

    /// The arguments to find the words in some columns only.
    func arguments(only columns: [SearchDocument.Column]) -> StatementArguments {
      let names = columns.map(\.rawValue).joined(separator: " ")
      return StatementArguments(["{\(names)} : (\(match))"] + values.dropFirst())
    }

    init(_ query: SearchQuery, _ database: Database) throws {
      match = SearchText.match(query.tokens)
      hasWords = !query.tokens.isEmpty
      hasTiers = !query.tokens.isEmpty && query.sort == .relevance
      let isLatestOnly = try !query.includesSuperseded && SearchDatabase.hasLaterGenerations(database)
      if let question = query.question { try addRanks(of: question, database) }
      var conditions: [String] = []
      func add(_ condition: String, _ more: (any DatabaseValueConvertible)?...) {
        conditions.append(condition)
        values += more
      }
      let facet = "t.id IN (SELECT trace FROM facets WHERE name = ? AND value_norm"
      let concepts = "name = ? AND value_norm IN (\(query.concepts.map { _ in "?" }.joined(separator: ", ")))"
      let conceptValues = ["semantic.concept_id"] + query.concepts
      if query.question != nil {
        // The rows of traces are far from each other: where nothing is asked of them, they are not read.
        let isLean = !isLatestOnly && !query.readsRows
        if query.concepts.isEmpty {
          from = isLean ? "FROM ranked AS t" : "FROM traces t JOIN ranked ON ranked.id = t.id"
        } else if isLean {
          from =
            "FROM (SELECT DISTINCT trace AS id FROM facets WHERE \(concepts)) t LEFT JOIN ranked ON ranked.id = t.id"
          values += conceptValues
        } else {
          from += " LEFT JOIN ranked ON ranked.id = t.id"
          conditions.append("t.id IN (SELECT trace FROM facets WHERE \(concepts))")
          values += conceptValues
        }
      }
      if !query.tokens.isEmpty { add("trace_fts MATCH ?", match) }
      for (name, value) in query.facets { add(facet + " = ?)", name, value.lowercased()) }
      for name in query.absentFacets { add("NOT " + facet + " IN ('true', 'false'))", name) }
      for (name, value) in [("skill.name", query.skill), ("tool.name", query.tool)] {
        if let value { add(facet + " = ? AND value = ?)", name, value.lowercased(), value) }
      }
      if let files = query.files {
        let paths = try SearchDatabase.paths(like: files, database)
        // Of many paths each session has one of the first it is asked for; few paths are in few sessions.
        if paths.count > SearchDatabase.manyPaths {
          add("EXISTS (SELECT 1 FROM files f WHERE f.trace = t.id AND f.path GLOB ?)", files)
        } else {
          add(
            "t.id IN (SELECT trace FROM files WHERE path IN (SELECT value FROM json_each(?)))",
            String(decoding: CanonicalJSON.line(.strings(paths)), as: UTF8.self))
        }
      }
      if let signal = query.signal { add(facet + " = ?)", SearchDatabase.signalFacet, signal) }
      if let kind = query.candidateKind { add("t.candidate_kind = ?", kind) }
      if let since = query.since { add("t.time >= ?", since) }
      if let project = query.project { add("t.project_slug = ?", project) }
      if isLatestOnly { add(SearchDatabase.isLatest) }
      if let only = query.only {
        add(
          "t.trace_id IN (SELECT value FROM json_each(?))",
          String(decoding: CanonicalJSON.line(.strings(only)), as: UTF8.self))
      }
      if !query.tokens.isEmpty {
        score = "-bm25(trace_fts, \(SearchDocument.Column.allCases.map { "\($0.weight)" }.joined(separator: ", ")))"
        // Without other conditions, and in order of relevance, the index of words alone tells.
        if conditions.count == 1 && query.sort == .relevance {
          id = "trace_fts.rowid"
          from = "FROM trace_fts"
        } else {
          from += " JOIN trace_fts ON trace_fts.rowid = t.id"
        }
      }
      if !conditions.isEmpty { from += " WHERE " + conditions.joined(separator: " AND ") }
      order =
        switch query.sort {
        case .relevance where !query.tokens.isEmpty || query.question != nil: "score DESC, \(id) DESC"
        case .time: "t.time, t.trace_id"
        case .relevance, .recency: "t.time DESC, t.trace_id"
        }
    }

    /// A trace counts the more, the more of the question's words it has.
    private mutating func addRanks(of question: Question, _ database: Database) throws {
      let columns = SearchDocument.Column.allCases.map { "\($0.weight)" }.joined(separator: ", ")
      let parts = try SearchDatabase.telling(question.terms, database).map { term in
        values.append(term.match)
        return term.isInHeads
          ? "SELECT rowid AS id, -bm25(trace_heads, \(headWeights)) AS score FROM trace_heads WHERE trace_heads MATCH ?"
          : "SELECT rowid AS id, -bm25(trace_fts, \(columns)) AS score FROM trace_fts WHERE trace_fts MATCH ?"
      }
      with = """
        WITH found AS MATERIALIZED (\(parts.joined(separator: " UNION ALL "))),
        ranked AS (SELECT id, sum(score) * count(*) / \(parts.count) AS score FROM found GROUP BY id) 
        """
      score = "score"
    }
  }

  /// The words of a question that are worth looking for: those of nearly all traces tell nothing where others do.
  private static func telling(
    _ terms: [Question.Term], _ database: Database
  ) throws -> [(match: String, isInHeads: Bool)] {
    let all = try Int.fetchOne(database, sql: "SELECT count(*) FROM traces") ?? 0
    let counted = try terms.map { term in
      let count = try Int.fetchOne(
        database.cachedStatement(sql: "SELECT count(*) FROM trace_heads WHERE trace_heads MATCH ?"),
        arguments: [term.match])
      return (match: term.match, count: count ?? 0)
    }
    let rare = counted.filter { $0.count * 2 <= all }
    return (rare.count >= 3 ? rare : counted).map { ($0.match, $0.count > 0) }
  }

  /// The hits with some ids, in their order. Cost: their texts.
  private func hits(
    _ found: [(id: Int64, score: Double, tier: Int)], _ query: SearchQuery, _ database: Database
  ) throws -> [SearchHit] {
    guard !found.isEmpty else { return [] }
    let tokens = query.question?.tokens ?? query.tokens
    let finder = WordFinder(tokens)
    return try found.compactMap { id, score, tier in
      let statement = try database.cachedStatement(sql: "SELECT * FROM traces WHERE id = ?")
      guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
      if tokens.isEmpty { return Self.hit(row, score: 0, tier: tier, [], snippet: nil) }
      let texts = try Row.fetchOne(
        database.cachedStatement(sql: "SELECT * FROM trace_fts WHERE rowid = ?"), arguments: [id])
      guard let texts else { return nil }
      let (matches, snippet) = try Self.matches(texts, id, query, tokens, finder, database)
      return Self.hit(
        row, score: (score * 1000).rounded(.toNearestOrEven) / 1000, tier: tier, matches, snippet: snippet)
    }
  }

  private static func hit(
    _ row: Row, score: Double, tier: Int, _ matches: [(column: String, words: [String])], snippet: String?
  ) -> SearchHit {
    let packet = SearchPacket(text: row["packet"])
    return SearchHit(
      traceID: row["trace_id"], sessionID: row["session_id"], projectSlug: row["project_slug"],
      agentName: row["agent_name"], start: row["timestamp_start"], end: row["timestamp_end"], title: row["title"],
      summary: row["summary"], intent: row["intent"], isCommitted: row["committed"], commitSHA: row["commit_sha"],
      commitSubject: row["commit_subject"], candidateKind: row["candidate_kind"], hash: row["row_hash"],
      score: score == 0 ? 0 : score, tier: tier, matches: matches,
      snippet: snippet, facets: packet.facets, facetCount: packet.facetCount, files: packet.files,
      fileCount: packet.fileCount, signals: packet.signals, skills: packet.skills, testCommands: packet.testCommands)
  }

  /// Which of the words stand in which column of a trace, and text around them from the first column that has most.
  private static func matches(
    _ texts: Row, _ id: Int64, _ query: SearchQuery, _ tokens: [SearchText.Token], _ finder: WordFinder,
    _ database: Database
  ) throws -> ([(column: String, words: [String])], snippet: String?) {
    var matches: [(column: String, words: [String])] = []
    var best: (text: String, places: [WordFinder.Match], count: Int)?
    var seen: Set<Int> = []
    for column in SearchDocument.Column.allCases {
      // The long columns tell little more of a question's words.
      if query.question != nil, best != nil, column == .body || column == .words { continue }
      let text: String = texts[column.rawValue]
      let places = finder.matches(in: text)
      let found = Set(places.map(\.token))
      guard !found.isEmpty else { continue }
      seen.formUnion(found)
      matches.append((column.rawValue, tokens.indices.filter(found.contains).map { tokens[$0].text }))
      if found.count > best?.count ?? 0 { best = (text, places, found.count) }
    }
    if query.question != nil || seen.count == tokens.count {
      return (matches, best.map { WordFinder.snippet($0.text, $0.places) })
    }
    // Words with accents, and phrases with other signs between them: the index knows.
    matches = try SearchDocument.Column.allCases.compactMap { column in
      let words = try query.tokens.filter { token in
        try Int.fetchOne(
          database, sql: "SELECT 1 FROM trace_fts WHERE trace_fts MATCH ? AND rowid = ?",
          arguments: ["\(column.rawValue) : \(SearchText.match([token]))", id]) != nil
      }
      return words.isEmpty ? nil : (column.rawValue, words.map(\.text))
    }
    let snippet = try String.fetchOne(
      database,
      sql: """
        SELECT snippet(trace_fts, -1, char(2), char(3), '…', 16) FROM trace_fts WHERE trace_fts MATCH ? AND rowid = ?
        """, arguments: [SearchText.match(query.tokens), id])
    return (matches, snippet)
  }
}
