internal import Basics
internal import CGit2

/// Several reference updates, each with the value the reference must have now. All are locked, checked, then set.
///
/// The files of git's reference store are renamed into place one after the other: a crash in between can leave a part
/// of the updates done, each of them whole.
public struct ReferenceTransaction {
  private struct Update {
    let name: String
    let expected: ObjectID?
    let target: ObjectID?
  }

  private let repository: Repository
  private var updates: [Update] = []

  public init(_ repository: Repository) { self.repository = repository }

  /// Sets a reference.
  ///
  /// - Parameter expected: the value it must have at the moment of the update; nil when it must not exist.
  public mutating func set(_ name: String, to target: ObjectID, expecting expected: ObjectID?) {
    updates.append(Update(name: name, expected: expected, target: target))
  }

  /// Deletes a reference that has the expected value.
  public mutating func delete(_ name: String, expecting expected: ObjectID) {
    updates.append(Update(name: name, expected: expected, target: nil))
  }

  /// Carries the updates out.
  ///
  /// - Throws: ``GitError`` with ``GitError/Code/moved`` when a reference has another value than expected, with
  ///   ``GitError/Code/locked`` when another process holds its lock. Nothing was changed then.
  public func commit(reason: String) throws {
    var handle: OpaquePointer?
    try check(git_transaction_new(&handle, repository.handle), "begin a transaction in", repository.commonDirectory)
    defer { git_transaction_free(handle) }
    for update in updates {
      try check(git_transaction_lock_ref(handle, update.name), "lock the reference", update.name)
    }
    for update in updates {
      guard try repository.resolve(reference: update.name) == update.expected else {
        throw GitError(.moved, "update the reference", update.name, "it was changed by someone else")
      }
    }
    for update in updates { try stage(update, in: handle, reason: reason) }
    try check(git_transaction_commit(handle), "update", updates.map(\.name).joined(separator: ", "))
  }

  private func stage(_ update: Update, in handle: OpaquePointer?, reason: String) throws {
    guard let target = update.target else {
      try check(git_transaction_remove(handle, update.name), "delete the reference", update.name)
      return
    }
    var oid = target.oid
    var signature: UnsafeMutablePointer<git_signature>?
    git_signature_new(&signature, "opentraces", "opentraces@localhost", Int64(Timestamp.now().seconds), 0)
    defer { git_signature_free(signature) }
    try check(
      git_transaction_set_target(handle, update.name, &oid, signature, reason), "set the reference", update.name)
  }
}
