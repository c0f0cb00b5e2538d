internal import Basics
internal import GitKit
internal import TraceStore

/// The right to change what is shared, and what is kept of remotes: one process of a clone at a time.
final class ShareTurn {
  private let lock: FileLock
  private let intent: ReferenceIntent

  /// Seconds to wait for another process.
  private static let patience = 60.0

  /// - Throws: ``RemoteProblem`` when another process has it all the time.
  init(_ repository: Repository) throws {
    let path = repository.stateDirectory + "/share.lock"
    try Files.createDirectory(repository.stateDirectory)
    guard let lock = try FileLock.acquire(path, timeout: Self.patience) else {
      throw RemoteProblem(.locked, "another process is filtering, pushing or pulling")
    }
    self.lock = lock
    intent = ReferenceIntent(repository, name: "share.intent")
    try intent.clearLeftovers(below: ["refs/opentraces/bucket", "refs/opentraces/remotes", "refs/notes/remotes"])
    try intent.begin()
  }

  /// To be called in any case; a process that dies leaves a mark for the next one.
  func end() {
    try? intent.end()
    lock.release()
  }
}
