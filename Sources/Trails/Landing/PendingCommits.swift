internal import Basics
internal import GitKit

/// Commits that a hook could not attribute in its time. The next hook or back-fill takes them along.
struct PendingCommits {
  private let directory: String

  init(_ repository: Repository) { directory = repository.stateDirectory + "/pending" }

  /// Attempts after which a commit is given up: it may be what ends the process that tries.
  private static let attemptLimit = 3

  private func file(_ commit: ObjectID) -> String { directory + "/" + commit.hex }

  /// Those that are not given up, in no particular order.
  func list() -> [ObjectID] {
    Files.list(directory).compactMap { ObjectID(hex: $0) }.filter {
      Files.status(file($0)).map { $0.size < Self.attemptLimit } ?? false
    }
  }

  func add(_ commits: [ObjectID]) throws {
    try Files.createDirectory(directory)
    for commit in commits { try Files.append([], to: file(commit)) }
  }

  /// Notes that a commit is about to be worked on: a byte for each attempt.
  func attempt(_ commit: ObjectID) throws { try Files.append([0x2E], to: file(commit)) }

  func remove(_ commits: [ObjectID]) throws {
    for commit in commits { try Files.remove(file(commit)) }
  }
}
