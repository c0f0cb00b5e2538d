internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore

/// Ties a commit that moves a submodule on to the traces that wrote lines of the submodule's new commits.
///
/// The submodule's own event log says who wrote them; a submodule that is not checked out here, or has none, gives no
/// evidence. Per trace there is one run, of the last of its edits that is known in this repository by its longer path.
struct SubmoduleEvidence {
  private let repository: Repository
  private let edits: EditIndex

  /// Commits of a submodule that one commit can bring and that are looked at.
  private static let limit = 200

  init(_ repository: Repository, edits: EditIndex) {
    self.repository = repository
    self.edits = edits
  }

  /// Cost: nothing without gitlinks; else the events about the submodule's commits between the old one and the new.
  func runs(for gitlinks: [FileDelta]) throws -> [OwnedRun] {
    try gitlinks.flatMap { delta in
      try anchors(delta).values.compactMap { try run($0, at: delta.newPath) }.sorted {
        $0.edit.traceID < $1.edit.traceID
      }
    }
  }

  /// The commits that a gitlink brought, those that nobody has looked at among them.
  func commits(_ delta: FileDelta) throws -> (submodule: Repository, commits: [ObjectID])? {
    guard let new = delta.newBlob, delta.newMode == FileMode.gitlink.rawValue,
      let submodule = try repository.submodule(at: delta.newPath), try submodule.commit(new) != nil
    else { return nil }
    let old = delta.oldMode == FileMode.gitlink.rawValue ? delta.oldBlob : nil
    // What a submodule held when it was added is not this repository's history.
    guard let old, try submodule.commit(old) != nil else { return (submodule, []) }
    return (submodule, try submodule.walk(from: [new], hiding: [old], limit: Self.limit))
  }

  /// The anchors of each trace in the commits that a gitlink brought, later edits first.
  private func anchors(_ delta: FileDelta) throws -> [String: [Anchor]] {
    guard let (submodule, commits) = try commits(delta), !commits.isEmpty else { return [:] }
    let log = try EventLog(submodule)
    let all = try commits.flatMap { try log.events(ofCommit: $0).compactMap { Anchor($0) } }
    return Dictionary(grouping: all, by: \.traceID).mapValues { anchors in
      anchors.sorted { ($1.editTime, $1.id) < ($0.editTime, $0.id) }
    }
  }

  private func run(_ anchors: [Anchor], at path: BytePath) throws -> OwnedRun? {
    for anchor in anchors {
      let known = try edits.edits(of: BytePath(path.bytes + [0x2F] + anchor.path.bytes)).filter {
        $0.edit.traceID == anchor.traceID && !$0.edit.patches.isEmpty
      }
      guard let edit = known.last(where: { $0.edit.step == anchor.step }) ?? known.last else { continue }
      return OwnedRun(
        edit: edit.edit, patch: 0, path: path, range: nil, lineCount: 0, match: .exact, kind: .submodule)
    }
    return nil
  }
}
