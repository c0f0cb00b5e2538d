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
    guard TracePackage.isWhole(manifest, bytes) else {
      throw damaged("\(TracePackage.manifestName) is not what it was when the package was made")
    }
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

  /// Adds the trace. One that is there already stays as it is; commits that were missing are added.
  ///
  /// - Returns: nil when another process held the lock of the store all the time.
  /// - Throws: ``TracePackage/Problem``; objects without a name may stay behind, for `git gc`.
  public func add(_ package: Package) throws -> Report? {
    let trace = package.traceID
    let content = try content(package)
    let commits = try commitsBundle(package)
    var limitations = package.manifest["limitations"]?.array?.compactMap(\.string) ?? []
    guard let transaction = try StoreTransaction.begin(repository, writer: PackWriter(repository), time: time) else {
      return nil
    }
    let isKnown: Bool
    let before = transaction.bucket
    do {
      isKnown = try self.isKnown(trace, content, in: transaction.bucket)
      if let commits { try add(commits) }
      if isKnown {
        transaction.abandon()
      } else {
        try place(content, trace, in: transaction)
        try transaction.append(content.events.map { draft($0, package) })
        try addNotes(content, in: transaction)
        try transaction.commit()
      }
    } catch {
      transaction.abandon()
      throw error
    }
    if !wantedCommits(package).allSatisfy(repository.contains) { limitations.append("commits_not_included") }
    try settle(content, of: trace, before: before)
    return Report(
      traceID: trace, workspaceID: package.workspaceID, eventCount: content.events.count,
      snapshotCount: package.manifest["snapshots"]?.array?.count ?? 0, isKnown: isKnown, limitations: limitations)
  }

  // MARK: Looking

  /// What a bundle holds, looked at.
  private struct Content {
    /// The trace's directory of the private plane.
    let trace: ObjectID
    let events: [TrailEvent]
    /// Entries of the by-path index.
    var paths: [(file: String, blob: ObjectID)] = []
    var ledgers: [(file: String, ledger: LandingLedger)] = []
    var notes: [(commit: ObjectID, lines: [UInt8])] = []
    /// Commits whose search was complete where the package was made.
    var searched: [ObjectID] = []
  }

  private static func damaged(_ message: String) -> TracePackage.Problem { TracePackage.Problem(.damaged, message) }

  private func content(_ package: Package) throws -> Content {
    let root = try root(package)
    guard let trace = try repository.entry(at: TracePackage.Layout.trace, in: root), trace.mode == .tree else {
      throw Self.damaged("the bundle holds no trace")
    }
    try checkTrace(trace.id, package.traceID)
    var content = Content(trace: trace.id, events: try events(package, root))
    for directory in try children(TracePackage.Layout.paths, root) {
      let key = try Self.key(directory)
      for entry in try repository.tree(directory.id) ?? [] {
        let name = entry.name.description
        guard entry.mode == .regular,
          EditIndexEntry(name: name, blob: entry.id)?.traceID == StoreRefs.fileName(package.traceID)
        else { throw Self.damaged("the bundle holds edits of another trace") }
        content.paths.append(("by-path/\(key.prefix(2))/\(key)/\(name)", entry.id))
      }
    }
    for entry in try children(TracePackage.Layout.landed, root) {
      let key = try Self.key(entry)
      let ledger = LandingLedger(try repository.blob(entry.id) ?? []).only(package.traceID)
      content.ledgers.append(("landed/\(key.prefix(2))/\(key)", ledger))
    }
    for entry in try children(TracePackage.Layout.notes, root) {
      guard let commit = ObjectID(hex: entry.name.description) else { throw Self.damaged("a note is on no commit") }
      let lines = NoteText.lines(of: package.traceID, in: try repository.blob(entry.id) ?? [])
      content.notes.append((commit, lines))
    }
    let searched = try repository.blob(at: TracePackage.Layout.searched, in: root) ?? []
    content.searched = try searched.split(separator: 0x0A).map { line in
      guard let id = ObjectID(hex: String(decoding: line, as: UTF8.self)) else {
        throw Self.damaged("the bundle names a commit that is none")
      }
      return id
    }
    return content
  }

  /// The tree of the one commit in the bundle. Adds its objects.
  private func root(_ package: Package) throws -> ObjectID {
    do {
      let bundle = try GitBundle(package.files[TracePackage.bundleName] ?? [])
      guard bundle.references.map(\.name) == [TracePackage.reference(package.traceID)], bundle.prerequisites.isEmpty,
        let head = bundle.references.first?.id, head.hex == package.manifest["git_bundle_head"]?["hex"]?.string
      else { throw Self.damaged("the bundle holds something else than the manifest says") }
      try bundle.addObjects(to: repository)
      guard let tree = try repository.tree(ofCommit: head), try repository.isComplete(tree) else {
        throw Self.damaged("something is missing in the bundle")
      }
      return tree
    } catch let error as GitError where error.code != .locked {
      throw Self.damaged("the bundle can't be read: \(error.message)")
    }
  }

  /// That a trace's directory is one, with the transcript that its row tells of.
  private func checkTrace(_ tree: ObjectID, _ trace: String) throws {
    let row: TraceRow?
    do { row = try Bucket(repository).row(in: tree) } catch is StoreError { row = nil }
    guard let row, row.traceID == trace else { throw Self.damaged("the bundle holds another trace") }
    guard let source = try repository.entry(at: "source", in: tree), source.mode == .tree else {
      throw Self.damaged("the bundle holds no transcript")
    }
    let pieces = try (repository.tree(source.id) ?? []).sorted {
      ($0.name.bytes.count, $0.name) < ($1.name.bytes.count, $1.name)
    }
    let text = StoredText(
      pieces: try pieces.map { StoredText.Piece(id: $0.id, size: try repository.header($0.id)?.size ?? 0) })
    guard pieces.count == max(1, row.source.segments), text.bytes == row.source.bytes,
      row.source.digest.map({ $0 == text.digest }) ?? true,
      zip(pieces, 1...).allSatisfy({ $0.mode == .regular && "source/\($0.name)" == StoredText.name($1) })
    else { throw Self.damaged("the transcript is not the one that its row tells of") }
  }

  private func events(_ package: Package, _ root: ObjectID) throws -> [TrailEvent] {
    let lines = try repository.blob(at: TracePackage.Layout.events, in: root) ?? []
    let events = try lines.split(separator: 0x0A).map { line in
      guard let event = (try? JSONValue(parsing: Array(line))).flatMap({ TrailEvent(json: $0) }),
        event.draft.traceID == package.traceID, event.recomputedEventID == event.eventID,
        TrailEvent.contentHash(of: event.draft.payload) == event.contentHash
      else { throw Self.damaged("an event is not what it was") }
      return event
    }
    let named = package.manifest["events"]?.array?.compactMap { $0["event_id"]?.string } ?? []
    guard named == events.map(\.eventID) else { throw Self.damaged("the events are not those that the manifest names") }
    return events
  }

  private func isKnown(_ trace: String, _ content: Content, in bucket: Bucket) throws -> Bool {
    guard let old = try bucket.traceTree(trace) else { return false }
    func source(_ tree: ObjectID) throws -> ObjectID? { try repository.entry(at: "source", in: tree)?.id }
    if let new = try source(content.trace), try source(old) == new { return true }
    throw TracePackage.Problem(.differs, "another version of \(trace) is kept here")
  }

  private func wantedCommits(_ package: Package) -> [ObjectID] {
    (package.manifest["commits"]?.array ?? []).compactMap { $0.string.flatMap { ObjectID(hex: $0) } }
  }

  /// The bundle of commits; nil when there is none, or when what it builds on is not here.
  private func commitsBundle(_ package: Package) throws -> GitBundle? {
    guard let bytes = package.files[TracePackage.commitsName] else { return nil }
    let prefix = TracePackage.reference(package.traceID) + "/commits/"
    do {
      let bundle = try GitBundle(bytes)
      let wanted = wantedCommits(package)
      guard bundle.references.allSatisfy({ $0.name == prefix + $0.id.hex && wanted.contains($0.id) }) else {
        throw Self.damaged("\(TracePackage.commitsName) holds something else than the manifest says")
      }
      guard bundle.prerequisites.allSatisfy(repository.contains) else { return nil }
      try bundle.addObjects(to: repository)
      for (_, id) in bundle.references {
        guard let tree = try repository.tree(ofCommit: id), try repository.isComplete(tree) else {
          throw Self.damaged("something is missing in \(TracePackage.commitsName)")
        }
      }
      return bundle
    } catch let error as GitError where error.code != .locked {
      throw Self.damaged("\(TracePackage.commitsName) can't be read: \(error.message)")
    }
  }

  private func children(_ name: String, _ tree: ObjectID) throws -> [TreeEntry] {
    guard let directory = try repository.entry(at: name, in: tree) else { return [] }
    return try repository.tree(directory.id) ?? []
  }

  /// The key of a path, see ``StoreRefs/pathKey(_:)``.
  private static func key(_ entry: TreeEntry) throws -> String {
    let name = entry.name.description
    guard name.utf8.count == 32, Hex.decode(Array(name.utf8)) != nil else {
      throw damaged("the bundle holds a path that is none")
    }
    return name
  }

  // MARK: Writing

  /// Names commits, so that `git gc` keeps them.
  private func add(_ commits: GitBundle) throws {
    var references = ReferenceTransaction(repository)
    var isEmpty = true
    for (name, id) in commits.references where try repository.resolve(reference: name) == nil {
      references.set(name, to: id, expecting: nil)
      isEmpty = false
    }
    if !isEmpty { try references.commit(reason: "opentraces: trace teleport") }
  }

  private func place(_ content: Content, _ trace: String, in transaction: StoreTransaction) throws {
    transaction.set(StoreRefs.traceDirectory(trace), content.trace, mode: .tree)
    for (file, blob) in content.paths { transaction.set(file, blob) }
    for (file, rows) in content.ledgers {
      let old = try transaction.bucket.root.flatMap { try repository.blob(at: file, in: $0) }
      var ledger = LandingLedger(old ?? [])
      ledger.add(rows)
      transaction.set(file, try transaction.writer.writeBlob(ledger.bytes))
    }
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

  private func addNotes(_ content: Content, in transaction: StoreTransaction) throws {
    let notes = try NotesTree(repository, reference: StoreRefs.notes)
    for (commit, lines) in content.notes {
      let old = try notes.note(on: commit)
      let new = NoteText.note(old, adding: lines)
      if new != old { transaction.setNote(new, on: commit) }
    }
  }

  private func settle(_ content: Content, of trace: String, before: Bucket) throws {
    let commits = Set(content.events.compactMap { Anchor($0)?.commit } + content.searched)
    let drafts = try SettledSearches(repository).drafts(
      commits, of: trace, before: before, AnchorEvents(source: "trace-teleport", time: time))
    if !drafts.isEmpty { try StoreTransaction.append(drafts, to: repository, time: time) }
  }
}
