internal import Basics
internal import Dispatch
internal import GitKit
internal import Synchronization

/// Follows the lines of many files to HEAD on two processors.
struct TrailFollower {
  let repository: Repository
  /// For the thread that asks.
  let reader: TrailReader
  /// Commits that change a file to look at, at most.
  let limit: Int
  let deadline: Deadline?
  /// Makes what another thread needs, with a handle of the repository of its own.
  let makeReader: (Repository) throws -> TrailReader

  /// Lines below which another thread is not worth its start.
  private static let fewLines = 100
  /// Commits that had to be read, above which another thread's reading them as well costs more than it saves.
  private static let manyRead = 1000

  /// - Parameter lines: by the file they landed in.
  /// Cost: per file a comparison of each version with the next one.
  func trails(of lines: [BytePath: [FileTrail.Line]]) throws -> [BytePath: FileTrail] {
    // Those that changed most first, so that no thread is left alone with one at the end.
    let files = lines.filter { !$0.value.isEmpty }
      .map { (path: $0.key, lines: $0.value, changes: reader.ancestry.changes(of: $0.key)) }
      .sorted { ($1.changes, $0.path) < ($0.changes, $1.path) }
    let isWorthIt =
      files.count > 1 && files.reduce(0) { $0 + $1.lines.count } >= Self.fewLines
      && reader.ancestry.readCount < Self.manyRead
    let workers = isWorthIt ? 2 : 1
    let readers = try [reader] + (1..<workers).map { _ in try makeReader(try repository.reopened()) }
    let shared = Unshared((readers: readers, files: files))
    let (limit, deadline) = (limit, deadline)
    let state = Mutex(Progress())
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while let number = state.withLock({ $0.take(files.count) }) {
        let (path, lines, _) = shared.value.files[number]
        let outcome = Unshared(
          Result {
            try FileTrail(shared.value.readers[worker], path: path, lines: lines, limit: limit, deadline: deadline)
          })
        state.withLock { $0.trails[number] = outcome }
      }
    }
    var trails: [BytePath: FileTrail] = [:]
    for (number, outcome) in state.withLock({ $0.trails }) { trails[files[number].path] = try outcome.value.get() }
    return trails
  }

  private struct Progress {
    var next = 0
    var trails: [Int: Unshared<Result<FileTrail, any Error>>] = [:]

    mutating func take(_ count: Int) -> Int? {
      guard next < count else { return nil }
      next += 1
      return next - 1
    }
  }
}
