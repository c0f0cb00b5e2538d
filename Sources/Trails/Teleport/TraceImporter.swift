public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Takes a trace out of a package into a repository: the private plane, the event log and the notes.
///
/// Everything is looked at before anything is written; what is not as it was when the package was made is refused.
/// That finds damage and careless changes. Who makes all digests anew can make a package that says anything.
public struct TraceImporter {
  public struct Report: Sendable {
    public let traceID: String
    public let workspaceID: String
    public let eventCount: Int
    public let snapshotCount: Int
    /// Whether it was here already; nothing was changed then.
    public let isKnown: Bool
    public let limitations: [String]
  }

  private let repository: Repository
  private let time: Timestamp

  public init(_ repository: Repository, time: Timestamp) {
    self.repository = repository
    self.time = time
  }

  /// A package whose files are as the manifest says.
  public struct Package: Sendable {
    public let traceID: String
    public let workspaceID: String
    let manifest: JSONValue
    let files: [String: [UInt8]]
  }

  /// Reads a package. Writes nothing.
  ///
  /// - Throws: ``TracePackage/Problem``.
  public static func read(_ directory: String) throws -> Package {
    func damaged(_ message: String) -> TracePackage.Problem { TracePackage.Problem(.damaged, message) }
    guard Files.isDirectory(directory) else {
      throw TracePackage.Problem(.place, "there is no package at \(directory)")
    }
    guard let bytes = try Files.readIfPresent(directory + "/" + TracePackage.manifestName) else {
      throw TracePackage.Problem(.place, "\(directory) has no \(TracePackage.manifestName)")
    }
    guard let manifest = try? JSONValue(parsing: bytes), manifest["schema_version"]?.string == TracePackage.schema,
      let trace = manifest["trace_id"]?.string, let workspace = manifest["workspace_id"]?.string
    else { throw damaged("\(TracePackage.manifestName) is no manifest of \(TracePackage.schema)") }
    var files: [String: [UInt8]] = [:]
    for file in manifest["files"]?.array ?? [] {
      guard let name = file["name"]?.string, !name.hasPrefix("/"), !name.contains("..") else {
        throw damaged("\(TracePackage.manifestName) names a file outside of the package")
      }
      guard let bytes = try Files.readIfPresent(directory + "/" + name) else {
        throw TracePackage.Problem(.place, "\(name) is missing")
      }
      guard Digest.sha256Hex(bytes) == file["sha256"]?.string else {
        throw damaged("\(name) is not what it was when the package was made")
      }
      files[name] = bytes
    }
    guard files[TracePackage.bundleName] != nil, let record = files[TracePackage.recordName(trace)] else {
      throw TracePackage.Problem(.place, "\(TracePackage.bundleName) or the record is missing")
    }
    guard (try? JSONValue(parsing: record))?["trace_id"]?.string == trace else {
      throw damaged("the record is not one of \(trace)")
    }
    return Package(traceID: trace, workspaceID: workspace, manifest: manifest, files: files)
  }

  /// Adds the trace.
  ///
  /// - Returns: nil when another process held the lock of the store all the time.
  /// - Throws: ``TracePackage/Problem``; objects without a name may stay behind, for `git gc`.
  public func add(_ package: Package) throws -> Report? {
    let trace = package.traceID
    let (tree, events) = try content(package)
    var limitations = package.manifest["limitations"]?.array?.compactMap(\.string) ?? []
    if try isKnown(trace, tree) {
      return Report(
        traceID: trace, workspaceID: package.workspaceID, eventCount: events.count, snapshotCount: 0, isKnown: true,
        limitations: limitations)
    }
    let commits = try addCommits(package)
    if !commits { limitations.append("commits_not_included") }
    guard let transaction = try StoreTransaction.begin(repository, writer: PackWriter(repository), time: time) else {
      return nil
    }
    do {
      try place(trace, tree, in: transaction)
      try transaction.append(events.map { draft($0, package) })
      try addNotes(tree, in: transaction)
      try transaction.commit()
    } catch {
      transaction.abandon()
      throw error
    }
    try settle(Set(events.compactMap { Anchor($0)?.commit }), of: trace)
    return Report(
      traceID: trace, workspaceID: package.workspaceID, eventCount: events.count,
      snapshotCount: package.manifest["snapshots"]?.array?.count ?? 0, isKnown: false, limitations: limitations)
  }

  // MARK: Looking

  /// The tree of the commit in the bundle, and the events in it.
  private func content(_ package: Package) throws -> (tree: ObjectID, events: [TrailEvent]) {
    func damaged(_ message: String) -> TracePackage.Problem { TracePackage.Problem(.damaged, message) }
    let commit: ObjectID
    do {
      let bundle = try GitBundle(package.files[TracePackage.bundleName] ?? [])
      let names = bundle.references.map(\.name)
      guard names == [TracePackage.reference(package.traceID)], bundle.prerequisites.isEmpty,
        let head = bundle.references.first?.id, head.hex == package.manifest["git_bundle_head"]?["hex"]?.string
      else { throw damaged("the bundle holds something else than the manifest says") }
      try bundle.addObjects(to: repository)
      commit = head
    } catch let error as GitError {
      throw damaged("the bundle can't be read: \(error.message)")
    }
    guard let tree = try repository.tree(ofCommit: commit),
      let traceTree = try repository.entry(at: TracePackage.Layout.trace, in: tree)?.id
    else { throw damaged("the bundle holds no trace") }
    guard try Bucket(repository).row(in: traceTree)?.traceID == package.traceID else {
      throw damaged("the bundle holds another trace")
    }
    let lines = try repository.blob(at: TracePackage.Layout.events, in: tree) ?? []
    let events = try lines.split(separator: 0x0A).map { line in
      guard let event = (try? JSONValue(parsing: Array(line))).flatMap({ TrailEvent(json: $0) }),
        event.draft.traceID == package.traceID, event.recomputedEventID == event.eventID,
        TrailEvent.contentHash(of: event.draft.payload) == event.contentHash
      else { throw damaged("an event is not what it was") }
      return event
    }
    let named = package.manifest["events"]?.array?.compactMap { $0["event_id"]?.string } ?? []
    guard named == events.map(\.eventID) else { throw damaged("the events are not those that the manifest names") }
    return (tree, events)
  }

  private func isKnown(_ trace: String, _ tree: ObjectID) throws -> Bool {
    guard let old = try Bucket(repository).traceTree(trace) else { return false }
    func source(_ tree: ObjectID) throws -> ObjectID? { try repository.entry(at: "source", in: tree)?.id }
    let new = try repository.entry(at: TracePackage.Layout.trace, in: tree)?.id
    if try source(old) == new.flatMap(source) { return true }
    throw TracePackage.Problem(.differs, "another version of \(trace) is kept here")
  }

  // MARK: Writing

  /// Takes the commits where what they build on is here. Their references keep them from `git gc`.
  private func addCommits(_ package: Package) throws -> Bool {
    let wanted = (package.manifest["commits"]?.array ?? []).compactMap { $0.string.flatMap { ObjectID(hex: $0) } }
    if let bytes = package.files[TracePackage.commitsName] {
      let prefix = TracePackage.reference(package.traceID) + "/commits/"
      do {
        let bundle = try GitBundle(bytes)
        guard bundle.references.allSatisfy({ $0.name == prefix + $0.id.hex && wanted.contains($0.id) }) else {
          throw TracePackage.Problem(
            .damaged, "\(TracePackage.commitsName) holds something else than the manifest says")
        }
        if bundle.prerequisites.allSatisfy(repository.contains) {
          try bundle.addObjects(to: repository)
          var references = ReferenceTransaction(repository)
          for (name, id) in bundle.references {
            if try repository.resolve(reference: name) == nil { references.set(name, to: id, expecting: nil) }
          }
          try references.commit(reason: "opentraces: trace teleport")
        }
      } catch let error as GitError {
        throw TracePackage.Problem(.damaged, "\(TracePackage.commitsName) can't be read: \(error.message)")
      }
    }
    return wanted.allSatisfy(repository.contains)
  }

  private func place(_ trace: String, _ tree: ObjectID, in transaction: StoreTransaction) throws {
    typealias Layout = TracePackage.Layout
    guard let own = try repository.entry(at: Layout.trace, in: tree)?.id else { return }
    transaction.set(StoreRefs.traceDirectory(trace), own, mode: .tree)
    for directory in try children(Layout.paths, tree) {
      let key = directory.name.description
      for entry in try repository.tree(directory.id) ?? [] {
        transaction.set("by-path/\(key.prefix(2))/\(key)/\(entry.name)", entry.id)
      }
    }
    for entry in try children(Layout.landed, tree) {
      let key = entry.name.description
      let file = "landed/\(key.prefix(2))/\(key)"
      let old = try transaction.bucket.root.flatMap { try repository.blob(at: file, in: $0) }
      var ledger = LandingLedger(old ?? [])
      ledger.add(LandingLedger(try repository.blob(entry.id) ?? []).only(trace))
      transaction.set(file, try transaction.writer.writeBlob(ledger.bytes))
    }
  }

  private func children(_ name: String, _ tree: ObjectID) throws -> [TreeEntry] {
    guard let directory = try repository.entry(at: name, in: tree) else { return [] }
    return try repository.tree(directory.id) ?? []
  }

  /// The event with where it comes from; the log gives it a place and an id of its own.
  private func draft(_ event: TrailEvent, _ package: Package) -> TrailEventDraft {
    var draft = event.draft
    if draft.payload["imported_from"] == nil {
      draft.payload["imported_from"] = [
        "workspace_id": .string(package.workspaceID), "event_id": .string(event.eventID),
        "event_sequence": .int(event.sequence),
      ]
    }
    return draft
  }

  private func addNotes(_ tree: ObjectID, in transaction: StoreTransaction) throws {
    let notes = try NotesTree(repository, reference: StoreRefs.notes)
    for entry in try children(TracePackage.Layout.notes, tree) {
      guard let commit = ObjectID(hex: entry.name.description), let lines = try repository.blob(entry.id) else {
        continue
      }
      let old = try notes.note(on: commit)
      let new = NoteText.note(old, adding: lines)
      if new != old { transaction.setNote(new, on: commit) }
    }
  }

  /// Says of commits that hold lines of this trace alone that they were searched: what was found where the other sessions
  /// are known is right, and looking again among fewer sessions would give their lines to this one.
  private func settle(_ commits: Set<ObjectID>, of trace: String) throws {
    let bucket = try Bucket(repository)
    let log = try EventLog(repository)
    let edits = EditIndex(bucket)
    let writer = AnchorEvents(source: "trace-teleport", time: time)
    var drafts: [TrailEventDraft] = []
    for id in commits.sorted(by: { $0.hex < $1.hex }) {
      guard let commit = try repository.commit(id) else { continue }
      let events = try log.events(ofCommit: id)
      guard events.allSatisfy({ $0.draft.traceID == trace }) else { continue }
      let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
      let deltas = try repository.changedFiles(from: parent, to: commit.tree)
      let paths = deltas.flatMap { $0.oldPath == $0.newPath ? [$0.newPath] : [$0.newPath, $0.oldPath] }
      let nested = try SubmoduleEvidence(repository, edits: edits).runs(for: deltas.filter(\.isGitlink))
      let evidence = try EvidenceDigest.make(commit, paths: paths, edits: edits, submodules: nested)
      drafts.append(writer.summary(events.compactMap { Anchor($0) }, of: id, evidence: evidence))
    }
    if !drafts.isEmpty { try StoreTransaction.append(drafts, to: repository, time: time) }
  }
}
