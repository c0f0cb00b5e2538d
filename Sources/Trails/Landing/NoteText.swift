internal import Basics
internal import TraceModel

/// The note on a commit: one line per trace and file, sorted, so that the union of two clones' lines is a note again.
///
/// `opentraces:<trace> session=<id> lines=4-10,12 tier=<tier> path=<path>`; lines that start otherwise are somebody
/// else's and are kept.
public struct NoteText {
  static let prefix = "opentraces:"

  /// What one line says.
  public struct Line: Hashable, Sendable {
    public let traceID: String
    public let sessionID: String
    public let ranges: [ClosedRange<Int>]
    public let tier: String
    public let path: String
  }

  static func lines(_ anchors: [Anchor]) -> [String] {
    struct Key: Hashable {
      let trace: String
      let session: String
      let path: BytePath
    }
    let groups = Dictionary(grouping: anchors) { Key(trace: $0.traceID, session: $0.sessionID, path: $0.path) }
    return groups.map { key, anchors in
      let ranges = LineRanges.text(anchors.compactMap(\.range))
      let weakest = anchors.map(\.tier).max { $0.rank < $1.rank } ?? .unknown
      let lines = ranges.isEmpty ? "-" : ranges
      return "\(prefix)\(key.trace) session=\(key.session) lines=\(lines) tier=\(weakest.rawValue) "
        + "path=\(escaped(key.path.description))"
    }.sorted()
  }

  private static func escaped(_ path: String) -> String {
    path.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  private static func unescaped(_ text: String) -> String {
    var isEscaped = false
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if !isEscaped, scalar == "\\" {
        isEscaped = true
      } else {
        result.append(isEscaped && scalar == "n" ? "\n" : scalar)
        isEscaped = false
      }
    }
    return String(result)
  }

  /// A note with our lines replaced by these and everything else kept; nil when nothing is left.
  static func note(replacing old: [UInt8]?, with lines: [String]) -> [UInt8]? {
    var foreign = (old ?? []).split(separator: 0x0A, omittingEmptySubsequences: false)
    if foreign.last?.isEmpty == true { foreign.removeLast() }
    let all = foreign.filter { !$0.starts(with: prefix.utf8) }.map { Array($0) } + lines.map { Array($0.utf8) }
    return all.isEmpty ? nil : Array((all + [[]]).joined(separator: [0x0A]))
  }

  /// A note without the lines about one trace; nil when nothing is left.
  static func note(_ note: [UInt8], without trace: String) -> [UInt8]? {
    let unwanted = Array((prefix + trace + " ").utf8)
    let lines = note.split(separator: 0x0A, omittingEmptySubsequences: false).filter { !$0.starts(with: unwanted) }
    return lines.allSatisfy(\.isEmpty) ? nil : Array(lines.joined(separator: [0x0A]))
  }

  /// The text of those lines that are about one trace.
  static func lines(of trace: String, in note: [UInt8]) -> [UInt8] {
    let wanted = Array((prefix + trace + " ").utf8)
    return note.split(separator: 0x0A).filter { $0.starts(with: wanted) }.flatMap { $0 + [0x0A] }
  }

  /// A note with lines of ours added that it does not have; what others wrote stays as it is.
  static func note(_ old: [UInt8]?, adding lines: [UInt8]) -> [UInt8]? {
    let own = (old ?? []).split(separator: 0x0A).filter { $0.starts(with: prefix.utf8) }
    let new = lines.split(separator: 0x0A).filter { !own.contains($0) }
    guard !new.isEmpty else { return old }
    let all = (own + new).map { String(decoding: $0, as: UTF8.self) }
    return note(replacing: old, with: all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  /// The lines of a note that are ours.
  public static func parse(_ note: [UInt8]) -> [Line] {
    note.split(separator: 0x0A).compactMap { parse(line: Substring(decoding: $0, as: UTF8.self)) }
  }

  private static func parse(line: Substring) -> Line? {
    guard line.hasPrefix(prefix) else { return nil }
    let fields = line.dropFirst(prefix.count).split(separator: " ", maxSplits: 4)
    guard let trace = fields.first, !trace.isEmpty else { return nil }
    func value(_ key: String) -> String {
      fields.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) } ?? ""
    }
    let ranges = value("lines").split(separator: ",").compactMap { text -> ClosedRange<Int>? in
      let ends = text.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return nil }
      return first...last
    }
    return Line(
      traceID: String(trace), sessionID: value("session"), ranges: ranges, tier: value("tier"),
      path: unescaped(value("path")))
  }
}
