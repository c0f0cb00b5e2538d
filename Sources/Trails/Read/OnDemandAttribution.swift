internal import Basics
internal import GitKit
internal import TraceStore

/// Attributes one commit that no back-fill and no hook has looked at, in memory.
///
/// The ancestors that can matter are those younger than the first edit of one of the commit's paths; of these, the
/// changes of just those paths are attributed first. Sessions are considered as long after their end as a back-fill does.
struct OnDemandAttribution {
  private let repository: Repository
  private let edits: EditIndex

  init(_ repository: Repository, edits: EditIndex) {
    self.repository = repository
    self.edits = edits
  }

  func attribute(_ commit: Commit) throws -> CommitOwnership {
    let reader = CommitChangeReader(repository: repository)
    let change = try reader.read(commit) { try edits.isKnown($0) }
    let known = change.files.flatMap(\.paths)
    let nested = try SubmoduleEvidence(repository, edits: edits).runs(for: change.gitlinks)
    guard let oldest = try known.flatMap({ try edits.entries(of: $0).map(\.firstEdit) }).min() else {
      var ownership = CommitOwnership(commit: commit)
      ownership.add(nested)
      return ownership
    }
    let commits = try ancestors(of: commit, notBefore: oldest)
    let history = WalkedHistory(try commits + [commit] + WalkedHistory.childrenThatTell(commit, repository))
    let bucket = try Bucket.union(repository)
    let window = Backfill.Options.usualWindowHours * 3_600_000_000
    var ends: [String: Timestamp?] = [:]
    let engine = OwnershipEngine(
      edits: { try edits.edits(of: $0) }, read: { [repository] in try repository.blob($0) },
      isInWindow: { trace, time in
        // A trace without a row, or with a damaged one, is as one that has not ended.
        let end = ends[trace] ?? ((try? bucket.row(trace)?.end) ?? nil)
        ends[trace] = .some(end)
        return (end?.microseconds ?? .max) >= time.microseconds - window
      })
    for ancestor in commits {
      let past = try reader.read(ancestor, only: Set(known)) { try edits.isKnown($0) }
      let view = history.view(of: ancestor, isNoted: !past.files.isEmpty)
      history.record(past, try engine.attribute(past, history: view))
    }
    var ownership = try engine.attribute(change, history: history.view(of: commit, isNoted: true))
    ownership.add(nested)
    return ownership
  }

  /// Parents first.
  private func ancestors(of commit: Commit, notBefore: Timestamp) throws -> [Commit] {
    var young: Set<ObjectID> = []
    var byID: [ObjectID: Commit] = [:]
    try repository.walk(from: commit.parents) { id in
      guard let ancestor = try repository.commit(id),
        ancestor.committerTime.microseconds >= notBefore.microseconds - OwnershipRules.clockSlack
      else { return false }
      young.insert(id)
      byID[id] = ancestor
      return true
    }
    guard !young.isEmpty else { return [] }
    let order = try repository.walk(from: commit.parents, order: .topological, limit: young.count * 2 + 64)
    return order.reversed().compactMap { byID[$0] }
  }
}
