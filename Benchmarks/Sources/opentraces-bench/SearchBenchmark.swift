import Glibc

/// The search index against what FTS5 alone takes for the same text, in the shell of SQLite; questions and maps.
struct SearchBenchmark {
  let sandbox: Sandbox
  let repository: String
  let home: String

  private var index: String { repository + "/.git/opentraces/index/search.sqlite" }

  func run(_ table: Table) throws {
    try making(table)
    try asking(table)
    try map(table)
  }

  /// The shell of SQLite, where there is one.
  private var shell: String? { ["/usr/bin/sqlite3", "/usr/local/bin/sqlite3"].first { access($0, X_OK) == 0 } }

  private func making(_ table: Table) throws {
    let ours = ours(["trace", "index"])
    try sandbox.prepare(ours)
    guard let shell else {
      var series = Series()
      for _ in 0..<7 { series.add(try ours.run()) }
      return table.atMost("trace index (no sqlite3 to compare)", .seconds(series.median), limit: .seconds(1))
    }
    let script = sandbox.root + "/plain.sql"
    try File.write("", to: script)
    for name in ["trace_fts", "trace_heads"] {
      try sandbox.shell(
        """
        columns=$("$1" "$2" "select group_concat(name) from pragma_table_info('$4')")
        quoted=$("$1" "$2" "select group_concat('quote(' || name || ')', '||'',''||') from pragma_table_info('$4')")
        sql=$("$1" "$2" "select sql from sqlite_master where name = '$4'")
        { echo "$sql;"; echo 'BEGIN;'
          "$1" "$2" "select 'INSERT INTO $4 VALUES (' || $quoted || ');' from $4"
          echo 'COMMIT;'; } >> "$3"
        """, shell, index, script, name)
    }
    let plain = Program(
      path: "/bin/sh",
      arguments: ["-c", "rm -f \"$2\"; \"$1\" \"$2\" < \"$3\"", "sh", shell, sandbox.root + "/plain.db", script],
      directory: "/", environment: sandbox.environment(home: home))
    let series = try Interleaved.run(7) { _ in [ours, plain] }
    table.ratio(
      "trace index, beside plain FTS5", .seconds(series[0].median), to: .seconds(series[1].median), limit: 1.5)
  }

  private static let words = [
    "checkpoint validation", "git hooks", "panic nil pointer", "attribution", "rebase squash", "test failed",
    "gemini agent", "session state", "strategy auto commit", "error handling",
  ]

  private func asking(_ table: Table) throws {
    let series = try Interleaved.run(60) { round in
      let words = Self.words[round % Self.words.count]
      return [ours(["trace", "query", words, "--json"]), ours(["trace", "query", "--semantic", words, "--json"])]
    }
    table.atMost("trace query --json: p95", .seconds(series[0].p95), limit: .seconds(0.03))
    table.atMost("trace query --semantic --json: p95", .seconds(series[1].p95), limit: .seconds(0.04))
  }

  private func map(_ table: Table) throws {
    let longest = "select t.trace_id from traces t join trace_fts f on f.rowid = t.id order by length(f.body_text) desc"
    guard let shell,
      let trace = try sandbox.lines(
        of: Program(
          path: shell, arguments: [index, longest + " limit 1"], directory: "/",
          environment: sandbox.environment(home: home))
      ).first
    else { return }
    let command = ours(["trace", "map", trace, "--bursts", "--json"])
    let first = try command.run()
    let series = try Interleaved.run(20) { _ in [command] }
    table.atMost("trace map --bursts, longest session", .seconds(series[0].median), limit: .seconds(0.06))
    table.atMost("the same, first look after a back-fill", .seconds(first.seconds), limit: .seconds(0.06))
    // As for a session that no back-fill has looked at.
    var fresh = Series()
    for _ in 0..<10 {
      try sandbox.prepare(
        Program(
          path: "/bin/rm", arguments: ["-rf", repository + "/.git/opentraces/fates"], directory: "/",
          environment: sandbox.environment(home: home)))
      fresh.add(try command.run())
    }
    table.atMost("the same, nothing kept", .seconds(fresh.median), limit: .seconds(0.1))
    // HEAD is another one: what was found is out of date, the comparisons of files are not.
    var later = Series()
    for _ in 0..<10 {
      let words = ["commit", "-q", "--allow-empty", "--no-verify", "-m", "another"]
      try sandbox.prepare(sandbox.git(words, in: repository, home: home))
      later.add(try ours(["trace", "map", trace, "--bursts", "--json"]).run())
    }
    table.atMost("the same after a commit", .seconds(later.median), limit: .seconds(0.06))
  }

  // MARK: Questions

  /// How many of the questions have an answer among the first five sessions, and the mean reciprocal rank.
  ///
  /// - Parameter file: kind, question and ids of sessions, tabs between; verbatim ones go to `trace query`, others to
  ///   `--semantic`.
  func questions(_ file: String, _ table: Table) throws {
    var ranks: [String: [Int?]] = [:]
    for line in File.read(file).split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count == 3 else { throw BenchError("no question: \(line)") }
      let option = fields[0] == "verbatim" ? "--lex=" : "--semantic="
      let found = try sandbox.lines(of: ours(["trace", "query", option + fields[1], "--json"]))
        .filter { $0.contains("\"session_id\":") }.compactMap { $0.split(separator: "\"").dropFirst(3).first }
      let answers = fields[2].split(separator: " ")
      ranks[fields[0], default: []].append(found.firstIndex { answers.contains($0) }.map { $0 + 1 })
    }
    for (kind, aim) in [("verbatim", 0.85), ("paraphrased", 0.6)] {
      let known = ranks[kind] ?? []
      let success = Double(known.count { $0.map { $0 <= 5 } ?? false }) / Double(max(1, known.count))
      let reciprocal = known.reduce(0.0) { $0 + ($1.map { 1 / Double($0) } ?? 0) } / Double(max(1, known.count))
      table.share("\(known.count) \(kind) questions: success@5", success, aim: aim)
      table.share("\(known.count) \(kind) questions: MRR", reciprocal, aim: nil)
    }
  }

  private func ours(_ words: [String]) -> Program { sandbox.opentraces(words, in: repository, home: home) }
}
