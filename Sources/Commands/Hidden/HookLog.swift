internal import Basics
internal import GitKit
internal import Integrations

/// One JSON line per hook run; when the file passes its limit, the older half goes.
struct HookLog {
  static let limit = 5 << 20
  let path: String

  init(_ repository: Repository) { path = repository.stateDirectory + "/hook.log" }

  /// The log of the machine, for what the log of a repository can't take: its disk may be full.
  init(_ environment: HostEnvironment) { path = environment.opentracesHome + "/hook.log" }

  func append(_ entry: JSONValue) throws {
    try Files.createDirectory(Paths.parent(path))
    if let size = Files.status(path)?.size, size > Self.limit { try halve() }
    try Files.append(CanonicalJSON.line(entry) + [0x0A], to: path)
  }

  /// A run that failed, or that ended itself.
  struct Problem {
    let time: Timestamp
    /// The agent and its event, or git's hook.
    let hook: String
    let error: String
  }

  /// The problems since a time, oldest first. Cost: one read of 256 KB.
  ///
  /// - Parameter worktree: leaves out those of other repositories.
  func problems(since start: Timestamp, in worktree: String) -> [Problem] {
    // A log that can't be read tells of no problem.
    let size = Files.status(path)?.size ?? 0
    guard let buffer = try? PaddedBuffer(readingFile: path, from: max(0, size - 256 << 10)) else { return [] }
    return buffer.bytes.split(separator: 0x0A).compactMap { line in
      guard let json = try? JSONValue(parsing: line), let error = json["error"]?.string,
        let time = json["ts"]?.string.flatMap({ Timestamp($0) }), time >= start, json["repo"]?.string == worktree
      else { return nil }
      return Problem(time: time, hook: json["hook"]?.string ?? "git hook", error: error)
    }
  }

  private func halve() throws {
    guard let bytes = try Files.readIfPresent(path) else { return }
    let middle = bytes.count / 2
    let cut = bytes[middle...].firstIndex(of: 0x0A).map { $0 + 1 } ?? middle
    try Files.writeAtomically(Array(bytes[cut...]), to: path)
  }
}
