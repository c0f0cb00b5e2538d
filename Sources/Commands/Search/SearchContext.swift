internal import Basics
internal import GitKit
internal import Integrations

extension CommandContext {
  /// The indexer of a repository.
  func indexer(_ repository: Repository) throws -> SearchIndexer {
    let slug = try Enrolment(repository).slug ?? Paths.name(repository.worktree ?? repository.commonDirectory)
    return SearchIndexer(repository, projectSlug: slug, clock: { self.now() })
  }
}

/// `7d`, `12h`, `30m`, a date or a time, as `--since` of searches takes it.
enum SinceText {
  /// ISO 8601, UTC.
  static func bound(_ text: String, now: Timestamp, command: String) throws -> String {
    if let time = Timestamp(text) ?? Timestamp(text + "T00:00:00Z") { return time.iso8601 }
    let units: [Character: Int] = ["d": 86_400, "h": 3600, "m": 60]
    guard let unit = text.lowercased().last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count >= 0,
      count < 1_000_000
    else {
      throw UserFacingError.usage(
        "'\(text)' is no time", command: command, hint: "--since takes 7d, 12h, 30m, a date or an ISO 8601 time")
    }
    return Timestamp(seconds: max(0, now.seconds - count * unit)).iso8601
  }
}
