internal import GRDB

/// The file with the index: one row per trace, its facets, signals and skills, and the text for FTS5.
///
/// A cache: whoever deletes it loses nothing but the time to make it again.
public struct SearchDatabase {
  public static let schema = "opentraces.trace_search_snapshot.v10"

  /// What can be wrong with the file.
  public enum Problem: String, Error, Sendable {
    case missing, unreadable
    /// Another process writes it all the time.
    case busy
    case missingSchema = "missing_schema"
    case wrongSchema = "wrong_schema"
  }

  public struct Meta: Sendable {
    public let builtAt: String
    public let sourceHash: String
    public let traceCount: Int
    /// What the refs were when it was built.
    public let corpusToken: String
  }

  let queue: DatabaseQueue

  /// Opens the file to be read.
  ///
  /// - Throws: ``Problem``.
  public init(reading path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(2)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      let version = try queue.read { database in
        guard try database.tableExists("meta") else { throw Problem.missingSchema }
        return try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'schema_version'")
      }
      guard let version else { throw Problem.missingSchema }
      guard version == Self.schema else { throw Problem.wrongSchema }
    } catch let problem as Problem {
      throw problem
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      throw Problem.busy
    } catch {
      throw Problem.unreadable
    }
  }

  /// Makes a new file, or opens one of this schema to be changed.
  public init(writing path: String) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(30)
    queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { database in
      // The file is a cache: after a crash it is made anew.
      try database.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000")
    }
    try queue.write { database in
      guard try !database.tableExists("meta") else { return }
      let columns = SearchDocument.Column.allCases.map(\.rawValue).joined(separator: ", ")
      try database.execute(
        sql: """
          CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
          CREATE TABLE traces (
            id INTEGER PRIMARY KEY, trace_id TEXT UNIQUE NOT NULL, row_hash TEXT NOT NULL, session_id TEXT NOT NULL,
            project_slug TEXT NOT NULL, agent_name TEXT NOT NULL, timestamp_start TEXT, timestamp_end TEXT,
            title TEXT NOT NULL, summary TEXT NOT NULL, intent TEXT NOT NULL, committed INTEGER, commit_sha TEXT,
            commit_subject TEXT, candidate_kind TEXT NOT NULL,
            packet TEXT NOT NULL, time TEXT NOT NULL, generation INTEGER NOT NULL);
          -- Empty in most repositories: a look into it tells that nothing has to be left out.
          CREATE INDEX later_generations ON traces (session_id, generation) WHERE generation > 1;
          CREATE INDEX traces_by_time ON traces (time, trace_id);
          CREATE VIRTUAL TABLE trace_fts USING fts5 (\(columns), tokenize = "unicode61 remove_diacritics 2");
          CREATE VIRTUAL TABLE trace_words USING fts5vocab (trace_fts, row);
          -- What sessions are about, by the stems of its words: for questions in other words.
          CREATE VIRTUAL TABLE trace_heads USING fts5 (\(Self.headColumns.joined(separator: ", ")),
            tokenize = "porter unicode61 remove_diacritics 2");
          CREATE TABLE facets (
            name TEXT NOT NULL, value_norm TEXT NOT NULL, value TEXT NOT NULL, trace INTEGER NOT NULL,
            PRIMARY KEY (name, value_norm, value, trace)) WITHOUT ROWID;
          CREATE INDEX facets_by_trace ON facets (trace);
          CREATE TABLE files (path TEXT NOT NULL, trace INTEGER NOT NULL, PRIMARY KEY (path, trace)) WITHOUT ROWID;
          CREATE INDEX files_by_trace ON files (trace);
          CREATE TABLE skills (
            trace INTEGER NOT NULL, unit_id TEXT NOT NULL, name TEXT NOT NULL, source TEXT NOT NULL, step INTEGER NOT NULL);
          CREATE INDEX skills_by_trace ON skills (trace);
          -- Bytes of the index that are kept in memory: fewer pieces to join.
          INSERT INTO trace_fts (trace_fts, rank) VALUES ('hashsize', 33554432);
          INSERT INTO meta VALUES ('schema_version', '\(Self.schema)');
          """)
    }
  }

  public func meta() throws -> Meta {
    try queue.read { database in
      func value(_ key: String) throws -> String {
        try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key]) ?? ""
      }
      return Meta(
        builtAt: try value("built_at"), sourceHash: try value("source_hash"),
        traceCount: try Int.fetchOne(database, sql: "SELECT count(*) FROM traces") ?? 0,
        corpusToken: try value("corpus_token"))
    }
  }

  /// The hashes of the documents by trace.
  public func hashes() throws -> [String: String] {
    try queue.read { database in
      Dictionary(
        try Row.fetchAll(database, sql: "SELECT trace_id, row_hash FROM traces").map {
          ($0["trace_id"], $0["row_hash"])
        }
      ) { first, _ in first }
    }
  }

  /// Changes the index in one transaction.
  public func change(_ body: (Change) throws -> Void) throws {
    try queue.write { try body(Change(database: $0)) }
  }

  /// What is done to the index in a transaction.
  public struct Change {
    fileprivate let database: Database

    /// Adds documents in the place of those of the same traces.
    public func replace(_ entries: [SearchEntry]) throws {
      for entry in entries {
        try SearchDatabase.remove(entry.document.traceID, database)
        try SearchDatabase.insert(entry, database)
      }
    }

    /// Takes traces out.
    public func remove(_ traces: [String]) throws {
      for trace in traces { try SearchDatabase.remove(trace, database) }
    }

    /// Notes what the index stands for now.
    public func finish(builtAt: String, sourceHash: String, corpusToken: String) throws {
      for (key, value) in [("built_at", builtAt), ("source_hash", sourceHash), ("corpus_token", corpusToken)] {
        try database.execute(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)", arguments: [key, value])
      }
    }
  }

  fileprivate static func remove(_ trace: String, _ database: Database) throws {
    let known = try Int64.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM traces WHERE trace_id = ?"), arguments: [trace])
    guard let id = known else { return }
    for table in ["trace_fts", "trace_heads"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE rowid = ?", arguments: [id])
    }
    for table in ["facets", "files", "skills"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE trace = ?", arguments: [id])
    }
    try database.execute(sql: "DELETE FROM traces WHERE id = ?", arguments: [id])
  }

  fileprivate static func insert(_ entry: SearchEntry, _ database: Database) throws {
    let document = entry.document
    func add(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws {
      try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
    }
    try add(
      """
      INSERT INTO traces (trace_id, row_hash, session_id, project_slug, agent_name, timestamp_start, timestamp_end,
        title, summary, intent, committed, commit_sha, commit_subject, candidate_kind, packet, time, generation)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        document.traceID, document.hash, document.sessionID, document.projectSlug, document.agentName, document.start,
        document.end, document.texts[.title] ?? "", document.texts[.summary] ?? "", document.texts[.intent] ?? "",
        document.isCommitted, document.commitSHA, document.commitSubject, document.candidateKind,
        entry.packet, document.end ?? document.start ?? "", document.generation,
      ])
    let id = database.lastInsertedRowID
    let columns = SearchDocument.Column.allCases
    let names = columns.map(\.rawValue).joined(separator: ", ")
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    try add(
      "INSERT INTO trace_fts (rowid, \(names)) VALUES (?, \(marks))", [id] + columns.map { document.texts[$0] ?? "" })
    try add(
      "INSERT INTO trace_heads (rowid, \(Self.headColumns.joined(separator: ", "))) VALUES (?, ?, ?, ?, ?, ?)",
      [
        id, document.texts[.title] ?? "", document.prompts, document.subjects,
        document.answer, document.texts[.file] ?? "",
      ])
    // A row a statement: with several, SQLite opens a savepoint, at which FTS5 writes out what it has in memory.
    let facets = try TextRows("INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?)", database)
    for facet in entry.facets { try facets.add(facet, id) }
    let files = try TextRows("INSERT OR IGNORE INTO files VALUES (?, ?)", database)
    for file in document.files { try files.add([file], id) }
    for skill in document.skills {
      try add("INSERT INTO skills VALUES (?, ?, ?, ?, ?)", [id, skill.unitID, skill.name, skill.source, skill.step])
    }
  }

  /// What a match in each of the columns of heads counts is in ``headWeights``.
  static let headColumns = ["title", "prompts", "subjects", "answer", "files"]
  static let headWeights = "2, 1, 1, 0.5, 0.2"

  /// The name under which signals stand beside the facets.
  static let signalFacet = ":signal"
}
