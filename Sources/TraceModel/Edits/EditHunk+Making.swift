extension EditHunk {
  /// How many unchanged lines are kept on either side.
  static let contextLimit = 3

  /// Splits a hunk of unified-diff lines (` `, `-`, `+` in front) into its runs of changed lines.
  ///
  /// - Parameters:
  ///   - lines: the lines of the hunk; those that start with `\` are ignored.
  ///   - oldStart: 1-based line of the first line before the edit.
  ///   - newStart: 1-based line of the first line after the edit.
  public static func runs(in lines: [String], oldStart: Int, newStart: Int) -> [EditHunk] {
    var splitter = RunSplitter(old: oldStart, new: newStart)
    for line in lines { splitter.add(line) }
    return splitter.finish()
  }

  /// One hunk for a text that replaces another at an unknown place. Equal lines at both ends
  /// become context.
  public static func replacement(old: String, new: String) -> EditHunk {
    let before = TextLines.split(old)
    let after = TextLines.split(new)
    let shorter = min(before.count, after.count)
    let head = (0..<shorter).prefix { before[$0] == after[$0] }.count
    let tail = (0..<(shorter - head)).prefix {
      before[before.count - 1 - $0] == after[after.count - 1 - $0]
    }.count
    var hunk = EditHunk(
      oldStart: 0, newStart: 0, removed: Array(before[head..<(before.count - tail)]),
      added: Array(after[head..<(after.count - tail)]))
    hunk.contextBefore = Array(before[..<head].suffix(contextLimit))
    hunk.contextAfter = Array(before[(before.count - tail)...].prefix(contextLimit))
    hunk.isLineAligned = false
    return hunk
  }

  /// One hunk that holds all lines of a file.
  public static func wholeFile(_ text: String) -> EditHunk {
    EditHunk(oldStart: 0, newStart: 1, removed: [], added: TextLines.split(text))
  }

  /// One hunk with the lines between the equal lines at both ends of two known texts; nil when the
  /// texts are equal.
  public static func difference(from old: String, to new: String) -> EditHunk? {
    guard old != new else { return nil }
    var hunk = replacement(old: old, new: new)
    let before = TextLines.split(old)
    let after = TextLines.split(new)
    let head = zip(before, after).prefix { $0 == $1 }.count
    hunk.oldStart = head + 1
    hunk.newStart = head + 1
    hunk.isLineAligned = true
    return hunk
  }
}

/// Collects runs of changed lines while it walks over the lines of one hunk.
private struct RunSplitter {
  private var old: Int
  private var new: Int
  private var runs: [EditHunk] = []
  private var open: EditHunk?
  private var context: [String] = []

  init(old: Int, new: Int) {
    self.old = old
    self.new = new
  }

  mutating func add(_ line: String) {
    let text = String(line.dropFirstByte())
    switch line.utf8.first {
    case UInt8(ascii: "-"):
      change { $0.removed.append(text) }
      old += 1
    case UInt8(ascii: "+"):
      change { $0.added.append(text) }
      new += 1
    case UInt8(ascii: "\\"): break
    default: keep(text)
    }
  }

  private mutating func change(_ body: (inout EditHunk) -> Void) {
    var hunk = open ?? start()
    body(&hunk)
    open = hunk
  }

  private mutating func start() -> EditHunk {
    var hunk = EditHunk(oldStart: old, newStart: new, removed: [], added: [])
    hunk.contextBefore = Array(context.suffix(EditHunk.contextLimit))
    context = []
    return hunk
  }

  private mutating func keep(_ text: String) {
    if let hunk = open { runs.append(hunk) }
    open = nil
    context.append(text)
    if !runs.isEmpty, context.count <= EditHunk.contextLimit {
      runs[runs.count - 1].contextAfter.append(text)
    }
    old += 1
    new += 1
  }

  mutating func finish() -> [EditHunk] {
    if let hunk = open { runs.append(hunk) }
    open = nil
    return runs
  }
}

extension String {
  /// The text without its first byte, which must be ASCII.
  fileprivate func dropFirstByte() -> Substring {
    guard !isEmpty else { return Substring() }
    return self[utf8.index(after: startIndex)...]
  }
}
