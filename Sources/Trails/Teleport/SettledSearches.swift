internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore

/// Searches of commits that a package takes along.
///
/// A commit that changes a path which the trace edited was searched where the other sessions are known. What was found
/// there, or that nothing of this trace was, is right; looking again among fewer sessions would give their lines to this
/// one. So the reader takes such commits for searched.
struct SettledSearches {
  private let repository: Repository
  private let log: EventLog

  init(_ repository: Repository) throws {
    self.repository = repository
    log = try EventLog(repository)
  }

  /// The commits that a package of a trace names. Cost: the search and the changed paths of each commit since the trace's
  /// first edit.
  func commits(of trace: String) throws -> [ObjectID] {
    let edited = try PatchCatalog(repository).edits(ofTrace: trace)
    guard let first = edited.map(\.time).min() else { return [] }
    let paths = Set(edited.map(\.path))
    let hashes = paths.map(HistoryCache.hash)
    let cache = HistoryCache(repository)
    let edits = EditIndex(try Bucket(repository))
    return try log.searchedCommits().filter { id in
      // What is certain not to change any of the paths is not looked at.
      if let row = cache.number(of: id).flatMap({ cache.row($0) }), hashes.allSatisfy({ row.changes($0) == false }) {
        return false
      }
      guard let commit = try repository.commit(id),
        max(commit.authorTime, commit.committerTime).microseconds + OwnershipRules.clockSlack >= first.microseconds
      else { return false }
      let changed = try Changed(commit, repository)
      guard changed.paths.contains(where: paths.contains) else { return false }
      return try search(of: commit)?.evidence == changed.evidence(edits, repository)
    }.sorted { $0.hex < $1.hex }
  }

  /// What has to be appended after a trace was added, so that commits stay searched, or become so.
  ///
  /// - Parameters:
  ///   - before: the private plane without the trace.
  func drafts(
    _ commits: Set<ObjectID>, of trace: String, before: Bucket, _ writer: AnchorEvents
  ) throws -> [TrailEventDraft] {
    let (old, new) = (EditIndex(before), EditIndex(try Bucket(repository)))
    var drafts: [TrailEventDraft] = []
    var empty: [(commit: ObjectID, evidence: String)] = []
    for id in commits.sorted(by: { $0.hex < $1.hex }) {
      guard let commit = try repository.commit(id) else { continue }
      let events = try log.events(ofCommit: id)
      let changed = try Changed(commit, repository)
      if let search = try search(of: commit) {
        // A search that was out of date before is not made right by this.
        guard try search.evidence == changed.evidence(old, repository) else { continue }
      } else if try !events.allSatisfy({ $0.draft.traceID == trace }) || isEdited(changed, not: trace, old) {
        // Nobody has looked yet whether other sessions that are here wrote lines of it.
        continue
      }
      let evidence = try changed.evidence(new, repository)
      if try search(of: commit)?.evidence == evidence { continue }
      let anchors = events.compactMap { Anchor($0) }
      if anchors.isEmpty {
        empty.append((id, evidence))
      } else {
        drafts.append(writer.summary(anchors, of: id, evidence: evidence))
      }
    }
    return drafts + writer.drafts(forEmpty: empty)
  }

  /// Whether other traces had edited some of the paths by the time of the commit.
  private func isEdited(_ changed: Changed, not trace: String, _ edits: EditIndex) throws -> Bool {
    let limit =
      max(changed.commit.authorTime, changed.commit.committerTime).microseconds + OwnershipRules.clockSlack
    return try changed.paths.contains { path in
      try edits.entries(of: path).contains { entry in
        entry.firstEdit.microseconds <= limit && entry.traceID != trace && entry.traceID != StoreRefs.fileName(trace)
      }
    }
  }

  /// The last search of a commit.
  private func search(of commit: Commit) throws -> SearchRecord? {
    try log.events(ofCommit: commit.id).reversed().lazy.compactMap { SearchRecord($0, commit: commit.id) }.first
  }

  /// What a commit changes.
  struct Changed {
    let commit: Commit
    let deltas: [FileDelta]
    var paths: [BytePath] {
      deltas.flatMap { $0.oldPath == $0.newPath ? [$0.newPath] : [$0.newPath, $0.oldPath] }
    }

    init(_ commit: Commit, _ repository: Repository) throws {
      self.commit = commit
      let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
      deltas = try repository.changedFiles(from: parent, to: commit.tree)
    }

    func evidence(_ edits: EditIndex, _ repository: Repository) throws -> String {
      let nested = try SubmoduleEvidence(repository, edits: edits).runs(for: deltas.filter(\.isGitlink))
      return try EvidenceDigest.make(commit, paths: paths, edits: edits, submodules: nested)
    }
  }
}
