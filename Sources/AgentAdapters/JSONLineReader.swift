internal import Basics

/// Reads a file of one JSON object per line; what can't be read is reported and left out.
struct JSONLineReader {
  private let parser = JSONParser()
  private(set) var problems: [LineProblem] = []
  /// Physical lines, blank ones included, without an unfinished last one.
  private(set) var lineCount = 0
  private(set) var damagedCount = 0

  /// Whether more than 5 % of the lines can't be read.
  var isCorrupt: Bool { damagedCount * 20 > lineCount }

  /// Hands every object to `body`, which returns why the line is none of its kind, or nil.
  ///
  /// - Complexity: linear in the bytes.
  mutating func read(_ buffer: PaddedBuffer, _ body: (JSONView, FileLine) -> String?) {
    buffer.forEachLine { read($0, body) }
  }

  private mutating func read(_ line: FileLine, _ body: (JSONView, FileLine) -> String?) {
    lineCount += 1
    guard line.bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    do {
      let problem = try parser.parse(padded: line.bytes) { Self.problem(of: $0, line, body) }
      if let problem { report(line, problem) }
    } catch {
      guard let halves = doubled(line) else { return report(line, "\(error)") }
      for half in halves {
        // Both were parsed a moment ago.
        _ = try? parser.parse(padded: half) { Self.problem(of: $0, line, body) }
      }
      note(line, "two lines in one; both were read")
    }
  }

  private static func problem(
    of view: JSONView, _ line: FileLine, _ body: (JSONView, FileLine) -> String?
  ) -> String? {
    view.kind == .object ? body(view, line) : "no object"
  }

  /// The parts of a line whose line feed was lost between two documents.
  private func doubled(_ line: FileLine) -> [UnsafeBufferPointer<UInt8>]? {
    let bytes = line.bytes
    for cut in bytes.indices.dropFirst() where isCut(bytes, cut) {
      let halves = [bytes[..<cut], bytes[cut...]].map { UnsafeBufferPointer(rebasing: $0) }
      // Only a cut between two whole documents is one.
      if halves.allSatisfy({ (try? parser.parse(padded: $0) { $0.kind == .object }) == true }) { return halves }
    }
    return nil
  }

  private func isCut(_ bytes: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
    bytes[at] == 0x7B && bytes[at - 1] == 0x7D && at + 1 < bytes.count && bytes[at + 1] == 0x22
  }

  /// A last line without line feed is one that is just being written.
  private mutating func report(_ line: FileLine, _ message: String) {
    guard line.isTerminated else { return lineCount -= 1 }
    damagedCount += 1
    note(line, message)
  }

  private mutating func note(_ line: FileLine, _ message: String) {
    problems.append(LineProblem(line: line.number, offset: line.offset, message: message))
  }
}
