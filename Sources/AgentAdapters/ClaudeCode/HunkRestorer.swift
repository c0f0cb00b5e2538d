internal import Basics
internal import TraceModel

/// Gives recorded hunks the exact text of their lines.
///
/// Claude Code writes the lines of a patch as it shows them: each leading tab as two spaces. The
/// line numbers are right, so the exact lines are taken from the texts before and after the edit.
struct HunkRestorer {
  private let before: LineIndex
  private let after: LineIndex

  init(before: [UInt8], after: [UInt8]) {
    self.before = LineIndex(before)
    self.after = LineIndex(after)
  }

  /// The hunks with exact lines, or nil when a line does not look like the recorded one.
  func restore(_ hunks: [EditHunk]) -> [EditHunk]? {
    var restored: [EditHunk] = []
    for hunk in hunks {
      guard let exact = restore(hunk) else { return nil }
      restored.append(exact)
    }
    return restored
  }

  private func restore(_ hunk: EditHunk) -> EditHunk? {
    let old = hunk.oldStart - 1
    let oldEnd = old + hunk.removed.count
    guard let removed = lines(hunk.removed, at: old, in: before),
      let added = lines(hunk.added, at: hunk.newStart - 1, in: after),
      let head = lines(hunk.contextBefore, at: old - hunk.contextBefore.count, in: before),
      let tail = lines(hunk.contextAfter, at: oldEnd, in: before)
    else { return nil }
    var exact = hunk
    exact.removed = removed
    exact.added = added
    exact.contextBefore = head
    exact.contextAfter = tail
    return exact
  }

  private func lines(_ shown: [String], at start: Int, in index: LineIndex) -> [String]? {
    guard let exact = index.lines(start..<(start + shown.count)) else { return nil }
    return zip(exact, shown).allSatisfy { $0 == $1 || Self.shows($1, $0) } ? exact : nil
  }

  /// Whether a line is shown like this.
  private static func shows(_ shown: String, _ line: String) -> Bool {
    let tabs = line.utf8.prefix { $0 == 0x09 }.count
    guard tabs > 0, shown.utf8.count == line.utf8.count + tabs else { return false }
    return shown.utf8.prefix(tabs * 2).allSatisfy { $0 == 0x20 }
      && shown.utf8.dropFirst(tabs * 2).elementsEqual(line.utf8.dropFirst(tabs))
  }
}

/// Applies literal replacements as Claude Code does.
enum ReplacementApplier {
  /// The text after the replacements, or nil when one of them does not occur.
  static func apply(_ replacements: [(old: [UInt8], new: [UInt8], all: Bool)], to text: [UInt8])
    -> [UInt8]?
  {
    var text = text
    for pair in replacements {
      guard let next = apply(pair, to: text) else { return nil }
      text = next
    }
    return text
  }

  private static func apply(
    _ pair: (old: [UInt8], new: [UInt8], all: Bool), to text: [UInt8]
  ) -> [UInt8]? {
    if pair.old.isEmpty { return text.isEmpty ? pair.new : nil }
    // Removing whole lines takes the line feed behind them along.
    if pair.new.isEmpty, pair.old.last != 0x0A,
      let result = replace(pair.old + [0x0A], with: [], all: pair.all, in: text)
    {
      return result
    }
    return replace(pair.old, with: pair.new, all: pair.all, in: text)
  }

  private static func replace(
    _ old: [UInt8], with new: [UInt8], all: Bool, in text: [UInt8]
  ) -> [UInt8]? {
    let places = TextSearch.offsets(of: old, in: text, limit: all ? Int.max : 1)
    guard !places.isEmpty else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(text.count + places.count * max(0, new.count - old.count))
    var at = 0
    for place in places {
      result += text[at..<place]
      result += new
      at = place + old.count
    }
    result += text[at...]
    return result
  }
}
