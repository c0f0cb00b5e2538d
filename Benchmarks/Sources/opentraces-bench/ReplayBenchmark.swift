/// What the post-commit hook adds when commits that sessions wrote are made again in the filled repository.
struct ReplayBenchmark {
  let sandbox: Sandbox
  let data: DataSet
  /// Filled by an import and a back-fill, hooks installed.
  let filled: String
  private static let commits = 60

  func run(_ table: Table) throws {
    let hooked = sandbox.root + "/replay"
    let plain = sandbox.root + "/replay-plain"
    try sandbox.shell("cp -R \"$1\" \"$2\" && cp -R \"$3\" \"$4\"", filled, hooked, data.repository, plain)
    let notes = try sandbox.lines(of: sandbox.git(["notes", "--ref=opentraces", "list"], in: hooked))
    let tied = try notes.compactMap { $0.split(separator: " ").last.map(String.init) }.sorted().filter { commit in
      try sandbox.lines(of: sandbox.git(["rev-list", "--parents", "-n1", commit], in: hooked))
        .first?.split(separator: " ").count == 2
    }
    guard !tied.isEmpty else { throw BenchError("no commit is tied to a session") }
    var added: [Double] = []
    let count = min(Self.commits, tied.count)
    for number in 0..<count {
      let commit = tied[number * tied.count / count]
      var seconds = [0.0, 0.0]
      for slot in 0..<2 {
        let which = (number + slot) % 2
        seconds[which] = try replay(commit, in: [plain, hooked][which]).seconds
      }
      if number >= 2 { added.append(seconds[1] - seconds[0]) }
    }
    added.sort()
    let p95 = added[min(added.count - 1, added.count * 95 / 100)]
    table.atMost("hook: added to real commits, median", .seconds(added[added.count / 2]), limit: .seconds(0.03))
    table.atMost("hook: added to real commits, p95", .seconds(p95), limit: .seconds(0.03))
    try sandbox.shell("rm -rf \"$1\" \"$2\"", hooked, plain)
  }

  private func replay(_ commit: String, in repository: String) throws -> Run {
    try sandbox.prepare(sandbox.git(["checkout", "-q", "-f", "--detach", commit + "^"], in: repository))
    try sandbox.prepare(sandbox.git(["read-tree", "-u", "--reset", commit], in: repository))
    let line = try sandbox.lines(of: sandbox.git(["show", "-s", "--format=%ct", commit], in: repository)).first
    let program = sandbox.git(
      ["commit", "-q", "--no-verify", "-C", commit], in: repository, home: data.home,
      committed: line.flatMap { Int($0) })
    let run = try program.run()
    try Interleaved.check(run, program)
    return run
  }
}
