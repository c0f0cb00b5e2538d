public import Basics
public import GitKit

/// Writes notes of another tool's format.
public struct ForeignNotes {
  /// What was done about the notes.
  public struct Report: Sendable {
    public var written = 0
    public var unchanged = 0
    /// Notes that somebody else made; they stay.
    public var kept: [ObjectID] = []
  }

  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  private static let attempts = 5

  /// Sets notes where there are none, or ours. Refs written: the one named, in one update; another writer's notes of
  /// the same moment are not lost. Cost: as ``NotesTree/writing(_:with:message:time:)``.
  ///
  /// - Parameter isOurs: whether a note that is there may be replaced.
  public func write(
    _ notes: [ObjectID: [UInt8]], to reference: String, time: Timestamp, isOurs: ([UInt8]) -> Bool
  ) throws -> Report {
    var attempt = 1
    while true {
      do {
        return try writeOnce(notes, to: reference, time: time, isOurs: isOurs)
      } catch let error as GitError where error.code == .moved || error.code == .locked {
        guard attempt < Self.attempts else { throw error }
        attempt += 1
        MonotonicClock.pause(milliseconds: UInt32(20 * attempt))
      }
    }
  }

  private func writeOnce(
    _ notes: [ObjectID: [UInt8]], to reference: String, time: Timestamp, isOurs: ([UInt8]) -> Bool
  ) throws -> Report {
    let tree = try NotesTree(repository, reference: reference)
    var report = Report()
    var changes: [ObjectID: [UInt8]?] = [:]
    for (commit, note) in notes.sorted(by: { $0.key < $1.key }) {
      let old = try tree.note(on: commit)
      if old == note {
        report.unchanged += 1
      } else if let old, !isOurs(old) {
        report.kept.append(commit)
      } else {
        changes[commit] = note
      }
    }
    guard !changes.isEmpty else { return report }
    let writer = AdaptiveWriter(repository)
    guard let tip = try tree.writing(changes, with: writer, message: "Notes added by opentraces", time: time) else {
      return report
    }
    try writer.flush()
    var transaction = ReferenceTransaction(repository)
    transaction.set(reference, to: tip, expecting: tree.tip)
    try transaction.commit(reason: "opentraces: export notes")
    report.written = changes.count
    return report
  }
}
