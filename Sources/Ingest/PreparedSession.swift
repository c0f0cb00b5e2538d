internal import AgentAdapters
internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// A session whose objects are written and that waits to be placed in the store.
struct PreparedSession: Sendable {
  var row: TraceRow
  /// Paths below the trace's directory and what goes there.
  var blobs: [(path: String, blob: ObjectID)] = []
  /// Edits by path of the repository.
  var edits: [(path: BytePath, firstEdit: Timestamp, blob: ObjectID)] = []
  var events: [TrailEventDraft] = []
  /// Whether pieces of an earlier, different transcript must go.
  var replacesSource = false
  var isNew = true
  /// Whether the edits are those of some paths only; the others stay as they are.
  var isContinued = false
  /// What can be searched of it; nil when what is stored stays.
  var search: SearchUpdate?
  /// Where the next fold goes on, for a session that hooks report.
  var point: FoldPoint?
}

/// What became of one session file.
enum SessionOutcome: Sendable {
  case unchanged
  case rejected(String)
  case failed(String)
  case prepared(PreparedSession, problems: [LineProblem])
}
