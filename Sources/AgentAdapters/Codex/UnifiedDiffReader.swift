internal import TraceModel

/// Reads the hunks of a unified diff of one file.
enum UnifiedDiffReader {
  static func hunks(of diff: String) -> [EditHunk] {
    var hunks: [EditHunk] = []
    var open: (old: Int, new: Int, lines: [String])?
    for line in TextLines.split(diff) {
      if let starts = starts(of: line) {
        if let open { hunks += EditHunk.runs(in: open.lines, oldStart: open.old, newStart: open.new) }
        open = (starts.old, starts.new, [])
      } else {
        open?.lines.append(line)
      }
    }
    if let open { hunks += EditHunk.runs(in: open.lines, oldStart: open.old, newStart: open.new) }
    return hunks
  }

  /// The first line numbers of `@@ -old[,count] +new[,count] @@`. A side without lines names the line
  /// before it.
  private static func starts(of line: String) -> (old: Int, new: Int)? {
    guard line.hasPrefix("@@ -") else { return nil }
    let parts = line.dropFirst(3).split(separator: " ")
    guard parts.count >= 3, parts[2] == "@@", let old = start(parts[0], sign: "-"), let new = start(parts[1], sign: "+")
    else { return nil }
    return (old, new)
  }

  private static func start(_ part: Substring, sign: Character) -> Int? {
    guard part.first == sign else { return nil }
    let numbers = part.dropFirst().split(separator: ",")
    guard let first = numbers.first.flatMap({ Int($0) }), (0..<(1 << 40)).contains(first) else { return nil }
    return numbers.count > 1 && numbers[1] == "0" ? first + 1 : first
  }
}
