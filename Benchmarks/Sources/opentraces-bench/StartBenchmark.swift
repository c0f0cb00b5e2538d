/// How long it takes to say the version: what every call pays before it does anything.
struct StartBenchmark {
  let sandbox: Sandbox

  func run(_ table: Table) throws {
    let home = sandbox.root
    let series = try Interleaved.run(50) { _ in
      [sandbox.opentraces(["--version"], in: home, home: home), sandbox.git(["--version"], in: home)]
    }
    table.ratio("start: --version", .seconds(series[0].median), to: .seconds(series[1].median), limit: 4)
  }
}
