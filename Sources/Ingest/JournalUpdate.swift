internal import Basics
internal import Capture
internal import GitKit
internal import TraceStore

/// What the hooks reported of a session: what is stored of it, and what its journal holds beyond that.
struct JournalUpdate {
  let bytes: [UInt8]
  /// Whether there is more than what is stored.
  let isNew: Bool

  init(_ bucket: Bucket, trace: String, agent: String, session: String) throws {
    let stored = try bucket.journal(trace) ?? []
    let journal = Journal(directory: bucket.repository.stateDirectory, agent: agent, session: session)
    var file = try Files.readIfPresent(journal.path) ?? []
    // A line that is being written belongs to the next fold.
    if let end = file.lastIndex(of: 0x0A) { file.removeSubrange((end + 1)...) } else { file = [] }
    if file.starts(with: stored) {
      bytes = file
    } else {
      // A journal that was deleted and begun again.
      let known = Set(stored.split(separator: 0x0A))
      bytes = stored + file.split(separator: 0x0A).filter { !known.contains($0) }.flatMap { $0 + [0x0A] }
    }
    isNew = bytes != stored
  }
}
