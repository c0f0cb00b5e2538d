internal import Basics
public import GitKit
public import TraceModel
public import TraceStore

/// Puts the events about traces into a plane that others get to see.
///
/// A published event is one of this clone's log under a number of the writer's own, with what was filtered out of it and new
/// hashes; it is part of no chain. Of anchors those in force are published; of a commit's searches the last, as if only the
/// traces of the plane were known: whoever has the plane and nothing else need not search again.
public struct PublishedEvents {
  private let repository: Repository
  private let log: EventLog
  private let firstNumber: Int
  private let filter: (TrailEventDraft) -> TrailEventDraft

  /// - Parameters:
  ///   - firstNumber: see ``WriterID/firstNumber(_:)``.
  ///   - filter: takes out what must not leave.
  public init(
    _ repository: Repository, log: EventLog, firstNumber: Int, filter: @escaping (TrailEventDraft) -> TrailEventDraft
  ) {
    self.repository = repository
    self.log = log
    self.firstNumber = firstNumber
    self.filter = filter
  }

  /// What was told.
  public struct Told: Sendable {
    /// Events written.
    public var count = 0
    /// The commits that events about each of the traces are about.
    public var commits: [String: Set<ObjectID>] = [:]
  }

  /// What is known of a trace that a plane tells of.
  public struct Known {
    /// The commits that events about it are about.
    public let commits: Set<ObjectID>
    /// The names of the files of edits, see ``TraceStore/StoreRefs/pathKey(_:)``, that are others than they were.
    public let changedPaths: Set<String>

    public init(commits: Set<ObjectID>, changedPaths: Set<String>) {
      self.commits = commits
      self.changedPaths = changedPaths
    }
  }

  /// Replaces what a plane tells of some traces by what is known now.
  ///
  /// - Parameters:
  ///   - plane: the tree of the plane, with these traces in it.
  ///   - editor: a change of that tree.
  ///   - since: the tree of the log that the plane tells of, and what is known of some of the traces: of those, what came
  ///     since is told.
  ///   - isShared: whether events about a trace may be told.
  /// - Complexity: the events of the traces, of known ones the new events; the changed paths of the commits they landed in.
  public func update(
    _ traces: Set<String>, in plane: ObjectID, since: (root: ObjectID, known: [String: Known])? = nil,
    editor: TreeEditor, _ writer: any ObjectWriter, isShared: (String) -> Bool
  ) throws -> Told {
    var commits: Set<ObjectID> = []
    var told = Told()
    let changed = try since.map { try LogChanges(log).commits(since: $0.root) } ?? []
    for trace in traces.sorted() {
      if let since, let known = since.known[trace], isShared(trace),
        let news = try news(trace, since.root, known, changed, plane)
      {
        for file in news.gone { remove(file, editor) }
        told.count += try write(news.events, to: editor, writer)
        commits.formUnion(news.commits)
        told.commits[trace] = known.commits.union(news.commits)
        continue
      }
      commits.formUnion(try remove(trace, from: plane, editor))
      guard isShared(trace) else { continue }
      let events = try inForce(trace)
      let landed = Set(events.compactMap { Anchor($0)?.commit })
      commits.formUnion(landed)
      told.commits[trace] = landed
      told.count += try write(events, to: editor, writer)
    }
    let edits = EditIndex(Bucket(repository, plane: plane))
    for commit in commits.sorted() {
      if try summarize(commit, edits, plane: plane, editor, writer, isShared) { told.count += 1 }
    }
    return told
  }

  /// What has to be done so that a plane tells of a trace what the log does.
  private struct News {
    var events: [TrailEvent] = []
    /// Published events that are not in force any more.
    var gone: [TrailEvent] = []
    /// Commits whose last search is to be told anew.
    var commits: Set<ObjectID> = []
  }

  /// - Parameters:
  ///   - old: the tree of the log that the plane tells of.
  ///   - changed: the commits whose events are others than there.
  /// - Returns: nil when events that were told are gone. Cost: names of the trace's events; new events; events of commits
  ///   that changed.
  private func news(
    _ trace: String, _ old: ObjectID, _ known: Known, _ changed: Set<ObjectID>, _ plane: ObjectID
  ) throws -> News? {
    func files(_ root: ObjectID?) throws -> [TreeEntry] {
      try root.flatMap { try repository.entry(at: EventLog.traceDirectory(trace), in: $0) }
        .flatMap { try repository.tree($0.id) } ?? []
    }
    let before = Set(try files(old))
    let now = try files(log.root)
    guard before.isSubset(of: now) else { return nil }
    let new = try now.filter { !before.contains($0) }.map { try log.event(blob: $0.id) }
    var news = News(events: new.filter { Anchor($0) == nil })
    let landed = Set(new.compactMap { Anchor($0)?.commit })
    let touched = landed.union(changed.intersection(known.commits))
    for commit in touched {
      let inForce = try log.events(ofCommit: commit).filter {
        $0.draft.traceID == trace && Anchor($0)?.commit == commit
      }
      let there =
        try repository.entry(at: EventLog.commitDirectory(commit.hex), in: plane)
        .flatMap { try repository.tree($0.id) } ?? []
      let told = try there.map { try log.event(blob: $0.id) }.filter {
        $0.draft.traceID == trace && Anchor($0)?.commit == commit
      }
      let wanted = Set(inForce.map { firstNumber + $0.sequence })
      let present = Set(told.map(\.sequence))
      news.gone += told.filter { !wanted.contains($0.sequence) }
      news.events += inForce.filter { !present.contains(firstNumber + $0.sequence) }
    }
    news.commits = touched
    if known.changedPaths.isEmpty { return news }
    for id in known.commits.subtracting(touched) {
      guard let commit = try repository.commit(id) else { continue }
      let paths = try SettledSearches.Changed(commit, repository).paths
      if paths.contains(where: { known.changedPaths.contains(StoreRefs.pathKey($0)) }) { news.commits.insert(id) }
    }
    return news
  }

  private func remove(_ event: TrailEvent, _ editor: TreeEditor) {
    let file = EventLog.eventFile(event.sequence)
    if let trace = event.draft.traceID { editor.remove(EventLog.traceDirectory(trace) + "/" + file) }
    for commit in StoreTransaction.commits(of: event.draft.payload) {
      editor.remove(EventLog.commitDirectory(commit) + "/" + file)
    }
  }

  /// Takes events about some traces out, without looking at what is known now. Searches of the commits that they landed
  /// in are made anew by the next ``update(_:in:editor:_:isShared:)``.
  public func forget(_ traces: Set<String>, in plane: ObjectID, editor: TreeEditor) throws {
    for trace in traces { _ = try remove(trace, from: plane, editor) }
  }

  private func inForce(_ trace: String) throws -> [TrailEvent] {
    var known: [ObjectID: Set<Int>] = [:]
    return try log.events(ofTrace: trace).filter { event in
      guard let anchor = Anchor(event) else { return true }
      let sequences = try known[anchor.commit] ?? log.sequences(ofCommit: anchor.commit)
      known[anchor.commit] = sequences
      return sequences.contains(event.sequence)
    }
  }

  /// - Returns: the commits that the old events were about.
  private func remove(_ trace: String, from plane: ObjectID, _ editor: TreeEditor) throws -> Set<ObjectID> {
    let directory = EventLog.traceDirectory(trace)
    guard let entry = try repository.entry(at: directory, in: plane) else { return [] }
    var commits: Set<ObjectID> = []
    for file in try repository.tree(entry.id) ?? [] {
      let event = try log.event(blob: file.id)
      for commit in StoreTransaction.commits(of: event.draft.payload) {
        editor.remove("\(EventLog.commitDirectory(commit))/\(file.name)")
        if let id = ObjectID(hex: commit) { commits.insert(id) }
      }
    }
    editor.remove(directory)
    return commits
  }

  private func published(_ draft: TrailEventDraft, of event: TrailEvent) -> TrailEvent {
    TrailEvent(
      filter(draft), sequence: firstNumber + event.sequence, previousEventID: nil, batchID: "published")
  }

  private func write(_ events: [TrailEvent], to editor: TreeEditor, _ writer: any ObjectWriter) throws -> Int {
    let new = events.map { published($0.draft, of: $0) }
    for (event, text) in zip(new, EventText.encode(new)) { try place(event, text, editor, writer) }
    return new.count
  }

  private func place(_ event: TrailEvent, _ text: [UInt8], _ editor: TreeEditor, _ writer: any ObjectWriter) throws {
    let blob = try writer.writeBlob(text, family: event.draft.eventType)
    let file = EventLog.eventFile(event.sequence)
    if let trace = event.draft.traceID { editor.set(EventLog.traceDirectory(trace) + "/" + file, blob) }
    for commit in StoreTransaction.commits(of: event.draft.payload) {
      editor.set(EventLog.commitDirectory(commit) + "/" + file, blob)
    }
  }

  /// The last search of a commit, as of the traces of the plane.
  private func summarize(
    _ id: ObjectID, _ edits: EditIndex, plane: ObjectID, _ editor: TreeEditor, _ writer: any ObjectWriter,
    _ isShared: (String) -> Bool
  ) throws -> Bool {
    // The one that is there is about other traces too.
    for file in try repository.entry(at: EventLog.commitDirectory(id.hex), in: plane)
      .flatMap({ try repository.tree($0.id) }) ?? []
    where try log.event(blob: file.id).draft.traceID == nil {
      editor.remove("\(EventLog.commitDirectory(id.hex))/\(file.name)")
    }
    let events = try log.events(ofCommit: id)
    let anchors = events.compactMap { Anchor($0) }.filter { isShared($0.traceID) }
    guard !anchors.isEmpty, let commit = try repository.commit(id),
      let search = events.last(where: { SearchRecord($0, commit: id) != nil })
    else { return false }
    let evidence = try SettledSearches.Changed(commit, repository).evidence(edits, repository)
    let writerName = AnchorEvents(source: search.draft.writer, time: search.draft.eventTime)
    let event = published(writerName.summary(anchors, of: id, evidence: evidence), of: search)
    try place(event, EventText.encode([event])[0], editor, writer)
    return true
  }
}
