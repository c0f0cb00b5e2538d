internal import Basics
internal import GitKit
internal import Glibc
internal import Integrations
internal import TraceStore

/// Makes beforehand what the first look at a session would have to work out: after a back-fill that is the comparison of
/// every version of the files that it changed. By a process of its own with the lowest priority, for some seconds, the
/// longest sessions first; whoever looks before it has come to a session waits as long as ever.
enum Preparation {
  /// The word that the process is started with.
  static let word = "_prepare"

  /// Sessions tied to commits from which it is worth a process.
  private static let many = 20
  private static let seconds = 15.0

  /// Starts the process when there is enough to do. Its failures change nothing.
  static func start(_ repository: Repository, sessions: Int, _ context: CommandContext) {
    guard sessions >= many else { return }
    ChildProgram.startDetached(
      context.executable, [word], environment: context.environment.variables,
      directory: repository.worktree ?? repository.commonDirectory)
  }

  static func run(_ context: CommandContext) -> Int32 {
    _ = nice(19)
    let end = MonotonicClock.seconds() + seconds
    guard let repository = try? context.repository(), let rows = try? Bucket.union(repository).rows() else {
      return ExitStatus.ok
    }
    for row in rows.filter({ $0.patchCount > 0 }).sorted(by: { $0.stepCount > $1.stepCount }) {
      if MonotonicClock.seconds() > end { break }
      _ = try? BurstFates(repository, trace: row.traceID)
    }
    return ExitStatus.ok
  }
}
