internal import Basics

/// Lines that stood together and stand together again somewhere else.
struct LineRun: Hashable, Sendable {
  struct Element: Hashable, Sendable {
    let line: Int
    let key: LineKey
  }

  /// Old lines, in their order, blank ones left out.
  var old: [Int]
  /// The new line of each.
  var new: [Int]

  /// Characters from which a run counts as moved, the limit of `git blame -M` for lines inside a file, in its units:
  /// what is not white space. `git blame -C` has 40 for lines from other files.
  static let substance = 40

  /// Runs that are gone in one place and arrived in another, longest first choice, each line in one of them at most.
  ///
  /// Cost: lines, and for lines that stand in many places that number.
  static func moves(from gone: [Element], to arrived: [Element]) -> [LineRun] {
    let (old, new) = (gone.filter { !$0.key.isBlank }, arrived.filter { !$0.key.isBlank })
    guard !old.isEmpty, !new.isEmpty else { return [] }
    var places: [UInt64: [Int]] = [:]
    for (at, element) in new.enumerated() { places[element.key.hash, default: []].append(at) }
    var free = Array(repeating: true, count: new.count)
    var runs: [LineRun] = []
    var start = 0
    while start < old.count {
      var best: (length: Int, at: Int, substance: Int) = (0, 0, 0)
      for place in places[old[start].key.hash] ?? [] where free[place] {
        var length = 0
        var substance = 0
        while start + length < old.count, place + length < new.count, free[place + length],
          old[start + length].key == new[place + length].key
        {
          substance += old[start + length].key.length
          length += 1
        }
        if length > best.length { best = (length, place, substance) }
      }
      guard best.substance >= Self.substance else {
        start += 1
        continue
      }
      let range = best.at..<(best.at + best.length)
      for at in range { free[at] = false }
      runs.append(
        LineRun(old: old[start..<(start + best.length)].map(\.line), new: range.map { new[$0].line }))
      start += best.length
    }
    return runs
  }
}
