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

extension CommandContext {
  /// Brings an index that is there up to date after sessions or ties came in. What goes wrong is told; the command has done
  /// its job.
  ///
  /// - Parameter makesOne: whether one is made where there is none.
  func refreshIndex(_ repository: Repository, makesOne: Bool = false) {
    do { try SearchRefresh.run(repository, makesOne: makesOne) } catch {
      warn("warning: the search index is behind (\(error)); opentraces trace index refresh")
    }
  }
}

/// Brings an index that is there up to date, in hooks once the agent or git has gone on. Where there is none, none is made.
enum SearchRefresh {
  /// Seconds to wait for another process that writes the index: it sees what is new, or the next hook does.
  private static let patience = 2.0

  /// Cost: two trees per trace, and what is kept for searching of those that changed.
  static func run(_ repository: Repository, makesOne: Bool = false) throws {
    let slug = try Enrolment(repository).slug ?? Paths.name(repository.worktree ?? repository.commonDirectory)
    let indexer = SearchIndexer(repository, projectSlug: slug, patience: patience, clock: { Timestamp.now() })
    guard makesOne || Files.exists(indexer.path) else { return }
    if case .usable(_, _, let isStale) = try indexer.state(), !isStale { return }
    repository.refreshObjects()
    _ = try indexer.refresh(SilentProgress())
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
