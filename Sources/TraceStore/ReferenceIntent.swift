internal import Basics
public import GitKit

/// Says on disk which references are about to be set, so that what a process that died in between had begun is brought to
/// its end: several references can be locked together, but not set in one instant. The lock files that it left are known
/// for what they are. Only the holder of one lock, the store's or that of sharing, touches it.
public struct ReferenceIntent {
  private let repository: Repository
  private let path: String

  /// - Parameter name: of the file.
  public init(_ repository: Repository, name: String = "refs.intent") {
    self.repository = repository
    path = repository.stateDirectory + "/" + name
  }

  /// One line: a reference, what it was and what it shall be, zeros for none.
  private struct Update {
    let name: String
    let old: ObjectID
    let new: ObjectID

    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      guard fields.count == 3, let old = ObjectID(hex: fields[1]), let new = ObjectID(hex: fields[2]) else {
        return nil
      }
      (name, self.old, self.new) = (String(fields[0]), old, new)
    }
  }

  /// Removes the lock files that a writer left who died while it updated references, and sets those that it had no time
  /// to set. A reference that somebody else has moved since stays as it is.
  func recover(_ names: [String]) throws {
    guard let intent = Files.status(path) else { return }
    for name in names {
      let lock = repository.commonDirectory + "/" + name + ".lock"
      // An older lock is somebody else's.
      if let status = Files.status(lock), status.modified >= intent.modified { try Files.remove(lock) }
    }
    let updates = (try Files.readText(path) ?? "").split(separator: "\n").compactMap { Update($0) }
    repository.refreshObjects()
    for update in updates where names.contains(update.name) && repository.contains(update.new) {
      let now = try repository.resolve(reference: update.name)
      guard (now ?? .zero) == update.old else { continue }
      var transaction = ReferenceTransaction(repository)
      transaction.set(update.name, to: update.new, expecting: now)
      try transaction.commit(reason: "opentraces: recovered")
    }
    try Files.remove(path)
  }

  /// Seconds that git, which goes on when who called it dies, holds the lock of a reference at most.
  private static let patience = 1.0

  /// The same for all references below some directories, when git itself may have been at them.
  public func clearLeftovers(below directories: [String]) throws {
    guard let intent = Files.status(path) else { return }
    let left = directories.flatMap { locks(below: repository.commonDirectory + "/" + $0) }
      .filter { (Files.status($0)?.modified).map { $0 >= intent.modified } ?? false }
    if !left.isEmpty { MonotonicClock.pause(milliseconds: UInt32(Self.patience * 1000)) }
    for lock in left { try Files.remove(lock) }
    try Files.remove(path)
  }

  private func locks(below directory: String) -> [String] {
    Files.list(directory).flatMap { name -> [String] in
      let path = directory + "/" + name
      if Files.isDirectory(path) { return locks(below: path) }
      return name.hasSuffix(".lock") ? [path] : []
    }
  }

  /// - Parameter updates: references that are set together, none of them deleted.
  public func begin(_ updates: [(name: String, old: ObjectID?, new: ObjectID)] = []) throws {
    let text = updates.map { "\($0.name) \(($0.old ?? .zero).hex) \($0.new.hex)\n" }.joined()
    try Files.writeAtomically(Array(text.utf8), to: path, isDurable: false)
  }

  public func end() throws { try Files.remove(path) }
}
