internal import Basics
internal import GitKit

/// Says on disk that references are about to be locked, so that the lock files of a process that died in between are
/// known for what they are. Only the holder of the store's lock touches it.
struct ReferenceIntent {
  private let repository: Repository
  private let path: String

  init(_ repository: Repository) {
    self.repository = repository
    path = repository.stateDirectory + "/refs.intent"
  }

  /// Removes the lock files that a writer left who died while it updated references.
  func clearLeftovers(of names: [String]) throws {
    guard let intent = Files.status(path) else { return }
    for name in names {
      let lock = repository.commonDirectory + "/" + name + ".lock"
      // An older lock is somebody else's.
      if let status = Files.status(lock), status.modified >= intent.modified { try Files.remove(lock) }
    }
    try Files.remove(path)
  }

  func begin() throws { try Files.append([], to: path) }

  func end() throws { try Files.remove(path) }
}
