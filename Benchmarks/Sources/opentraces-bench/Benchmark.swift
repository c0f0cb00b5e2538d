import Glibc

/// Measures an opentraces executable against git in the same run and prints a table.
@main
enum Benchmark {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    let options = stride(from: 1, to: max(1, words.count - 1), by: 2).map { (words[$0], words[$0 + 1]) }
    guard words.count % 2 == 1, options.allSatisfy({ ["--data", "--questions"].contains($0.0) }) else {
      File.put("usage: opentraces-bench BINARY [--data DIR] [--questions FILE]\n", to: STDERR_FILENO)
      exit(2)
    }
    do {
      let sandbox = try Sandbox(binary: words[0])
      defer { sandbox.remove() }
      let isComplete = try measure(sandbox, Dictionary(options) { $1 })
      if !isComplete {
        sandbox.remove()
        exit(1)
      }
    } catch {
      File.put("opentraces-bench: \(error)\n", to: STDERR_FILENO)
      exit(1)
    }
  }

  /// - Returns: whether everything could be measured. Being over a limit is a result, not a failure.
  private static func measure(_ sandbox: Sandbox, _ options: [String: String]) throws -> Bool {
    let questions = options["--questions"].map { File.resolved($0) ?? $0 }
    let data = try options["--data"].map { try DataSet.copy(of: $0, in: sandbox) } ?? DataSet.made(in: sandbox)
    var table = Table()
    table.section("start") { try StartBenchmark(sandbox: sandbox).run($0) }
    table.section("hook") { try HookBenchmark(sandbox).run($0) }
    table.section("agent") { try AgentHookBenchmark(sandbox: sandbox).run($0) }
    var filled: String?
    table.section("import") { filled = try ImportBenchmark(sandbox: sandbox, data: data).run($0) }
    guard let filled else { return false }
    table.section("hook") { try ReplayBenchmark(sandbox: sandbox, data: data, filled: filled).run($0) }
    let reads = ReadBenchmark(sandbox: sandbox, repository: filled, home: data.home)
    table.section("trail blame commit") { try reads.blame($0) }
    table.section("trail graph") { try reads.graph($0) }
    table.section("trail graph") { try LongHistoryBenchmark(sandbox: sandbox).run($0) }
    table.section("trail track") { try reads.track($0) }
    let search = SearchBenchmark(sandbox: sandbox, repository: filled, home: data.home)
    table.section("search") { try search.run($0) }
    let sharing = SharingBenchmark(sandbox: sandbox, repository: filled, home: data.home)
    table.section("sharing") { try sharing.run($0) }
    if let questions {
      table.section("questions") { try search.questions(questions, $0) }
    }
    return table.isComplete
  }
}
