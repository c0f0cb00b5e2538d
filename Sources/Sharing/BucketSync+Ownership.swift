internal import Basics
internal import GitKit
internal import TraceStore

/// Whose the reference of the remote is.
extension BucketSync {
  var sentPath: String { repository.stateDirectory + "/sent.json" }

  /// What this clone sent last, by reference.
  func lastSent() throws -> JSONObject {
    (try Files.readText(sentPath)).flatMap { try? JSONValue(parsing: $0) }?.object ?? [:]
  }

  /// Whether it was this clone that sent a plane: to this remote, by whatever address it went.
  private func hasSent(_ tip: ObjectID, _ reference: String) throws -> Bool {
    try lastSent().members.contains { $0.key.hasSuffix(" " + reference) && $0.value.string == tip.hex }
  }

  func sent(_ own: (reference: String, tip: ObjectID)) throws {
    try track(own.tip, as: tracked(own.reference))
    var all = try lastSent()
    all["\(remote.url) \(own.reference)"] = .string(own.tip.hex)
    try Files.writeAtomically(CanonicalJSON.line(.object(all)), to: sentPath, mode: 0o600)
  }

  /// A plane that was filtered by other rules has no history, so that what it was before does not leave with it: it takes
  /// the place of what this clone itself sent last, and of nothing else.
  func lease(_ own: (reference: String, tip: ObjectID)) throws -> ObjectID? {
    guard let there = try repository.resolve(reference: tracked(own.reference)), there != own.tip,
      try hasSent(there, own.reference),
      try !repository.isAncestor(there, of: own.tip)
    else { return nil }
    return there
  }

  /// The remote has something under this writer's name that is not this clone's. A clone that was copied goes on under a
  /// name of its own; of a name that the environment gives, as machines do whose clones do not live long, the plane
  /// that is there goes on.
  func takeOver(
    _ own: inout (reference: String, tip: ObjectID), _ turn: ShareTurn, _ progress: any ProgressReporter
  ) throws {
    guard let there = try repository.resolve(reference: tracked(own.reference)) else { return }
    // It is what this clone sent itself: only somebody's lock was in the way.
    if try repository.isAncestor(there, of: own.tip) { return }
    if try lease(own) != nil { return }
    var transaction = ReferenceTransaction(repository)
    let isGiven = !(environment[WriterID.variable] ?? "").isEmpty
    let writer: String
    if isGiven {
      writer = Paths.name(own.reference)
      transaction.set(own.reference, to: there, expecting: own.tip)
    } else {
      writer = try WriterID.renew(repository)
      transaction.delete(own.reference, expecting: own.tip)
    }
    try transaction.commit(reason: "opentraces")
    _ = try run(.all, writer, turn, progress)
    guard let next = try ownPlane() else { throw RemoteProblem(.refused, "the plane can't be made anew") }
    own = next
  }

  /// Traces of a plane that an earlier state of it does not have as they are. Cost: the trees that differ.
  func changedTraces(from old: ObjectID?, to new: ObjectID) throws -> [String] {
    func children(_ id: ObjectID?) throws -> [TreeEntry] { try id.flatMap { try repository.tree($0) } ?? [] }
    func shards(_ tip: ObjectID?) throws -> [TreeEntry] {
      let root = try tip.flatMap { try repository.tree(ofCommit: $0) }
      return try children(root.flatMap { try repository.entry(at: "traces", in: $0)?.id })
    }
    let before = Dictionary(try shards(old).map { ($0.name, $0.id) }) { first, _ in first }
    return try shards(new).filter { before[$0.name] != $0.id }.flatMap { shard in
      let known = Set(try children(before[shard.name]))
      return try children(shard.id).filter { !known.contains($0) }.map {
        StoreRefs.traceID(ofFile: $0.name.description)
      }
    }.sorted()
  }
}
