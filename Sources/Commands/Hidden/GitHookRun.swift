internal import Basics
internal import Capture
internal import GitKit
internal import Ingest
internal import Integrations
internal import TraceStore
internal import Trails

/// One run of a git hook: attributes the new commits and logs what it did.
struct GitHookRun {
  let event: String
  /// What git gave the hook, as its script hands it on.
  let arguments: [String]
  /// What git wrote to the hook's standard input.
  let input: [UInt8]
  let environment: HostEnvironment

  /// What a hook has to do, found out while git still waits: HEAD may be another commit afterwards.
  struct Job {
    fileprivate let repository: Repository
    fileprivate let commits: [ObjectID]
    /// Of post-rewrite: what became of what.
    fileprivate var rewrites: [Rewrite] = []
    fileprivate let start: Double
    /// Why there is nothing to work on.
    fileprivate var reason: String?
    fileprivate var error: String?

    /// Whether there is more to do than to log.
    var needsWork: Bool { reason == nil && error == nil }
  }

  /// Finds the commits and puts them on the list of pending ones; nil where the hook has no business.
  func prepare() -> Job? {
    let start = MonotonicClock.seconds()
    // Outside a repository there is nothing to do and nowhere to log.
    guard let repository = (try? Repository.open(containing: Files.currentDirectory)) ?? nil else { return nil }
    do {
      let excluded = try ProjectRegistry(environment).excludedProjects()
      guard try Enrolment(repository, excludedProjects: excluded).isActive else { return nil }
      HookDeadline.report(event, in: repository)
      let commits = try commits(in: repository)
      if commits.isEmpty, event == "post-checkout" { return nil }
      let isListed = try attribution(repository).enlist(
        commits, hasLiveSessions: LiveSessions.exist(in: repository))
      return Job(
        repository: repository, commits: commits, rewrites: rewrites, start: start,
        reason: isListed ? nil : "no_traces", error: nil)
    } catch {
      return Job(repository: repository, commits: [], start: start, reason: nil, error: "\(error)")
    }
  }

  func finish(_ job: Job) {
    let repository = job.repository
    var entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string(event), "commits": .strings(job.commits.map(\.hex)), "sha": .optional(job.commits.last?.hex),
      "reason": .optional(job.reason), "error": .optional(job.error),
    ]
    if job.needsWork {
      do {
        // What running sessions did until now may be what was committed.
        if LiveSessions.exist(in: repository) {
          try BoundaryRecorder(repository).settle()
          try LiveFold.sessions(repository, environment, time: .now()).fold()
        }
      } catch {
        entry["live_error"] = .string("\(error)")
      }
      do {
        let report = try attribution(repository).work(on: job.commits)
        entry["candidates"] = .int(report.candidates)
        entry["notes_written"] = .int(report.landing.notesWritten)
        entry["trail_anchors_created"] = .int(report.landing.anchorsCreated)
        entry["reason"] = .optional(report.reason)
        entry["anchors_superseded"] = .int(
          try Supersession(repository, source: source, time: .now()).record(job.rewrites))
      } catch {
        entry["error"] = .string("\(error)")
      }
    }
    if job.needsWork {
      do { try SearchRefresh.run(repository) } catch { entry["index_error"] = .string("\(error)") }
    }
    entry["duration_ms"] = .int(Int((MonotonicClock.seconds() - job.start) * 1000))
    // The log is a convenience: a hook that cannot write it has still done its work.
    try? HookLog(repository).append(.object(entry))
  }

  private func attribution(_ repository: Repository) -> IncrementalAttribution {
    IncrementalAttribution(repository, source: source, time: Timestamp.now())
  }

  private var source: String {
    event == "post-commit" ? "post-commit-correlator" : event + "-hook"
  }

  /// Commits that one merge or pull can bring and that are looked at before the hook's time is up.
  private static let mergeLimit = 50

  /// The commits that are new: HEAD; what post-rewrite lists on standard input; what a merge or pull brought.
  private func commits(in repository: Repository) throws -> [ObjectID] {
    if event == "post-merge" {
      guard let head = try repository.head() else { return [] }
      let before = try repository.resolve(reference: "ORIG_HEAD").map { [$0] } ?? []
      return try repository.walk(from: [head], hiding: before, order: .topological, limit: Self.mergeLimit).reversed()
    }
    if event == "post-checkout" {
      // Most checkouts go to commits that are known.
      guard let head = try repository.head(), head.hex != arguments.first, try Bucket(repository).tip != nil else {
        return []
      }
      return try attribution(repository).unseen(repository.walk(from: [head], limit: Self.mergeLimit).reversed())
    }
    guard event == "post-rewrite" else { return try repository.head().map { [$0] } ?? [] }
    var seen: Set<ObjectID> = []
    return rewrites.map(\.new).filter { seen.insert($0).inserted }
  }

  /// What git lists on post-rewrite's standard input: the old id and the new one, a pair a line.
  private var rewrites: [Rewrite] {
    guard event == "post-rewrite" else { return [] }
    return String(decoding: input, as: UTF8.self).split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 2, let old = ObjectID(hex: fields[0]), let new = ObjectID(hex: fields[1]) else {
        return nil
      }
      return Rewrite(old: old, new: new)
    }
  }
}
