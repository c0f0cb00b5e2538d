internal import Basics
internal import GitKit
internal import TraceStore

/// What tells that there is nothing new to push.
extension BucketSync {
  var memoPath: String { repository.stateDirectory + "/pushed.json" }

  /// All that what is to be pushed depends on.
  func inputs() throws -> String {
    let tips = try [StoreRefs.bucket, StoreRefs.events, StoreRefs.notes, StoreRefs.team].map {
      try repository.resolve(reference: $0)?.hex ?? "-"
    }
    return (tips + [remote.name, remote.url, policy.digest]).joined(separator: "\n")
  }

  /// What is shared, and what the remote was seen to have.
  func outputs() throws -> String {
    let all = try [StoreRefs.shareablePrefix, StoreRefs.tracking(remote.name)].flatMap {
      try repository.references(prefix: $0).map { "\($0.name) \($0.id.hex)" }
    }
    let notes = try repository.resolve(reference: StoreRefs.trackedNotes(remote.name))?.hex ?? "-"
    return (all + [notes]).joined(separator: "\n")
  }

  /// Remembers that everything is cleared and sent.
  ///
  /// - Parameter inputs: as they were before: what came in meanwhile is not.
  func remember(_ inputs: String) throws {
    let key = try Digest.sha256Hex(inputs + "\n" + outputs())
    try Files.writeAtomically(Array(key.utf8), to: memoPath, mode: 0o600, isDurable: false)
  }

  /// When nothing has changed since a push that left nothing here: asks the remote whether it still has it all. Nil when
  /// something has changed, here or there. Sends nothing. Cost: some references, and one conversation.
  public func confirm() throws -> PushReport? {
    guard policy.isConfigured, let own = try ownPlane(),
      try Files.readText(memoPath) == Digest.sha256Hex(inputs() + "\n" + outputs())
    else { return nil }
    let there = try transport.references(of: remote.name, [own.reference, StoreRefs.notes])
    let notes = try repository.resolve(reference: StoreRefs.trackedNotes(remote.name))
    guard there[own.reference] == own.tip, there[StoreRefs.notes] == notes else {
      // What was seen there before is gone: it is not to be counted on.
      if let notes, there[StoreRefs.notes] == nil { try forget(StoreRefs.trackedNotes(remote.name), notes) }
      if there[own.reference] == nil { try forget(tracked(own.reference), own.tip) }
      return nil
    }
    return PushReport(attempts: 1, tip: own.tip, digest: try digest([own.tip]))
  }

  func forget(_ reference: String, _ tip: ObjectID) throws {
    guard try repository.resolve(reference: reference) == tip else { return }
    var transaction = ReferenceTransaction(repository)
    transaction.delete(reference, expecting: tip)
    try transaction.commit(reason: "opentraces")
  }

  /// Remembers what the remote has, where git did not do it: it does for remotes with a fetch refspec for it.
  func track(_ tip: ObjectID, as reference: String) throws {
    let known = try repository.resolve(reference: reference)
    if known == tip { return }
    var transaction = ReferenceTransaction(repository)
    transaction.set(reference, to: tip, expecting: known)
    try transaction.commit(reason: "opentraces")
  }
}
