internal import Basics
internal import GitKit

/// Commits that a hook could not attribute in its time. The next hook or back-fill takes them along.
struct PendingCommits {
  private let directory: String

  init(_ repository: Repository) { directory = repository.stateDirectory + "/pending" }

  /// In no particular order.
  func list() -> [ObjectID] { Files.list(directory).compactMap { ObjectID(hex: $0) } }

  func add(_ commits: [ObjectID]) throws {
    try Files.createDirectory(directory)
    for commit in commits { try Files.append([], to: directory + "/" + commit.hex) }
  }

  func remove(_ commits: [ObjectID]) throws {
    for commit in commits { try Files.remove(directory + "/" + commit.hex) }
  }
}
