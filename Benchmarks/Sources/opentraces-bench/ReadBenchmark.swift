/// Questions about a filled repository against what git takes to show the same commits.
struct ReadBenchmark {
  let sandbox: Sandbox
  let repository: String
  let home: String
  private static let memory = Quantity.bytes(60_000_000)

  func blame(_ table: Table) throws {
    let notes = try sandbox.lines(of: sandbox.git(["notes", "--ref=opentraces", "list"], in: repository))
    let tied = notes.compactMap { $0.split(separator: " ").last.map(String.init) }.sorted()
    guard !tied.isEmpty else { throw BenchError("no commit is tied to a session") }
    let commits = (0..<10).map { tied[$0 * tied.count / 10] }
    let series = try Interleaved.run(40) { round in
      let commit = commits[round % commits.count]
      return [ours(["trail", "blame", "commit", commit, "--json"]), git(["show", "--stat", commit])]
    }
    table.ratio("trail blame commit --json", .seconds(series[0].median), to: .seconds(series[1].median), limit: 4)
    table.atMost("trail blame commit --json: memory", .bytes(series[0].peakBytes), limit: Self.memory)
  }

  func graph(_ table: Table) throws {
    let series = try Interleaved.run(20) { _ in
      [ours(["trail", "graph", "--limit", "50"]), git(["log", "--stat", "-50"])]
    }
    table.ratio("trail graph --limit 50", .seconds(series[0].median), to: .seconds(series[1].median), limit: 5)
    table.atMost("trail graph --limit 50: memory", .bytes(series[0].peakBytes), limit: Self.memory)
  }

  /// Each run without what an earlier one may have cached.
  func track(_ table: Table) throws {
    var series = Series()
    for _ in 0..<5 {
      try sandbox.shell("rm -rf \"$1\"/cache \"$1\"/*.sqlite* \"$1\"/*.db*", repository + "/.git/opentraces")
      let program = ours(["trail", "track", "--all", "--limit", "50"])
      let run = try program.run()
      try Interleaved.check(run, program)
      series.add(run)
    }
    table.atMost("trail track --all --limit 50, cold", .seconds(series.median), limit: .seconds(1))
    table.atMost("trail track --all --limit 50: memory", .bytes(series.peakBytes), limit: Self.memory)
  }

  private func ours(_ words: [String]) -> Program { sandbox.opentraces(words, in: repository, home: home) }

  private func git(_ words: [String]) -> Program { sandbox.git(words, in: repository, home: home) }
}
