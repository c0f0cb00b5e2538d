import Glibc

/// Measures an opentraces executable against git in the same run and prints a table.
@main
enum Benchmark {
  static func main() {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count == 1 || (words.count == 3 && words[1] == "--data") else {
      File.put("usage: opentraces-bench BINARY [--data DIR]\n", to: STDERR_FILENO)
      exit(2)
    }
    do {
      let sandbox = try Sandbox(binary: words[0])
      defer { sandbox.remove() }
      let isComplete = try measure(sandbox, prepared: words.count == 3 ? words[2] : nil)
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
  private static func measure(_ sandbox: Sandbox, prepared: String?) throws -> Bool {
    let data = try prepared.map { try DataSet.copy(of: $0, in: sandbox) } ?? DataSet.made(in: sandbox)
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
    return table.isComplete
  }
}
