public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Which session wrote which lines of a commit.
public struct CommitBlame: Sendable {
  /// Where the answer comes from.
  public enum Source: String, Sendable {
    /// Anchors in the event log, still right.
    case stored = "trail_events"
    /// Computed now; nothing was written.
    case computed
    /// Nothing is stored about the commit, and nothing was computed.
    case none = "not_backfilled"
    /// The note on the commit: all that a clone without our other refs has.
    case note
  }

  public struct File: Sendable {
    public let path: BytePath
    public let previousPath: BytePath?
    public let change: FileChange
    public let isBinary: Bool
    /// Lines of the file in the commit.
    public let lineCount: Int
    /// 1-based lines that the commit adds and that are not blank.
    public let added: [Int]
    /// Owners of added lines, blank ones inside a run included.
    public var owners: [Int: Owner] = [:]
  }

  public struct Owner: Hashable, Sendable {
    public let traceID: String
    public let tier: String
  }

  /// A trace's share of the commit.
  public struct Share: Sendable {
    public let traceID: String
    public let sessionID: String
    /// Added lines, not blank.
    public var lineCount: Int
    public var files: [String]
  }

  public let commit: Commit
  public let source: Source
  public let files: [File]
  public let anchors: [Anchor]
  /// By lines, most first.
  public let shares: [Share]
  public let limitations: [String]
  /// Traces that the note on the commit names and that have no anchor here: a teammate's.
  public var noteOnly: [String] = []
  /// Lines of earlier commits that this one takes elsewhere; not counted as added. Not looked for by
  /// ``CommitBlamer/stored(_:)``.
  public var moved: [MovedLines] = []

  /// Added lines that are not blank, and those of them that have an owner.
  public var coverage: (attributed: Int, total: Int) {
    files.reduce((0, 0)) { sum, file in
      (sum.0 + file.added.filter { file.owners[$0] != nil }.count, sum.1 + file.added.count)
    }
  }
}

/// Answers questions about commits. Reads only.
public struct CommitBlamer {
  private let repository: Repository
  private let bucket: Bucket
  private let log: EventLog

  public init(_ repository: Repository) throws {
    self.repository = repository
    bucket = try Bucket.union(repository)
    log = try EventLog.union(repository)
  }

  /// Cost: the commit's diff and its anchors; when the commit was never looked at, also the diffs of the ancestors
  /// that changed its paths since the first edit of one of them.
  public func blame(_ commit: Commit) throws -> CommitBlame {
    let deltas = try deltas(of: commit)
    if let note = try noteIfAlone(commit) { return try fromNote(note, commit, deltas) }
    let paths = deltas.flatMap { $0.oldPath == $0.newPath ? [$0.newPath] : [$0.newPath, $0.oldPath] }
    let (anchors, source) = try anchors(of: commit, paths: paths, gitlinks: deltas.filter(\.isGitlink))
    var blame = try assemble(commit, deltas, anchors, source, findsMoves: true)
    if let note = try NotesTree(repository, reference: StoreRefs.notes).note(on: commit.id) {
      let known = Set(blame.shares.map(\.traceID))
      blame.noteOnly = Set(NoteText.parse(note).map(\.traceID)).subtracting(known).sorted()
    }
    return blame
  }

  /// What is stored about a commit, without looking whether it is still what the edits say, and without the files of
  /// commits about which nothing is stored. Cost: the anchors, and the commit's diff when there are some.
  public func stored(_ commit: Commit) throws -> CommitBlame {
    if let note = try noteIfAlone(commit) { return try fromNote(note, commit, deltas(of: commit)) }
    let events = try log.events(ofCommit: commit.id)
    let anchors = Anchor.agreed(events)
    if anchors.isEmpty {
      return CommitBlame(
        commit: commit, source: events.isEmpty ? .none : .stored, files: [], anchors: [], shares: [],
        limitations: [])
    }
    return try assemble(commit, deltas(of: commit), anchors, .stored, findsMoves: false)
  }

  private func deltas(of commit: Commit) throws -> [FileDelta] {
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    return try repository.changedFiles(from: parent, to: commit.tree)
  }

  /// The note on a commit, in a clone that has nothing else.
  private func noteIfAlone(_ commit: Commit) throws -> [UInt8]? {
    guard bucket.isEmpty, log.isEmpty else { return nil }
    return try NotesTree(repository, reference: StoreRefs.notes).note(on: commit.id)
  }

  private func assemble(
    _ commit: Commit, _ deltas: [FileDelta], _ anchors: [Anchor], _ source: CommitBlame.Source, findsMoves: Bool
  ) throws -> CommitBlame {
    let changed = try changedFiles(deltas, commit)
    var files = zip(deltas, changed).map { file($0, $1) }
    let byPath = Dictionary(grouping: anchors.filter { $0.range != nil }, by: \.path)
    for number in files.indices {
      for anchor in byPath[files[number].path] ?? [] {
        for line in anchor.range ?? 1...1 {
          files[number].owners[line] = CommitBlame.Owner(traceID: anchor.traceID, tier: anchor.tier.rawValue)
        }
      }
    }
    var blame = CommitBlame(
      commit: commit, source: source, files: files, anchors: anchors, shares: shares(anchors),
      limitations: source == .computed ? ["computed_on_demand"] : [])
    if findsMoves { blame.moved = try MoveFinder(repository, bucket: bucket).moves(commit, changed.compactMap { $0 }) }
    return blame
  }

  private func changedFiles(_ deltas: [FileDelta], _ commit: Commit) throws -> [ChangedFile?] {
    let reader = CommitChangeReader(repository: repository)
    return try deltas.map { $0.isGitlink ? nil : try reader.file($0, in: commit) }
  }

  private func anchors(
    of commit: Commit, paths: [BytePath], gitlinks: [FileDelta]
  ) throws -> ([Anchor], CommitBlame.Source) {
    let edits = EditIndex(bucket)
    let events = try log.events(ofCommit: commit.id)
    // A clone that has the log and no sessions can't look for itself.
    if bucket.isEmpty { return (Anchor.agreed(events), .stored) }
    let nested = try SubmoduleEvidence(repository, edits: edits).runs(for: gitlinks)
    // Each writer's search is one by itself, this clone's before those of others.
    let searches = Dictionary(grouping: events) { WriterID.share(ofNumber: $0.sequence) }.sorted { $0.key < $1.key }
      .compactMap { _, events in
        events.last.flatMap { SearchRecord($0, commit: commit.id) }.map { (record: $0, events: events) }
      }
    if !searches.isEmpty {
      let evidence = try EvidenceDigest.make(commit, paths: paths, edits: edits, submodules: nested)
      // In an order that does not tell in which one sessions were imported.
      if let search = searches.first(where: { $0.record.evidence == evidence }) {
        return (
          search.events.compactMap { Anchor($0) }.sorted {
            ($0.path, $0.range?.lowerBound ?? 0, $0.id) < ($1.path, $1.range?.lowerBound ?? 0, $1.id)
          }, .stored
        )
      }
    } else if try nested.isEmpty && !paths.contains(where: { try edits.isKnown($0) }) {
      return ([], .stored)
    }
    let ownership = try OnDemandAttribution(repository, edits: edits).attribute(commit)
    let blobs = try Dictionary(
      ownership.runs.map { ($0.path, try repository.entry(at: $0.path, in: commit.tree)?.id) }
    ) { first, _ in first }
    return (ownership.runs.map { Anchor($0, commit: commit.id, blob: blobs[$0.path] ?? nil) }, .computed)
  }

  private func shares(_ anchors: [Anchor]) -> [CommitBlame.Share] {
    Dictionary(grouping: anchors, by: \.traceID).map { trace, anchors in
      CommitBlame.Share(
        traceID: trace, sessionID: anchors[0].sessionID, lineCount: anchors.reduce(0) { $0 + $1.lineCount },
        files: Set(anchors.map(\.path)).sorted().map(\.description))
    }.sorted { ($1.lineCount, $0.traceID) < ($0.lineCount, $1.traceID) }
  }

  private func file(_ delta: FileDelta, _ changed: ChangedFile?) -> CommitBlame.File {
    let added = changed.map { file in file.added.filter { !file.newLines.keys[$0].isBlank }.map { $0 + 1 } }
    return CommitBlame.File(
      path: delta.newPath, previousPath: delta.oldPath == delta.newPath ? nil : delta.oldPath, change: delta.change,
      isBinary: changed?.isBinary ?? true, lineCount: changed?.newLines.count ?? 0, added: added ?? [])
  }

  private func fromNote(_ note: [UInt8], _ commit: Commit, _ deltas: [FileDelta]) throws -> CommitBlame {
    let lines = NoteText.parse(note)
    var files = zip(deltas, try changedFiles(deltas, commit)).map { file($0, $1) }
    var shares: [String: CommitBlame.Share] = [:]
    for line in lines {
      var share =
        shares[line.traceID]
        ?? CommitBlame.Share(traceID: line.traceID, sessionID: line.sessionID, lineCount: 0, files: [])
      if !share.files.contains(line.path) { share.files.append(line.path) }
      if let number = files.firstIndex(where: { $0.path.description == line.path }) {
        let owned = files[number].added.filter { added in line.ranges.contains { $0.contains(added) } }
        share.lineCount += owned.count
        for added in owned {
          files[number].owners[added] = CommitBlame.Owner(traceID: line.traceID, tier: line.tier)
        }
      }
      shares[line.traceID] = share
    }
    let sorted = shares.values.sorted { ($1.lineCount, $0.traceID) < ($0.lineCount, $1.traceID) }
    return CommitBlame(
      commit: commit, source: .note, files: files, anchors: [], shares: sorted, limitations: ["from_note_only"])
  }
}
