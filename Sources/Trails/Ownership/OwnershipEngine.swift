internal import Basics
internal import GitKit

/// Decides which edit wrote each line that a commit adds or removes.
///
/// A line goes to the edit that has a line of the same characters (white space aside), best: with the same
/// neighbours, new to the file, latest. An edit whose line was taken back by a later edit of its session, or that has
/// already landed in an ancestor, is no candidate. A session is accepted for a commit only on enough evidence; lines
/// of sessions that are not accepted stay unattributed.
struct OwnershipEngine {
  /// Candidate edits of a path, in ``CandidateEdit/precedes(_:_:)`` order.
  let edits: (BytePath) throws -> [CandidateEdit]
  /// Whether a trace may be considered for a commit of this time.
  var isInWindow: (_ traceID: String, _ commitTime: Timestamp) -> Bool = { _, _ in true }

  struct Candidate {
    let edit: CandidateEdit
    let line: EditLine
    /// Neighbours that agree: 0 to 2.
    let context: Int
    /// Whether the line is new to the file (removed lines: gone from it).
    let isDistinct: Bool
    /// Whether this is the first commit of the path after the edit.
    let isFresh: Bool
  }

  /// One line of the commit with its candidates, best first.
  struct ContestedLine {
    let file: Int
    let position: Int
    let key: LineKey
    var candidates: [Candidate]
  }

  func attribute(_ change: CommitChange, history: some LandingHistory) throws -> CommitOwnership {
    let here = Landing(change.commit)
    var added: [ContestedLine] = []
    var removed: [ContestedLine] = []
    var whole: [OwnedRun] = []
    var identical: [BytePath: Set<String>] = [:]
    for (number, file) in change.files.enumerated() {
      let usable = try candidates(for: file).filter {
        isUsable($0, change, rebased: history.isRebased) && isInWindow($0.edit.traceID, change.time)
      }
      guard !usable.isEmpty else { continue }
      let last = history.lastChange(of: file.paths)
      let contest = FileContest(
        file: file, number: number, edits: usable, here: here, history: history, lastChange: last)
      added += contest.lines(.added)
      removed += contest.lines(.removed)
      if let run = contest.wholeFile() { whole.append(run) }
      identical[file.delta.newPath] = contest.tracesThatLeftTheFileAsItIs()
    }
    var accepted = Acceptance.traces(added: added, removed: removed)
    accepted.formUnion(whole.map(\.edit.traceID))
    var result = assemble(change, added: added, removed: removed, whole: whole, accepted: accepted)
    for number in result.runs.indices {
      let run = result.runs[number]
      result.runs[number].isWholeFile = identical[run.path]?.contains(run.edit.traceID) ?? false
    }
    return result
  }

  private func candidates(for file: ChangedFile) throws -> [CandidateEdit] {
    let lists = try file.paths.map { try edits($0) }
    if lists.count == 1 { return lists[0] }
    return lists.flatMap { $0 }.sorted(by: CandidateEdit.precedes)
  }

  /// An edit can be in a commit that was made after it. A rewritten commit may contain edits made up to the rewriting,
  /// unless it was merely rebased: then its author time counts, except for sessions that were already running.
  private func isUsable(_ candidate: CandidateEdit, _ change: CommitChange, rebased: Bool) -> Bool {
    let time = candidate.edit.time.microseconds
    guard time <= change.time.microseconds + OwnershipRules.clockSlack else { return false }
    let author = change.commit.authorTime
    return time <= author.microseconds + OwnershipRules.clockSlack || !rebased
      || candidate.edit.sessionStart <= author
  }

  private func assemble(
    _ change: CommitChange, added: [ContestedLine], removed: [ContestedLine], whole: [OwnedRun], accepted: Set<String>
  ) -> CommitOwnership {
    var result = CommitOwnership(commit: change.commit)
    var builder = RunBuilder(change: change)
    for line in added {
      guard let owner = line.candidates.first(where: { accepted.contains($0.edit.edit.traceID) }) else { continue }
      builder.add(line, owner: owner)
      result.landings.append(owner.landing(.added, line.key))
    }
    var deletions = DeletionBuilder(change: change)
    for line in removed {
      guard let owner = line.candidates.first, accepted.contains(owner.edit.edit.traceID) else { continue }
      deletions.add(line, owner: owner)
      result.landings.append(owner.landing(.removed, line.key))
    }
    let written = builder.finish()
    // What a patch removed is evidence of its own only where nothing it added is.
    let patches = Set(written.map(\.patchID))
    let deleted = deletions.finish().filter { !patches.contains($0.patchID) }
    result.runs = (written + deleted + whole).sorted {
      if $0.path != $1.path { return $0.path < $1.path }
      return ($0.range?.lowerBound ?? 0) < ($1.range?.lowerBound ?? 0)
    }
    return result
  }
}

extension OwnershipEngine.Candidate {
  func landing(_ side: LineSide, _ key: LineKey) -> LandedLine {
    LandedLine(path: edit.edit.path, line: EditLineID(edit: edit.id, side: side, hash: key.hash))
  }

  /// Better first: context, then novelty, then the later edit.
  static func isBetter(_ a: Self, _ b: Self) -> Bool {
    if a.context != b.context { return a.context > b.context }
    if a.isDistinct != b.isDistinct { return a.isDistinct }
    return CandidateEdit.precedes(b.edit, a.edit)
  }
}

extension CandidateEdit {
  var id: EditID { EditID(traceID: edit.traceID, order: edit.order) }
}
