internal import Basics
internal import GitKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// Where the lines of one version of a file are in the next one.
struct LineMap: Sendable {
  struct Target: Hashable, Sendable {
    /// 0-based.
    let line: Int
    /// Something that a formatter changes is different.
    var isTransformed = false
    /// It stands between other lines than before.
    var isMoved = false
  }

  /// One per line of the old version; nil for a line that is gone.
  private(set) var targets: [Target?]
  /// Lines that are gone, by key and in their order.
  private(set) var gone: [LineRun.Element] = []
  /// Lines of the new version that come from none of the old one.
  private(set) var arrived: [LineRun.Element] = []

  /// - Parameter hunks: where the versions differ.
  init(_ old: UnsafeRawBufferPointer, _ new: UnsafeRawBufferPointer, _ hunks: [LineHunk]) {
    let oldLines = HashedLines(old, only: hunks.lazy.map(\.oldLines))
    let newLines = HashedLines(new, only: hunks.lazy.map(\.newLines))
    var shift = 0
    var next = 0
    targets = Array(repeating: nil, count: oldLines.count)
    for hunk in hunks {
      let start = hunk.oldCount > 0 ? hunk.oldStart - 1 : hunk.oldStart
      while next < min(start, targets.count) {
        targets[next] = Target(line: next + shift)
        next += 1
      }
      next = start + hunk.oldCount
      shift += hunk.newCount - hunk.oldCount
    }
    while next < targets.count {
      targets[next] = Target(line: next + shift)
      next += 1
    }
    match(hunks, oldLines, newLines, old, new)
  }

  private mutating func match(
    _ hunks: [LineHunk], _ oldLines: HashedLines, _ newLines: HashedLines, _ old: UnsafeRawBufferPointer,
    _ new: UnsafeRawBufferPointer
  ) {
    var oldText: TextLines?
    var newText: TextLines?
    for hunk in hunks {
      var taken: Set<Int> = []
      // White space differs.
      if hunk.oldCount > 0, hunk.newCount > 0 {
        let pairs = CommonLines.pairs(
          oldLines.keys[hunk.oldLines].map(\.hash), newLines.keys[hunk.newLines].map(\.hash))
        for pair in pairs {
          let (from, to) = (hunk.oldLines.lowerBound + pair.old, hunk.newLines.lowerBound + pair.new)
          targets[from] = Target(line: to, isTransformed: oldLines.raw[from] != newLines.raw[to])
          taken.insert(to)
        }
        let left = hunk.oldLines.filter { targets[$0] == nil }
        let free = hunk.newLines.filter { !taken.contains($0) }
        if !left.isEmpty, !free.isEmpty {
          let texts = (oldText ?? TextLines(old), newText ?? TextLines(new))
          (oldText, newText) = texts
          let runs = FormattedRuns.find(
            left.map { Skeleton(texts.0[$0]) }, free.map { Skeleton(texts.1[$0]) })
          for run in runs where run.length >= OwnershipRules.shortLine {
            for (offset, position) in run.old.enumerated() {
              let to = free[run.new.lowerBound + min(offset, run.new.count - 1)]
              targets[left[position]] = Target(line: to, isTransformed: true)
            }
            taken.formUnion(run.new.map { free[$0] })
          }
        }
      }
      gone += hunk.oldLines.filter { targets[$0] == nil }.map { LineRun.Element(line: $0, key: oldLines.keys[$0]) }
      arrived += hunk.newLines.filter { !taken.contains($0) }
        .map { LineRun.Element(line: $0, key: newLines.keys[$0]) }
    }
    for run in LineRun.moves(from: gone, to: arrived) {
      for (from, to) in zip(run.old, run.new) { targets[from] = Target(line: to, isMoved: true) }
    }
    gone.removeAll { targets[$0.line] != nil }
  }
}

/// The lines of a text as bytes, without line feeds.
struct TextLines {
  private let text: UnsafeRawBufferPointer
  private var starts: [Int] = [0]

  /// Valid as long as the text is. Cost: one pass.
  init(_ text: UnsafeRawBufferPointer) {
    self.text = text
    if let base = text.baseAddress {
      var at = 0
      while at < text.count, let end = memchr(base + at, 0x0A, text.count - at) {
        at = UnsafeRawPointer(end) - base + 1
        starts.append(at)
      }
    }
    starts.append(text.count + 1)
  }

  subscript(line: Int) -> Slice<UnsafeRawBufferPointer> {
    guard line + 1 < starts.count else { return text[0..<0] }
    return text[starts[line]..<max(starts[line], starts[line + 1] - 1)]
  }
}

/// The longest common subsequence of two short lists of hashes.
enum CommonLines {
  /// Pairs of positions, both increasing. Blank lines (hash 0) are no pair. Long lists are matched greedily.
  static func pairs(_ old: [UInt64], _ new: [UInt64]) -> [(old: Int, new: Int)] {
    guard !old.isEmpty, !new.isEmpty else { return [] }
    guard old.count * new.count <= 250_000 else { return greedy(old, new) }
    let width = new.count + 1
    var lengths = [Int32](repeating: 0, count: (old.count + 1) * width)
    for i in stride(from: old.count - 1, through: 0, by: -1) {
      for j in stride(from: new.count - 1, through: 0, by: -1) {
        lengths[i * width + j] =
          old[i] == new[j] && old[i] != LineKey.blank.hash
          ? lengths[(i + 1) * width + j + 1] + 1
          : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
      }
    }
    var pairs: [(old: Int, new: Int)] = []
    var (i, j) = (0, 0)
    while i < old.count, j < new.count {
      if old[i] == new[j], old[i] != LineKey.blank.hash {
        pairs.append((i, j))
        (i, j) = (i + 1, j + 1)
      } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
        i += 1
      } else {
        j += 1
      }
    }
    return pairs
  }

  private static func greedy(_ old: [UInt64], _ new: [UInt64]) -> [(old: Int, new: Int)] {
    var places: [UInt64: [Int]] = [:]
    for (at, hash) in new.enumerated().reversed() where hash != LineKey.blank.hash {
      places[hash, default: []].append(at)
    }
    var last = -1
    var pairs: [(old: Int, new: Int)] = []
    for (at, hash) in old.enumerated() {
      while let place = places[hash]?.last, place <= last { places[hash]?.removeLast() }
      guard let place = places[hash]?.popLast() else { continue }
      pairs.append((at, place))
      last = place
    }
    return pairs
  }
}
