internal import Basics

/// Looks for something in the first lines of a file without reading all of it.
enum FileHead {
  /// Bytes that are read first; more while nothing is found, up to the limit, and beyond it to the end of the line that
  /// stands there: a line can hold images of many megabytes.
  private static let size = 16 * 1024
  private static let limit = 4 * 1024 * 1024

  /// What `find` finds in the first line it finds something in; nil also when the file can't be read.
  ///
  /// - Parameters:
  ///   - lines: how many lines are looked at.
  ///   - find: is called for each object with its line number, and anew from the first line on when more is read.
  static func first<Found>(
    inFile path: String, size: Int, lines: Int = .max, _ find: (JSONView, Int) -> Found?
  ) -> Found? {
    var length = Self.size
    while true {
      // A file that vanished or may not be read is no session of ours.
      guard let head = try? read(path, length) else { return nil }
      let (found, count) = first(in: head, lines: lines, find)
      if let found { return found }
      let isInsideALongLine = (head.bytes.lastIndex(of: 0x0A) ?? 0) < head.count / 2
      guard count < lines, length < size, length < limit || isInsideALongLine else { return nil }
      length *= 4
    }
  }

  private static func read(_ path: String, _ length: Int) throws -> PaddedBuffer {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: length)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return PaddedBuffer(copying: bytes[..<count])
  }

  /// What was found, and how many whole lines there are.
  private static func first<Found>(
    in head: PaddedBuffer, lines: Int, _ find: (JSONView, Int) -> Found?
  ) -> (found: Found?, lines: Int) {
    let parser = JSONParser()
    var found: Found?
    var count = 0
    head.forEachLine { line in
      guard found == nil, line.isTerminated, line.number <= lines else { return }
      count = line.number
      // A damaged line says nothing; the next one may.
      if line.bytes.count > 2 { found = try? parser.parse(padded: line.bytes) { find($0, line.number) } }
    }
    return (found, count)
  }
}
