internal import Basics
internal import Dispatch
internal import GitKit
internal import Synchronization

/// Reads the changes of many commits on all processors.
final class ParallelChangeReader {
  private let readers: [CommitChangeReader]
  private let known: KnownPaths

  init(_ repository: Repository, known: KnownPaths, workers: Int = 2) throws {
    self.known = known
    readers = try (0..<workers).map { _ in CommitChangeReader(repository: try repository.reopened()) }
  }

  /// The changes in the order of the commits; nil for nil. Cost: the diffs.
  func read(_ commits: [Commit?]) throws -> [CommitChange?] {
    let jobs = Jobs(count: commits.count)
    let readers = Unshared(readers)
    let known = known
    DispatchQueue.concurrentPerform(iterations: readers.value.count) { worker in
      while let number = jobs.take() {
        guard let commit = commits[number] else { continue }
        let time = max(commit.authorTime, commit.committerTime)
        jobs.finish(
          number, Result { try readers.value[worker].read(commit) { known.contains($0, by: time) } })
      }
    }
    return try jobs.results()
  }

  /// Hands out numbers and collects results.
  private final class Jobs: Sendable {
    private struct State {
      var next = 0
      var results: [Result<CommitChange, any Error>?]
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(results: Array(repeating: nil, count: count))) }

    func take() -> Int? {
      state.withLock { state in
        guard state.next < state.results.count else { return nil }
        state.next += 1
        return state.next - 1
      }
    }

    func finish(_ number: Int, _ result: Result<CommitChange, any Error>) {
      state.withLock { $0.results[number] = result }
    }

    func results() throws -> [CommitChange?] { try state.withLock { try $0.results.map { try $0?.get() } } }
  }
}
