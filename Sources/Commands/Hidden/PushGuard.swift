internal import Basics
internal import GitKit
internal import Sharing

/// What the pre-push hook asks about planes that somebody pushes by hand: whether all in them was filtered by the present
/// rules. `bucket remote push` filters first and does not ask.
enum PushGuard {
  static let word = "_guard"

  /// - Parameter ids: the commits that are to be pushed.
  /// - Returns: 0 when they may leave.
  static func run(_ ids: [String], _ context: CommandContext) throws -> Int32 {
    let repository = try context.repository()
    let share = try ShareContext(repository, context)
    for id in ids.compactMap({ ObjectID(hex: $0) }) {
      let count = try SharePlane(repository, tip: id).traces(clearedBy: share.policy)
      if count.others == 0 { continue }
      let reason =
        share.policy.isConfigured
        ? "\(count.others) of \(count.all) sessions in \(id.short) were filtered by other rules than those of now"
        : "no security tool is enabled"
      context.warn("opentraces: not pushed: \(reason); 'opentraces bucket remote push' filters first.")
      return ExitStatus.failure
    }
    return ExitStatus.ok
  }
}
