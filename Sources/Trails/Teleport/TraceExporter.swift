public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Writes one trace, and nothing of others, to a directory. Reads the private plane, the event log and the notes.
public struct TraceExporter {
  public struct Report: Sendable {
    public let workspaceID: String
    public let eventCount: Int
    public let snapshotCount: Int
    /// Name of the record inside of the package.
    public let recordName: String
    public let commitCount: Int
    public let limitations: [String]
  }

  private let repository: Repository
  private let bucket: Bucket
  private let log: EventLog

  public init(_ repository: Repository) throws {
    self.repository = repository
    bucket = try Bucket(repository)
    log = try EventLog(repository)
  }

  /// Writes a package. A failure leaves nothing behind. Cost: what is kept of the trace.
  ///
  /// - Parameters:
  ///   - record: the trace as one line of JSON.
  ///   - directory: absent or empty.
  ///   - allCommits: takes the commits with their history; else those only that no remote-tracking branch has.
  /// - Throws: ``TracePackage/Problem``.
  public func export(
    _ trace: String, record: [UInt8], to directory: String, allCommits: Bool, time: Timestamp
  ) throws -> Report {
    guard let tree = try bucket.traceTree(trace), let row = try bucket.row(in: tree) else {
      throw TracePackage.Problem(.unknownTrace, "nothing is kept of \(trace)")
    }
    let directory = Files.exists(directory) ? Files.resolvingLinks(directory) : directory
    guard Files.list(directory).isEmpty, !Files.exists(directory) || Files.isDirectory(directory) else {
      throw TracePackage.Problem(.place, "\(directory) is not empty")
    }
    let events = try events(of: trace)
    let writer = PackWriter(repository)
    let root = try root(trace, tree, events, writer)
    let commit = try writer.writeCommit(tree: root, parents: [], message: "trace \(trace)", time: row.end ?? time)
    try writer.flush()
    let bundle = try repository.bundle([(TracePackage.reference(trace), commit)])
    var files: [(name: String, bytes: [UInt8])] = [
      (TracePackage.bundleName, bundle), (TracePackage.recordName(trace), record),
    ]
    let anchored = Set(events.compactMap { Anchor($0)?.commit }).sorted { $0.hex < $1.hex }
    let commits = try commitsBundle(anchored, trace, all: allCommits)
    if let commits { files.append((TracePackage.commitsName, commits.bytes)) }
    var limitations: [String] = []
    let missing = anchored.filter { !repository.contains($0) }.count
    if missing > 0 { limitations.append("\(missing)_commits_missing") }
    let workspace = "trace-workspace-" + Hex.encode(RandomBytes.make(16))
    let manifest = manifest(trace, workspace, events, files, head: commit, anchored, limitations, time)
    files.append((TracePackage.manifestName, TracePackage.manifestBytes(manifest)))
    try write(files, to: directory)
    return Report(
      workspaceID: workspace, eventCount: events.count, snapshotCount: events.compactMap(snapshot).count,
      recordName: TracePackage.recordName(trace), commitCount: commits?.count ?? 0, limitations: limitations)
  }

  /// What is known of the trace; of anchors, those that the last search of their commit found.
  private func events(of trace: String) throws -> [TrailEvent] {
    let inForce = try log.commitsBySequence()
    return try log.events(ofTrace: trace).filter {
      $0.draft.eventType != "git_anchor_created" || inForce[$0.sequence] != nil
    }
  }

  /// Writes beside the directory first, then renames.
  private func write(_ files: [(name: String, bytes: [UInt8])], to directory: String) throws {
    let made = directory + ".new-" + Hex.encode(RandomBytes.make(4))
    do {
      for file in files {
        try Files.createDirectory(Paths.parent(made + "/" + file.name))
        try Files.writeAtomically(file.bytes, to: made + "/" + file.name, mode: 0o600)
      }
      Files.removeEmptyDirectory(directory)
      try Files.rename(made, to: directory)
    } catch {
      try? Files.removeTree(made)
      throw error
    }
  }

  // MARK: What is kept

  private func root(
    _ trace: String, _ tree: ObjectID, _ events: [TrailEvent], _ writer: any ObjectWriter
  ) throws -> ObjectID {
    typealias Layout = TracePackage.Layout
    let editor = TreeEditor(repository, base: nil)
    editor.set(Layout.trace, tree, mode: .tree)
    try addPaths(trace, tree, to: editor, writer)
    for event in events {
      for commit in StoreTransaction.commits(of: event.draft.payload) {
        guard let commit = ObjectID(hex: commit) else { continue }
        try addNote(trace, commit, to: editor, writer)
      }
      for object in StoreTransaction.objectIDs(of: event.draft.payload) {
        guard let kind = try repository.header(object)?.kind else { continue }
        if kind == .blob { editor.set("\(Layout.blobs)/\(object.hex)", object) }
        if kind == .tree { editor.set("\(Layout.trees)/\(object.hex)", object, mode: .tree) }
      }
    }
    var lines: [UInt8] = []
    for event in events { lines += CanonicalJSON.line(event.json) + [0x0A] }
    editor.set(Layout.events, try writer.writeBlob(lines))
    let searched = try SettledSearches(repository).commits(of: trace).map { $0.hex + "\n" }.joined()
    if !searched.isEmpty { editor.set(Layout.searched, try writer.writeBlob(searched)) }
    return try editor.write(writer)
  }

  /// The trace's own rows of the indexes over all traces.
  private func addPaths(
    _ trace: String, _ tree: ObjectID, to editor: TreeEditor, _ writer: any ObjectWriter
  ) throws {
    guard let root = bucket.root, let edits = try repository.entry(at: "edits", in: tree) else { return }
    for entry in try repository.tree(edits.id) ?? [] {
      let key = entry.name.description
      if let directory = try repository.entry(at: "by-path/\(key.prefix(2))/\(key)", in: root) {
        for name in try repository.tree(directory.id) ?? []
        where EditIndexEntry(name: name.name.description, blob: name.id)?.traceID == StoreRefs.fileName(trace) {
          editor.set("\(TracePackage.Layout.paths)/\(key)/\(name.name)", name.id)
        }
      }
      guard let bytes = try repository.blob(at: "landed/\(key.prefix(2))/\(key)", in: root) else { continue }
      let ledger = LandingLedger(bytes).only(trace)
      if !ledger.rows.isEmpty {
        editor.set("\(TracePackage.Layout.landed)/\(key)", try writer.writeBlob(ledger.bytes))
      }
    }
  }

  private func addNote(_ trace: String, _ commit: ObjectID, to editor: TreeEditor, _ writer: any ObjectWriter) throws {
    let notes = try NotesTree(repository, reference: StoreRefs.notes)
    guard let note = try notes.note(on: commit) else { return }
    let lines = NoteText.lines(of: trace, in: note)
    if !lines.isEmpty { editor.set("\(TracePackage.Layout.notes)/\(commit.hex)", try writer.writeBlob(lines)) }
  }

  private func commitsBundle(
    _ anchored: [ObjectID], _ trace: String, all: Bool
  ) throws -> (bytes: [UInt8], count: Int)? {
    let known =
      all
      ? [] : try repository.references(prefix: "refs/remotes/").compactMap { repository.contains($0.id) ? $0.id : nil }
    let wanted = try anchored.filter { id in
      try repository.contains(id) && !known.contains { try $0 == id || repository.isAncestor(id, of: $0) }
    }
    guard !wanted.isEmpty else { return nil }
    let references = wanted.map { (TracePackage.reference(trace) + "/commits/" + $0.hex, $0) }
    return (try repository.bundle(references, without: known), wanted.count)
  }

  // MARK: Manifest

  private static let notPortable = [
    "ignored_files", "external_services", "environment_variables", "secrets", "databases", "caches",
    "running_processes",
  ]

  private func manifest(
    _ trace: String, _ workspace: String, _ events: [TrailEvent], _ files: [(name: String, bytes: [UInt8])],
    head: ObjectID, _ commits: [ObjectID], _ limitations: [String], _ time: Timestamp
  ) -> JSONValue {
    [
      "schema_version": .string(TracePackage.schema), "workspace_id": .string(workspace), "trace_id": .string(trace),
      "created_at": .string(time.iso8601), "event_log_ref": .string(StoreRefs.events),
      "git_bundle": .string(TracePackage.bundleName), "git_bundle_head": PayloadRules.objectID(head.hex),
      "commits": .strings(commits.map(\.hex)), "trace_record": .string(TracePackage.recordName(trace)),
      "files": .array(
        files.map {
          ["name": .string($0.name), "bytes": .int($0.bytes.count), "sha256": .string(Digest.sha256Hex($0.bytes))]
        }),
      "event_count": .int(events.count),
      "events": .array(
        events.map {
          [
            "event_id": .string($0.eventID), "event_sequence": .int($0.sequence),
            "event_type": .string($0.draft.eventType),
          ]
        }),
      "snapshots": .array(events.compactMap(snapshot)),
      "environment_manifest": [
        "non_portable_dependencies": .strings(Self.notPortable.map { $0 + "_not_captured" })
      ],
      "limitations": .strings(limitations),
    ]
  }

  private func snapshot(_ event: TrailEvent) -> JSONValue? {
    guard let tree = event.draft.payload["tree_id"] else { return nil }
    return [
      "trace_id": .optional(event.draft.traceID), "generation_index": .optional(event.draft.generationIndex),
      "step_index": .optional(event.draft.stepIndex), "tree_id": tree, "source_event": .string(event.eventID),
    ]
  }
}
