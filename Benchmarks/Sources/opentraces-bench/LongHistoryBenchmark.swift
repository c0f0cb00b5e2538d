/// The first page of the graph of a history of 50,000 commits with merges.
struct LongHistoryBenchmark {
  let sandbox: Sandbox
  private static let count = 50_000

  func run(_ table: Table) throws {
    let repository = sandbox.root + "/long"
    try sandbox.prepare(sandbox.git(["init", "-q", repository], in: sandbox.root))
    try File.write(stream, to: sandbox.root + "/long.stream")
    try sandbox.shell("cd \"$1\" && git fast-import --quiet < \"$2\"", repository, sandbox.root + "/long.stream")
    let series = try Interleaved.run(20) { _ in
      [
        sandbox.opentraces(["trail", "graph", "--limit", "50"], in: repository, home: sandbox.root),
        sandbox.git(["log", "--graph", "--oneline", "--decorate", "-50"], in: repository),
      ]
    }
    table.ratio(
      "trail graph --limit 50, 50,000 commits", .seconds(series[0].median), to: .seconds(series[1].median), limit: 1)
    table.atMost(
      "trail graph --limit 50, 50,000 commits: memory", .bytes(series[0].peakBytes), limit: .bytes(60_000_000))
  }

  /// Every seventh commit begins a branch, which is merged two commits later.
  private var stream: String {
    var stream = ""
    for number in 1...Self.count {
      let message = "change \(number)\n"
      stream += "commit refs/heads/\(number % 7 == 0 ? "topic" : "main")\nmark :\(number)\n"
      stream += "committer Ada Author <ada@example.com> \(1_600_000_000 + number * 60) +0000\n"
      stream += "data \(message.utf8.count)\n\(message)"
      if number % 7 == 0 { stream += "from :\(number - 1)\n" }
      if number % 7 == 2, number > 9 { stream += "merge :\(number - 2)\n" }
      stream += "M 100644 inline f\(number % 200).txt\ndata \(message.utf8.count)\n\(message)\n"
    }
    return stream
  }
}
