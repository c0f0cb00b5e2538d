internal import Basics

/// Reads the head of a session file until one of its lines tells what is asked for.
enum HeadReader {
  /// Bytes of a file that are read at first; more while nothing is found, up to the limit, and beyond it to the end of
  /// the line that stands there: a prompt can hold images of many megabytes.
  private static let headSize = 16 * 1024
  private static let headLimit = 4 * 1024 * 1024

  /// What `pick` makes of the first line it accepts; nil also when the file can't be read.
  ///
  /// - Parameter size: the bytes of the file.
  static func first<T>(ofFile path: String, size: Int, _ pick: (JSONView) -> T?) -> T? {
    var length = headSize
    while true {
      // A file that vanished or may not be read is no session of ours.
      guard let head = try? head(ofFile: path, length) else { return nil }
      if let found = first(in: head, pick) { return found }
      let isInsideALongLine = (head.bytes.lastIndex(of: 0x0A) ?? 0) < head.count / 2
      guard length < size, length < headLimit || isInsideALongLine else { return nil }
      length *= 4
    }
  }

  private static func head(ofFile path: String, _ length: Int) throws -> PaddedBuffer {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: length)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return PaddedBuffer(copying: bytes[..<count])
  }

  private static func first<T>(in head: PaddedBuffer, _ pick: (JSONView) -> T?) -> T? {
    let parser = JSONParser()
    var found: T?
    head.forEachLine { line in
      guard found == nil, line.isTerminated, line.bytes.count > 2 else { return }
      // A damaged line says nothing; the next one may.
      found = (try? parser.parse(padded: line.bytes, pick)) ?? nil
    }
    return found
  }
}
