public import Basics

/// What the hooks of one agent session reported, in a file of the git directory: one JSON object per line, only ever
/// appended to.
///
/// `<common directory>/opentraces/journal/<agent>/<session>.jsonl`. A line is written in one call, so lines of several
/// processes never mix; a last line without line feed is one whose writer was stopped, and is ended by the next writer.
public struct Journal: Sendable {
  public let path: String

  /// - Parameter directory: the state directory of a repository.
  public init(directory: String, agent: String, session: String) {
    path = "\(directory)/journal/\(agent)/\(Self.fileName(session)).jsonl"
  }

  public init(path: String) { self.path = path }

  /// All journals in a state directory, sorted by path.
  public static func all(in directory: String) -> [(agent: String, journal: Journal)] {
    let root = directory + "/journal"
    return Files.list(root).flatMap { agent in
      Files.list(root + "/" + agent).filter { $0.hasSuffix(".jsonl") }
        .map { (agent, Journal(path: "\(root)/\(agent)/\($0)")) }
    }
  }

  /// A session's name as a file name: other characters than ASCII letters, digits, `-`, `_` and `.` become `_`.
  static func fileName(_ session: String) -> String {
    let safe = session.unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": Character(scalar)
      default: "_"
      }
    }
    let name = String(String(safe).drop { $0 == "." }.prefix(200))
    return name.isEmpty ? "unknown" : name
  }

  /// Adds a line. Cost: one write.
  public func append(_ line: JSONValue) throws {
    try Files.createDirectory(Paths.parent(path))
    let file = try FileHandle.open(path, .update, mode: 0o600)
    defer { file.close() }
    let size = try file.size()
    var last = [UInt8](repeating: 0x0A, count: 1)
    if size > 0 { _ = try last.withUnsafeMutableBytes { try file.read(into: $0, at: size - 1) } }
    let end = try FileHandle.open(path, .append)
    defer { end.close() }
    try end.write((last[0] == 0x0A ? [] : [0x0A]) + CanonicalJSON.line(line) + [0x0A])
  }

  /// Whether a text stands in the last lines. Cost: one read of 64 KB.
  public func ends(with text: String) throws -> Bool {
    let tail = try tail(bytes: 64 << 10)
    return tail.firstRange(of: Array(text.utf8)) != nil
  }

  /// The last line of a type, damaged ones left out; nil when there is none at the end. Cost: one read of 64 KB.
  public func lastLine(ofType type: String) throws -> JSONValue? {
    try tail(bytes: 64 << 10).split(separator: 0x0A).lazy.reversed().compactMap { try? JSONValue(parsing: $0) }
      .first { $0["type"]?.string == type }
  }

  /// The first and the last lines of a journal; of a short one these are all. Damaged ones are left out. Cost: two reads
  /// of 64 KB.
  public func ends() throws -> [JSONValue] {
    guard let size = Files.status(path)?.size else { return [] }
    let part = 64 << 10
    let bytes = try size <= 2 * part ? read(0, size) : read(0, part) + [0x0A] + read(size - part, part)
    return bytes.split(separator: 0x0A).compactMap { try? JSONValue(parsing: $0) }
  }

  /// The lines that are whole; damaged ones are left out.
  public func lines() throws -> [JSONValue] {
    try (Files.readIfPresent(path) ?? []).split(separator: 0x0A).compactMap { try? JSONValue(parsing: $0) }
  }

  private func tail(bytes: Int) throws -> ArraySlice<UInt8> {
    guard let size = Files.status(path)?.size else { return [] }
    return try read(max(0, size - bytes), bytes)[...]
  }

  private func read(_ start: Int, _ count: Int) throws -> [UInt8] {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
    return Array(bytes[..<got])
  }
}
