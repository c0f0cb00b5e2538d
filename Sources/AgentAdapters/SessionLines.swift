internal import Basics

/// Reads a session file line by line and keeps account of the lines that can't be read.
struct SessionLines {
  private let parser = JSONParser()
  private(set) var problems: [LineProblem] = []
  /// Physical lines, blank ones included, without an unfinished last one.
  private(set) var count = 0
  private(set) var damagedCount = 0

  /// Whether more than 5 % of the lines can't be read.
  var isCorrupt: Bool { damagedCount * 20 > count }

  /// Hands each object with a `type` to `body`. Of two objects in one line, both are read.
  mutating func read(_ buffer: PaddedBuffer, _ body: (JSONView, String, FileLine) -> Void) {
    buffer.forEachLine { read($0, body) }
  }

  private mutating func read(_ line: FileLine, _ body: (JSONView, String, FileLine) -> Void) {
    count += 1
    guard line.bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    do {
      if try !hand(line.bytes, of: line, to: body) { report(line, "no object with a type") }
    } catch {
      guard let halves = doubled(line) else { return report(line, "\(error)") }
      // Both were parsed a moment ago.
      for half in halves { _ = try? hand(half, of: line, to: body) }
      note(line, "two lines in one; both were read")
    }
  }

  private func hand(
    _ text: UnsafeBufferPointer<UInt8>, of line: FileLine, to body: (JSONView, String, FileLine) -> Void
  ) throws -> Bool {
    try parser.parse(padded: text) { view in
      guard view.kind == .object, let type = view.text("type") else { return false }
      body(view, type, line)
      return true
    }
  }

  /// The parts of a line whose line feed was lost between two documents.
  private func doubled(_ line: FileLine) -> [UnsafeBufferPointer<UInt8>]? {
    let bytes = line.bytes
    let cuts = bytes.indices.dropFirst().lazy.filter { at in
      bytes[at] == 0x7B && bytes[at - 1] == 0x7D && at + 1 < bytes.count && bytes[at + 1] == 0x22
    }
    for cut in cuts {
      let halves = [bytes[..<cut], bytes[cut...]].map { UnsafeBufferPointer(rebasing: $0) }
      // Only a cut between two whole documents is one.
      if halves.allSatisfy({ (try? parser.parse(padded: $0) { $0.kind == .object }) == true }) { return halves }
    }
    return nil
  }

  private mutating func note(_ line: FileLine, _ message: String) {
    problems.append(LineProblem(line: line.number, offset: line.offset, message: message))
  }

  /// A last line without line feed is one that is just being written.
  private mutating func report(_ line: FileLine, _ message: String) {
    guard line.isTerminated else { return count -= 1 }
    damagedCount += 1
    note(line, message)
  }
}
