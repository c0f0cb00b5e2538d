/// The runs of one program.
struct Series {
  private(set) var runs: [Run] = []

  mutating func add(_ run: Run) { runs.append(run) }

  var median: Double { quantile(0.5) }
  var p95: Double { quantile(0.95) }
  var peakBytes: Int { runs.map(\.peakBytes).max() ?? 0 }

  private func quantile(_ share: Double) -> Double {
    let sorted = runs.map(\.seconds).sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
  }
}

/// Takes turns between programs, so that what else the machine does hits all of them alike.
enum Interleaved {
  /// Runs each program once to warm up and then `count` times, fewer when that takes longer than `seconds` (three
  /// times at least).
  ///
  /// - Parameter programs: makes the programs of one round, given its number.
  static func run(_ count: Int = 20, atMost seconds: Double = 60, _ programs: (Int) -> [Program]) throws -> [Series] {
    var series = programs(0).map { _ in Series() }
    for program in programs(0) { try check(program.run(), program) }
    let start = Program.now()
    for round in 0..<count {
      if round >= 3, Program.now() - start > seconds { break }
      for (number, program) in programs(round).enumerated() {
        let run = try program.run()
        try check(run, program)
        series[number].add(run)
      }
    }
    return series
  }

  static func check(_ run: Run, _ program: Program) throws {
    guard run.isSuccess else {
      throw BenchError("'\(program.arguments.joined(separator: " "))' ended with \(run.status)")
    }
  }
}
