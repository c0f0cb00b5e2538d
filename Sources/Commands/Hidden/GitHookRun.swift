internal import Basics
internal import GitKit
internal import Integrations
internal import TraceStore
internal import Trails

/// One run of a git hook: attributes the new commits and logs what it did.
struct GitHookRun {
  let event: String
  /// What git wrote to the hook's standard input.
  let input: [UInt8]
  let environment: HostEnvironment

  func run() {
    let directory = Files.currentDirectory
    let start = MonotonicClock.seconds()
    // Outside a repository there is nothing to do and nowhere to log.
    guard let repository = (try? Repository.open(containing: directory)) ?? nil else { return }
    var entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string(event),
    ]
    do {
      let excluded = try ProjectRegistry(environment).excludedProjects()
      guard try Enrolment(repository, excludedProjects: excluded).isActive else { return }
      let report = try attribute(try commits(in: repository), repository)
      entry["commits"] = .strings(report.commits.map(\.hex))
      entry["sha"] = .optional(report.commits.last?.hex)
      entry["candidates"] = .int(report.candidates)
      entry["notes_written"] = .int(report.landing.notesWritten)
      entry["trail_anchors_created"] = .int(report.landing.anchorsCreated)
      entry["reason"] = .optional(report.reason)
      entry["error"] = .null
    } catch {
      entry["error"] = .string("\(error)")
    }
    entry["duration_ms"] = .int(Int((MonotonicClock.seconds() - start) * 1000))
    // The log is a convenience: a hook that cannot write it has still done its work.
    try? HookLog(repository).append(.object(entry))
  }

  private func attribute(_ commits: [ObjectID], _ repository: Repository) throws -> IncrementalAttribution.Report {
    try IncrementalAttribution(repository, source: source, time: Timestamp.now()).run(commits)
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
    guard event == "post-rewrite" else { return try repository.head().map { [$0] } ?? [] }
    let lines = String(decoding: input, as: UTF8.self).split(separator: "\n")
    return lines.compactMap { line in
      let fields = line.split(separator: " ")
      return fields.count >= 2 ? ObjectID(hex: fields[1]) : nil
    }
  }
}
