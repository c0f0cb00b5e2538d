internal import TraceModel

/// Reads the changes that the `edit` tool reports with its result.
enum PiDiff {
  /// The hunks of the patch, else those of the shown diff; empty when neither can be read.
  static func hunks(of result: PiResult) -> [EditHunk] {
    if let hunks = result.patch.map(hunks(inPatch:)), !hunks.isEmpty { return hunks }
    return result.diff.map(hunks(inDiff:)) ?? []
  }

  // MARK: Unified patch

  static func hunks(inPatch patch: String) -> [EditHunk] {
    var hunks: [EditHunk] = []
    var open: (old: Int, new: Int, lines: [String])?
    for line in TextLines.split(patch) {
      if line.hasPrefix("@@ -") {
        if let open { hunks += EditHunk.runs(in: open.lines, oldStart: open.old, newStart: open.new) }
        guard let start = starts(line) else { return [] }
        open = (start.old, start.new, [])
      } else {
        open?.lines.append(line)
      }
    }
    if let open { hunks += EditHunk.runs(in: open.lines, oldStart: open.old, newStart: open.new) }
    return hunks
  }

  /// `@@ -3,7 +3,9 @@`; a range without lines names the line before it.
  private static func starts(_ header: String) -> (old: Int, new: Int)? {
    let words = header.split(separator: " ")
    guard words.count >= 3, let old = start(words[1].dropFirst()), let new = start(words[2].dropFirst()) else {
      return nil
    }
    return (old, new)
  }

  private static func start(_ range: Substring) -> Int? {
    let parts = range.split(separator: ",")
    guard let first = parts.first, let line = number(first) else { return nil }
    return parts.count > 1 && parts[1] == "0" ? line + 1 : line
  }

  private static func number(_ text: Substring) -> Int? { text.utf8.count <= 9 ? Int(text) : nil }

  // MARK: Shown diff

  /// A line of the diff: `+`, `-` or a space, the number padded to the left, a space and the text. Removed and
  /// unchanged lines are numbered as they were before, added ones as they are after. Left out lines are ` ...`.
  private struct Line {
    var sign: UInt8
    var number: Int
    /// With its sign.
    var text: String

    init?(_ line: String) {
      let bytes = line.utf8
      guard let sign = bytes.first, [0x20, 0x2B, 0x2D].contains(sign) else { return nil }
      let padded = bytes.dropFirst().drop { $0 == 0x20 }
      let digits = padded.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty, let number = PiDiff.number(Substring(digits)) else { return nil }
      self.sign = sign
      self.number = number
      text = String(Substring(bytes.prefix(1))) + String(Substring(padded.dropFirst(digits.count + 1)))
    }
  }

  static func hunks(inDiff diff: String) -> [EditHunk] {
    var hunks: [EditHunk] = []
    var counter = LineCounter()
    for segment in TextLines.split(diff).split(whereSeparator: isGap) {
      let lines = segment.compactMap { Line($0) }
      guard lines.count == segment.count else { return [] }
      guard let change = lines.firstIndex(where: { $0.sign != 0x20 }) else { continue }
      guard let start = counter.start(of: lines, change: change) else { return [] }
      hunks += EditHunk.runs(in: lines.map(\.text), oldStart: start.old, newStart: start.new)
    }
    return hunks
  }

  private static func isGap(_ line: String) -> Bool {
    line.hasPrefix("  ") && line.utf8.suffix(3).elementsEqual("...".utf8)
      && line.utf8.dropLast(3).allSatisfy { $0 == 0x20 }
  }

  /// Finds where the segments of a diff stand.
  private struct LineCounter {
    /// Lines that were added so far, less those that were removed.
    private var shift = 0

    /// The place of a segment's first line; nil when its numbers contradict each other.
    ///
    /// The first versions of Pi gave the unchanged lines before the first change wrong numbers, so the place is
    /// counted back from that change.
    mutating func start(of lines: [Line], change: Int) -> (old: Int, new: Int)? {
      let first = lines[change]
      var old = first.sign == 0x2B ? first.number - shift : first.number
      let start = (old: old - change, new: old - change + shift)
      guard start.old > 0, start.new > 0 else { return nil }
      for line in lines[change...] {
        guard line.number == (line.sign == 0x2B ? old + shift : old) else { return nil }
        if line.sign != 0x2B { old += 1 }
        if line.sign != 0x20 { shift += line.sign == 0x2B ? 1 : -1 }
      }
      return start
    }
  }
}
