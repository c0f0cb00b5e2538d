internal import Basics

/// A line without what formatters change: white space, quotes, commas, semicolons, parentheses, line continuations.
struct Skeleton: Hashable, Sendable {
  let bytes: [UInt8]

  init(_ line: some Sequence<UInt8>) { bytes = line.filter { !Self.isLayout($0) } }

  init(_ line: String) { self.init(line.utf8) }

  private static func isLayout(_ byte: UInt8) -> Bool {
    if LineHash.isSpace(byte) { return true }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: ","), UInt8(ascii: ";"),
      UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"):
      return true
    default: return false
    }
  }
}

/// Runs of lines that a formatter may have turned into others: joined, their skeletons are the same bytes.
struct FormattedRuns {
  struct Run: Hashable {
    /// Positions in the old lines.
    let old: Range<Int>
    /// Positions in the new lines.
    let new: Range<Int>
    /// Bytes of the skeleton.
    let length: Int
  }

  /// Lines that one run has at most on either side: formatters break a statement into tens of lines, not hundreds.
  static let limit = 64

  /// The smallest runs, in their order, each old and each new line in one of them at most.
  ///
  /// Lines without a skeleton (blank, a lone bracket) belong to the run around them. Cost: old lines times new lines, a
  /// comparison of a byte each.
  static func find(_ old: [Skeleton], _ new: [Skeleton]) -> [Run] {
    var runs: [Run] = []
    var oldStart = 0
    var newStart = 0
    while newStart < new.count {
      guard !new[newStart].bytes.isEmpty else {
        newStart += 1
        continue
      }
      let found = (oldStart..<old.count).lazy.compactMap { run(old, new, from: $0, and: newStart) }.first
      guard let found else {
        newStart += 1
        continue
      }
      // A bracket alone on its line closes what stands above it.
      let end = (found.new.upperBound..<new.count).first { !new[$0].bytes.isEmpty } ?? new.count
      runs.append(Run(old: found.old, new: found.new.lowerBound..<end, length: found.length))
      (oldStart, newStart) = (found.old.upperBound, end)
    }
    return runs
  }

  /// The run that starts with these two lines; nil when they are no start of one.
  private static func run(_ old: [Skeleton], _ new: [Skeleton], from oldStart: Int, and newStart: Int) -> Run? {
    guard let first = old[oldStart].bytes.first, first == new[newStart].bytes.first else { return nil }
    var left = Cursor(lines: old, line: oldStart)
    var right = Cursor(lines: new, line: newStart)
    var length = 0
    while left.line - oldStart < limit, right.line - newStart < limit {
      guard let a = left.next(), let b = right.next(), a == b else { return nil }
      length += 1
      if left.isAtEnd, right.isAtEnd {
        return Run(old: oldStart..<(left.line + 1), new: newStart..<(right.line + 1), length: length)
      }
    }
    return nil
  }

  /// Goes through the bytes of lines that follow each other.
  private struct Cursor {
    let lines: [Skeleton]
    var line: Int
    private var at = 0

    init(lines: [Skeleton], line: Int) {
      self.lines = lines
      self.line = line
    }

    /// Whether the last byte of a line was read.
    var isAtEnd: Bool { at == lines[line].bytes.count }

    mutating func next() -> UInt8? {
      while isAtEnd {
        guard line + 1 < lines.count else { return nil }
        line += 1
        at = 0
      }
      at += 1
      return lines[line].bytes[at - 1]
    }
  }
}

/// How a run of lines begins, for telling quickly that two runs can't be the same.
enum SkeletonStart {
  /// Bytes of the skeletons, those of the lines that follow included.
  static let length = OwnershipRules.shortLine

  /// One hash per line that is the start of as many bytes.
  ///
  /// - Parameter heads: the first ``length`` bytes of each line's skeleton.
  static func hashes(_ heads: [[UInt8]]) -> [UInt64] {
    heads.indices.compactMap { start in
      guard !heads[start].isEmpty else { return nil }
      var hash = LineHash.basis
      var count = 0
      for head in heads[start...] {
        for byte in head.prefix(length - count) {
          hash = LineHash.step(hash, byte)
          count += 1
        }
        if count == length { return hash }
      }
      return nil
    }
  }
}
