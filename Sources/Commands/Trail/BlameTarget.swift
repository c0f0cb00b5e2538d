internal import Basics
internal import GitKit
internal import TraceStore

/// What the argument of `trail blame commit` means.
enum BlameTarget {
  case commit(Commit)
  case traces([String])
  case line(BytePath, Int)

  private static let command = "trail blame commit"

  static func resolve(_ ref: String, in repository: Repository) throws -> BlameTarget {
    if ref.hasPrefix("c:") {
      guard let commit = try commit(String(ref.dropFirst(2)), repository) else { throw unknown("commit", ref) }
      return .commit(commit)
    }
    if ref.hasPrefix("t:") { return .traces([try trace(String(ref.dropFirst(2)), repository)]) }
    if ref.hasPrefix("s:") {
      let traces = try Bucket.union(repository).rows().filter { $0.sessionID.hasPrefix(String(ref.dropFirst(2))) }
      guard !traces.isEmpty else { throw unknown("session", ref) }
      return .traces(traces.map(\.traceID))
    }
    if let line = pathAndLine(ref) { return .line(line.0, line.1) }
    if ref.contains("-"), let id = try traceOrSession(ref, repository) { return .traces([id]) }
    if let commit = try commit(ref, repository) { return .commit(commit) }
    if let id = try traceOrSession(ref, repository) { return .traces([id]) }
    throw unknown("id", ref)
  }

  private static func pathAndLine(_ ref: String) -> (BytePath, Int)? {
    guard let colon = ref.lastIndex(of: ":"), let line = Int(ref[ref.index(after: colon)...]), line > 0 else {
      return nil
    }
    return (BytePath(String(ref[..<colon])), line)
  }

  private static func commit(_ text: String, _ repository: Repository) throws -> Commit? {
    try repository.commit(revision: text).flatMap { try repository.commit($0) }
  }

  private static func traceOrSession(_ text: String, _ repository: Repository) throws -> String? {
    let rows = try Bucket.union(repository).rows().filter { $0.traceID.hasPrefix(text) || $0.sessionID.hasPrefix(text) }
    if rows.count > 1 { throw ambiguous(text, rows.map(\.traceID)) }
    return rows.first?.traceID
  }

  /// The full id of a trace from a prefix of it.
  static func trace(_ text: String, _ repository: Repository) throws -> String {
    guard let id = try knownTrace(text, repository) else { throw unknown("trace", "t:" + text) }
    return id
  }

  /// As ``trace(_:_:)``, but nil for a trace that nobody knows. A prefix that fits several is an error either way.
  static func knownTrace(_ text: String, _ repository: Repository) throws -> String? {
    let bucket = try Bucket.union(repository)
    if try bucket.row(text) != nil { return text }
    guard text.count >= 2 else { return nil }
    let matches = try bucket.rows().filter { $0.traceID.hasPrefix(text.lowercased()) }
    if matches.count > 1 { throw ambiguous(text, matches.map(\.traceID)) }
    return matches.first?.traceID
  }

  private static func ambiguous(_ text: String, _ ids: [String]) -> UserFacingError {
    let shown = ids.prefix(10).map { String($0.prefix(13)) }.joined(separator: ", ")
    return UserFacingError(
      code: "AMBIGUOUS_ID", kind: command, message: "\(text) fits \(ids.count) traces: \(shown)",
      hint: "use more characters of the id", exitCode: ExitStatus.usage)
  }

  private static func unknown(_ what: String, _ ref: String) -> UserFacingError {
    UserFacingError(
      code: "UNKNOWN_ID", kind: command, message: "unknown \(what): \(ref)",
      hint: "opentraces trail graph lists commits and traces", exitCode: ExitStatus.usage)
  }
}
