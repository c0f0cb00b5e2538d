/// Where the lines of one version of a file are in another one, in runs: small enough to be kept.
struct LineTargets: Hashable, Sendable {
  /// Lines that stay together.
  struct Run: Hashable, Sendable {
    /// 0-based.
    var old: Int
    var new: Int
    var count: Int
    /// Something that a formatter changes is different; such lines are runs of their own.
    var isTransformed = false
    /// They stand between other lines than before.
    var isMoved = false
  }

  /// By their old lines.
  private(set) var runs: [Run]
  /// Whether a line that is in no run is gone; otherwise nothing is known of it.
  let isComplete: Bool

  init(runs: [Run], isComplete: Bool) {
    self.runs = runs
    self.isComplete = isComplete
  }

  /// Every line stays.
  static let same = LineTargets(runs: [Run(old: 0, new: 0, count: .max)], isComplete: true)

  init(_ map: LineMap) {
    runs = []
    isComplete = true
    for (line, target) in map.targets.enumerated() {
      guard let target else { continue }
      if let last = runs.last, last.old + last.count == line, last.new + last.count == target.line,
        last.isTransformed == target.isTransformed, last.isMoved == target.isMoved
      {
        runs[runs.count - 1].count += 1
      } else {
        runs.append(
          Run(
            old: line, new: target.line, count: 1, isTransformed: target.isTransformed, isMoved: target.isMoved))
      }
    }
  }

  /// Where a line is; nil when it is in no run. Cost: logarithmic.
  func target(of line: Int) -> LineMap.Target? {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].old <= line { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let run = runs[low - 1]
    guard line - run.old < run.count else { return nil }
    return LineMap.Target(line: run.new + line - run.old, isTransformed: run.isTransformed, isMoved: run.isMoved)
  }

  /// Whether it is known what became of some lines.
  func tells(of lines: some Sequence<Int>) -> Bool { isComplete || lines.allSatisfy { target(of: $0) != nil } }
}
