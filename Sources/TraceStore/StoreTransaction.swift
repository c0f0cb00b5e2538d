public import Basics
public import GitKit
public import TraceModel

/// Changes to the private plane, the event log and the notes that become visible together.
///
/// A transaction holds the store's lock from `begin` to `commit`: writers of one clone take turns, and ``commit()`` sets
/// all references in one compare-and-swap after every object is written. A crash at any instant leaves the old state
/// and at most unreachable objects.
public final class StoreTransaction {
  public let repository: Repository
  public let writer: any ObjectWriter
  /// The state before this transaction.
  public let bucket: Bucket
  public let log: EventLog
  private let lock: FileLock
  private let spool: Spool
  private let time: Timestamp
  private let edits: TreeEditor
  private var bucketChanged = false
  private var drafts: [TrailEventDraft] = []
  private var spooled: [String] = []
  private var notes: [ObjectID: [UInt8]?] = [:]
  private var reindexed: [ObjectID] = []
  private var forgotten: [String] = []

  /// What the holder of the store's lock sets.
  static let references = [StoreRefs.bucket, StoreRefs.events, StoreRefs.notes, StoreRefs.team]

  /// Seconds to wait for a reference that somebody else has locked.
  private static let referencePatience = 0.5

  /// Where the lock of the store lies.
  public static func lockPath(_ repository: Repository) -> String { repository.stateDirectory + "/events.lock" }

  static func spool(_ repository: Repository) -> Spool { Spool(directory: repository.stateDirectory + "/spool") }

  /// Takes the lock and reads the present state.
  ///
  /// - Parameters:
  ///   - writer: where objects go; a ``PackWriter`` for many, an ``AdaptiveWriter`` for a hook's.
  ///   - timeout: seconds to wait for the lock.
  /// - Returns: nil when another process held the lock all that time.
  public static func begin(
    _ repository: Repository, writer: any ObjectWriter, time: Timestamp, timeout: Double = 30
  ) throws -> StoreTransaction? {
    guard let lock = try FileLock.acquire(lockPath(repository), timeout: timeout) else { return nil }
    do { try ReferenceIntent(repository).recover(references) } catch {
      lock.release()
      throw error
    }
    return try StoreTransaction(repository, writer: writer, time: time, lock: lock)
  }

  private init(_ repository: Repository, writer: any ObjectWriter, time: Timestamp, lock: FileLock) throws {
    self.repository = repository
    self.writer = writer
    self.lock = lock
    self.time = time
    spool = Self.spool(repository)
    bucket = try Bucket(repository)
    log = try EventLog(repository)
    edits = TreeEditor(repository, base: bucket.root)
    let header = try log.tip.flatMap { try log.header(ofBatch: $0) }
    let taken = Set(header?["spool"]?.array?.compactMap(\.string) ?? [])
    for lot in spool.waiting() {
      if !taken.contains(Paths.name(lot.file)) { drafts += lot.drafts }
      spooled.append(lot.file)
    }
  }

  /// Appends events, or keeps them in the spool when the log stays locked. Nothing is lost either way.
  ///
  /// - Returns: whether they are in the log now.
  @discardableResult
  public static func append(
    _ drafts: [TrailEventDraft], to repository: Repository, time: Timestamp, timeout: Double = 30
  ) throws -> Bool {
    for draft in drafts { try validate(draft) }
    guard let transaction = try begin(repository, writer: AdaptiveWriter(repository), time: time, timeout: timeout)
    else {
      try spool(repository).keep(drafts, at: time)
      return false
    }
    try transaction.append(drafts)
    try transaction.commit()
    return true
  }

  private static func validate(_ draft: TrailEventDraft) throws {
    do {
      try PayloadRules.check(draft.payload)
    } catch {
      throw StoreError(.invalidEvent, "append the event", draft.eventType, error.description)
    }
  }

  // MARK: Changes

  /// Puts a blob, or a tree, at a path of the private plane.
  public func set(_ path: String, _ object: ObjectID, mode: FileMode = .regular) {
    edits.set(path, object, mode: mode)
    bucketChanged = true
  }

  public func remove(_ path: String) {
    edits.remove(path)
    bucketChanged = true
  }

  /// Queues events for the end of the log.
  ///
  /// - Throws: ``StoreError`` with ``StoreError/Code/invalidEvent``; nothing is queued then.
  public func append(_ drafts: [TrailEventDraft]) throws {
    for draft in drafts { try Self.validate(draft) }
    self.drafts += drafts
  }

  /// Takes the events known so far out of the index of a commit: the events queued now replace them for readers. The
  /// log itself keeps them.
  public func replaceIndex(ofCommit id: ObjectID) { reindexed.append(id) }

  /// Takes the events about a trace known so far out of all indexes. The log itself keeps them.
  public func forget(_ trace: String) { forgotten.append(trace) }

  /// Sets the note on a commit; nil removes it.
  public func setNote(_ note: [UInt8]?, on commit: ObjectID) { notes.updateValue(note, forKey: commit) }

  public var isEmpty: Bool { !bucketChanged && drafts.isEmpty && notes.isEmpty }

  // MARK: Commit

  /// Writes everything, sets the references, releases the lock.
  public func commit() throws {
    defer { lock.release() }
    guard !isEmpty else { return }
    let newBucket = try bucketChanged ? bucketCommit() : nil
    let newLog = try drafts.isEmpty ? nil : eventCommit()
    let notesTree = try notes.isEmpty ? nil : NotesTree(repository, reference: StoreRefs.notes)
    let newNotes = try notesTree?.writing(
      notes, with: writer, message: "Notes added by opentraces", time: time)
    try writer.flush()
    var updates: [(name: String, old: ObjectID?, new: ObjectID)] = []
    if let newBucket, newBucket != bucket.tip { updates.append((StoreRefs.bucket, bucket.tip, newBucket)) }
    if let newLog { updates.append((StoreRefs.events, log.tip, newLog)) }
    if let newNotes { updates.append((StoreRefs.notes, notesTree?.tip, newNotes)) }
    try update(updates)
    for file in spooled { try? Files.remove(file) }  // The batch names those that stay.
  }

  /// Sets the references. Another program, such as `git pack-refs`, can hold the lock of one of them for a moment.
  private func update(_ updates: [(name: String, old: ObjectID?, new: ObjectID)]) throws {
    var transaction = ReferenceTransaction(repository)
    for update in updates { transaction.set(update.name, to: update.new, expecting: update.old) }
    let intent = ReferenceIntent(repository)
    try intent.begin(updates)
    // Only a process that dies leaves it behind; a file that cannot be removed is looked at by the next writer.
    defer { try? intent.end() }
    let deadline = MonotonicClock.seconds() + Self.referencePatience
    while true {
      do {
        try transaction.commit(reason: "opentraces")
        break
      } catch let error as GitError where error.code == .locked && MonotonicClock.seconds() < deadline {
        MonotonicClock.pause(milliseconds: 5)
      }
    }
  }

  /// Releases the lock and forgets the changes.
  public func abandon() { lock.release() }

  /// A commit without parent, so that what is purged is gone.
  private func bucketCommit() throws -> ObjectID? {
    if bucket.root == nil {
      edits.set("format.json", try writer.writeBlob("{\"schema\":\"opentraces.bucket.git.v1\"}\n"))
    }
    let tree = try edits.write(writer)
    guard tree != bucket.root else { return nil }
    return try writer.writeCommit(tree: tree, parents: [], message: "bucket: private plane", time: time)
  }

  private func eventCommit() throws -> ObjectID {
    let batch = "batch-" + Hex.encode(RandomBytes.make(16))
    var previous = try log.tail()
    let editor = TreeEditor(repository, base: log.root)
    for name in ["batch.json", "events", "objects", "trees", "snapshots"] { editor.remove(name) }
    for commit in reindexed { editor.remove(EventLog.commitDirectory(commit.hex)) }
    for trace in forgotten { try removeIndexes(of: trace, in: editor) }
    let events = drafts.map { draft in
      let event = TrailEvent(
        draft, sequence: (previous?.sequence ?? 0) + 1, previousEventID: previous?.eventID, batchID: batch)
      previous = (event.sequence, event.eventID)
      return event
    }
    for (event, text) in zip(events, EventText.encode(events)) { try place(event, text, in: editor) }
    var header: JSONObject = [
      "batch_id": .string(batch), "event_count": .int(drafts.count),
      "previous_event_log_head": .optional(log.tip?.hex), "writer": .string(drafts.last?.writer ?? ""),
    ]
    if !spooled.isEmpty { header["spool"] = .strings(spooled.map(Paths.name)) }
    let text = CanonicalJSON.pretty(.object(header), sorted: true, asciiOnly: true)
    editor.set("batch.json", try writer.writeBlob(text))
    let tree = try editor.write(writer)
    return try writer.writeCommit(
      tree: tree, parents: log.tip.map { [$0] } ?? [], message: "opentraces trail event batch \(batch)", time: time)
  }

  private func removeIndexes(of trace: String, in editor: TreeEditor) throws {
    guard let root = log.root, let entry = try repository.entry(at: EventLog.traceDirectory(trace), in: root) else {
      return
    }
    for file in try repository.tree(entry.id) ?? [] {
      let event = try log.event(blob: file.id)
      for commit in Self.commits(of: event.draft.payload) {
        editor.remove("\(EventLog.commitDirectory(commit))/\(file.name)")
      }
    }
    editor.remove(EventLog.traceDirectory(trace))
  }

  private func place(_ event: TrailEvent, _ text: [UInt8], in editor: TreeEditor) throws {
    let blob = try writer.writeBlob(text, family: event.draft.eventType)
    let file = EventLog.eventFile(event.sequence)
    editor.set("events/" + file, blob)
    if let trace = event.draft.traceID { editor.set(EventLog.traceDirectory(trace) + "/" + file, blob) }
    for commit in Self.commits(of: event.draft.payload) {
      editor.set(EventLog.commitDirectory(commit) + "/" + file, blob)
    }
    for object in Self.objectIDs(of: event.draft.payload) where repository.contains(object) {
      guard let kind = try repository.header(object)?.kind else { continue }
      if kind == .blob { editor.set("objects/blobs/" + object.hex, object) }
      if kind == .tree {
        let name = event.eventID.split(whereSeparator: { $0 == ":" || $0 == "/" }).joined(separator: "-")
        editor.set("trees/\(file.dropLast(5))-\(name)", object, mode: .tree)
      }
    }
  }

  /// The commits whose ties an event tells. What superseded an anchor is found by its trace.
  public static func commits(of payload: JSONObject) -> [String] {
    let named = ["commit_id", "search_head"].compactMap { payload[$0] }
    let searched = payload["searches"]?.array?.compactMap { $0["search_head"] } ?? []
    return (named + searched).compactMap { $0["hex"]?.string }
  }

  /// Blobs and trees that the event's readers will want to open.
  public static func objectIDs(of payload: JSONObject) -> [ObjectID] {
    ["before_blob_id", "after_blob_id", "tree_id"].compactMap { key in
      payload[key]?["hex"]?.string.flatMap { ObjectID(hex: $0) }
    }
  }
}
