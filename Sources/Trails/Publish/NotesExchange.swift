public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// Carries notes between this clone and a remote: the union of their lines on either side.
///
/// Refs read: ``StoreRefs/notes`` and ``StoreRefs/trackedNotes(_:)``. Notes of traces that may not leave stay here.
public struct NotesExchange {
  private let repository: Repository
  private let remote: String
  private let time: Timestamp

  public init(_ repository: Repository, remote: String, time: Timestamp) {
    self.repository = repository
    self.remote = remote
    self.time = time
  }

  private func blobs(_ notes: NotesTree) throws -> [ObjectID: ObjectID] {
    Dictionary(try notes.all().map { ($0.object, $0.blob) }) { first, _ in first }
  }

  /// Adds the lines of the remote's notes to the local ones. Refs written: ``StoreRefs/notes``. Cost: listing both, and
  /// the notes that differ.
  ///
  /// - Parameter isDead: of traces that were purged the lines are left out.
  /// - Returns: notes changed; nil when another process held the store's lock all the time.
  @discardableResult
  public func receive(isDead: (String) -> Bool) throws -> Int? {
    let theirs = try NotesTree(repository, reference: StoreRefs.trackedNotes(remote))
    guard theirs.tip != nil else { return 0 }
    let incoming = try blobs(theirs)
    guard let transaction = try StoreTransaction.begin(repository, writer: PackWriter(repository), time: time) else {
      return nil
    }
    do {
      let own = try NotesTree(repository, reference: StoreRefs.notes)
      let known = try blobs(own)
      var count = 0
      for (object, blob) in incoming where known[object] != blob {
        guard let note = try repository.blob(blob) else { continue }
        let old = try known[object].flatMap { try repository.blob($0) } ?? []
        let wanted = Self.lines(note).filter { line in
          NoteText.parse(Array(line)).first.map { !isDead($0.traceID) } ?? true
        }
        let new = Self.joined(Set(Self.lines(old)).union(wanted))
        if new == old { continue }
        transaction.setNote(new, on: object)
        count += 1
      }
      if count == 0 { transaction.abandon() } else { try transaction.commit() }
      return count
    } catch {
      transaction.abandon()
      throw error
    }
  }

  /// A commit on top of the remote's notes that has the lines of ours which may leave; nil when there are none to add.
  /// Sets no reference. Cost: as ``receive(isDead:)``.
  ///
  /// - Parameters:
  ///   - mayLeave: gets a line of ours.
  ///   - isDead: of traces that were purged the lines go.
  public func outgoing(
    _ writer: any ObjectWriter, isDead: (String) -> Bool, mayLeave: (NoteText.Line, String) -> Bool
  ) throws -> ObjectID? {
    let theirs = try NotesTree(repository, reference: StoreRefs.trackedNotes(remote))
    let known = try blobs(theirs)
    var changes: [ObjectID: [UInt8]?] = [:]
    let own = try blobs(NotesTree(repository, reference: StoreRefs.notes))
    func isAlive(_ line: ArraySlice<UInt8>) -> Bool {
      NoteText.parse(Array(line)).first.map { !isDead($0.traceID) } ?? true
    }
    for (object, blob) in known where own[object] != blob {
      let lines = Self.lines(try repository.blob(blob) ?? [])
      let left = lines.filter(isAlive)
      if left.count < lines.count { changes[object] = .some(left.isEmpty ? nil : Self.joined(Set(left))) }
    }
    for (object, blob) in own where known[object] != blob {
      guard let note = try repository.blob(blob) else { continue }
      let lines = Self.lines(note).filter { line in
        let bytes = Array(line)
        return NoteText.parse(bytes).first.map { mayLeave($0, String(decoding: bytes, as: UTF8.self)) } ?? false
      }
      let old = Self.lines(try known[object].flatMap { try repository.blob($0) } ?? []).filter(isAlive)
      let union = Set(old).union(lines)
      if union.count > Set(old).count { changes[object] = .some(Self.joined(union)) }
    }
    guard !changes.isEmpty else { return nil }
    return try theirs.writing(changes, with: writer, message: "Notes added by opentraces", time: time)
  }

  private static func lines(_ note: [UInt8]) -> [ArraySlice<UInt8>] { note.split(separator: 0x0A) }

  private static func joined(_ lines: Set<ArraySlice<UInt8>>) -> [UInt8] {
    lines.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 + [0x0A] }
  }
}
