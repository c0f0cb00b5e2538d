/// Import and back-fill against `git add` of the same transcripts.
struct ImportBenchmark {
  let sandbox: Sandbox
  let data: DataSet

  private static let importWords = ["init", "--agent", "claude-code", "--import-existing"]
  private static let backfillWords = ["git-backfill", "--window-hours", "87600", "--max-commits", "100000"]

  /// One import into a fresh copy, the back-fill, a second import, and `git add`.
  private struct Round {
    let taking: Run
    let backfill: Run
    let again: Run
    let adding: Run
  }

  /// Leaves the last copy, filled, for the benchmarks that read.
  ///
  /// - Returns: its path.
  func run(_ table: Table) throws -> String {
    try sandbox.shell("cat \"$1\"/*/*.jsonl >/dev/null", data.sessions)
    let copy = sandbox.root + "/import"
    let added = sandbox.root + "/added.git"
    var ours = Series()
    var again = Series()
    var git = Series()
    let start = Program.now()
    for number in 0..<20 where number < 3 || Program.now() - start < 60 {
      let round = try round(copy, added)
      ours.add(sum(round.taking, round.backfill))
      again.add(round.again)
      git.add(round.adding)
    }
    table.ratio("import and back-fill: time", .seconds(ours.median), to: .seconds(git.median), limit: 2)
    table.atMost("import and back-fill: memory", .bytes(ours.peakBytes), limit: .bytes(400_000_000))
    table.growth(
      "import: second, nothing new (first)", .seconds(again.median), over: .seconds(ours.median), limit: 0.05)
    try sizes(table, copy, added)
    return copy
  }

  private func sum(_ a: Run, _ b: Run) -> Run {
    Run(seconds: a.seconds + b.seconds, peakBytes: max(a.peakBytes, b.peakBytes), status: 0)
  }

  private func round(_ copy: String, _ added: String) throws -> Round {
    try sandbox.shell("rm -rf \"$2\" \"$3\" \"$4\"; cp -R \"$1\" \"$2\"", data.repository, copy, added, state)
    try sandbox.prepare(sandbox.git(["init", "-q", "--bare", added], in: sandbox.root))
    let add = sandbox.git(["--git-dir=\(added)", "--work-tree=.", "add", "."], in: data.sessions)
    return Round(
      taking: try run(Self.importWords, copy), backfill: try run(Self.backfillWords, copy),
      again: try run(Self.importWords, copy), adding: try checked(add))
  }

  private var state: String { data.home + "/.opentraces" }

  private func run(_ words: [String], _ copy: String) throws -> Run {
    try checked(sandbox.opentraces(words, in: copy, home: data.home))
  }

  private func checked(_ program: Program) throws -> Run {
    let run = try program.run()
    try Interleaved.check(run, program)
    return run
  }

  /// What the objects take, as they were written and after `git gc`.
  private func sizes(_ table: Table, _ copy: String, _ added: String) throws {
    let base = sandbox.root + "/base"
    let packed = sandbox.root + "/packed"
    try sandbox.shell("cp -R \"$1\" \"$2\" && cp -R \"$3\" \"$4\"", data.repository, base, copy, packed)
    for path in [base, packed, added] { try sandbox.prepare(sandbox.git(["gc", "-q"], in: path)) }
    let git = Quantity.bytes(File.size(below: added + "/objects"))
    let written = File.size(below: copy + "/.git/objects") - File.size(below: data.repository + "/.git/objects")
    let kept = File.size(below: packed + "/.git/objects") - File.size(below: base + "/.git/objects")
    table.ratio("import: growth as written, git after gc", .bytes(written), to: git, limit: 1.3)
    table.ratio("import: growth, both after gc", .bytes(kept), to: git, limit: 1.3)
    try sandbox.shell("rm -rf \"$1\" \"$2\" \"$3\"", base, packed, added)
  }
}
