import Basics
import GitKit
import TestSupport
import Testing
import Trails

#if canImport(Glibc)
  import Glibc
#endif

/// Random histories made by real git; every line knows its author.
///
/// `OPENTRACES_FUZZ_SEEDS=1000..<1100` plays other seeds, `OPENTRACES_FUZZ_SEEDS=1234` one, and tells what was done.
@Suite struct HistoryFuzzTests {
  /// Seeds that failed once.
  private static let regressions: [UInt64] = [1458, 2948]

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static let seeds: [UInt64] = {
    let words = (variable("OPENTRACES_FUZZ_SEEDS") ?? "0..<2000").replacing("..<", with: " ").split(separator: " ")
    let numbers = words.compactMap { UInt64($0) }
    if numbers.count == 2, numbers[0] < numbers[1] { return Array(numbers[0]..<numbers[1]) + regressions }
    return numbers
  }()

  /// Eight groups that run beside each other, or one per seed where there are few.
  private static let groups: [[UInt64]] = {
    let size = max(1, (seeds.count + 7) / 8)
    return stride(from: 0, to: seeds.count, by: size).map { Array(seeds[$0..<min(seeds.count, $0 + size)]) }
  }()

  private func play(_ seed: UInt64) throws -> FuzzScore {
    let history = try FuzzHistory(seed: seed)
    var score = FuzzScore()
    for id in history.commits { try score.add(id, in: history) }
    for _ in 0..<history.text.random(14...24) {
      try history.step()
      let new = try history.fresh()
      guard !new.isEmpty else { continue }
      try history.keepSessions()
      try history.runHooks(new)
      for id in new { try score.add(id, in: history) }
    }
    if seed % 4 == 0 || Self.regressions.contains(seed) { try compareWithBackfill(history, score) }
    if Self.seeds.count == 1 { print(history.journal.joined(separator: "\n")) }
    return score
  }

  /// However the answers come about, they are the same.
  ///
  /// But for rewritten commits: whether one was rebased is told by its neighbours, which may have been rewritten once more
  /// since, or be on no branch any more. There one answer may know less than the other.
  private func compareWithBackfill(_ history: FuzzHistory, _ score: FuzzScore) throws {
    try history.forget()
    try history.keepSessions()
    try history.backfill()
    var again = FuzzScore()
    for id in history.commits { try again.add(id, in: history) }
    #expect(again.wrong.isEmpty, "\(again.wrong.joined(separator: "\n"))")
    for id in history.commits {
      let (first, second) = (Set(score.owners[id] ?? []), Set(again.owners[id] ?? []))
      let isCompatible = try history.isRewritten(id) ? first.isSubset(of: second) || second.isSubset(of: first) : false
      #expect(first == second || isCompatible, "seed \(history.seed) \(id.short)")
    }
  }

  @Test(arguments: groups) func nobodyIsCreditedWithTheLinesOfAnother(_ seeds: [UInt64]) throws {
    var score = FuzzScore()
    for seed in seeds { score.add(try play(seed)) }
    #expect(score.wrong.isEmpty, "\(score.wrong.joined(separator: "\n"))")
    // A single history can consist of what can't be told.
    #expect(seeds.count < 50 || score.recall >= 0.97, "\(score) \(score.missed.prefix(20).joined(separator: "\n"))")
    if Self.variable("OPENTRACES_FUZZ_SEEDS") != nil {
      print("FUZZ", score)
      if Self.variable("OPENTRACES_FUZZ_MISSED") != nil { print(score.missed.joined(separator: "\n")) }
    }
  }
}
