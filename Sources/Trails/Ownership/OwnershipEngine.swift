internal import Basics
internal import GitKit
internal import TraceModel

/// Decides which edit wrote each line that a commit adds or removes.
///
/// A line goes to the edit that has a line of the same characters (white space aside), best: with the same
/// neighbours, new to the file, latest. An edit whose line was taken back by a later edit of its session, or that has
/// already landed in an ancestor, is no candidate. A session is accepted for a commit only on enough evidence; lines
/// of sessions that are not accepted stay unattributed.
struct OwnershipEngine {
  /// Candidate edits of a path, in ``CandidateEdit/precedes(_:_:)`` order.
  let edits: (BytePath) throws -> [CandidateEdit]
  /// The bytes of a blob.
  let read: (ObjectID) throws -> [UInt8]?
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

  func attribute<History: LandingHistory>(_ change: CommitChange, history: History) throws -> CommitOwnership {
    let here = Landing(change.commit)
    var added: [ContestedLine] = []
    var removed: [ContestedLine] = []
    var whole: [OwnedRun] = []
    var identical: [BytePath: Set<String>] = [:]
    var contests: [FileContest<History>] = []
    for (number, file) in change.files.enumerated() {
      let usable = try candidates(for: file).filter {
        isUsable($0, change, rebased: history.isRebased) && isInWindow($0.edit.traceID, change.time)
      }
      guard !usable.isEmpty else { continue }
      let last = history.lastChange(of: file.paths)
      let contest = FileContest(
        file: file, number: number, edits: usable, here: here, history: history, lastChange: last,
        written: history.isRebased ? change.commit.authorTime : change.time)
      contests.append(contest)
      added += contest.lines(.added)
      removed += contest.lines(.removed)
      if let run = contest.wholeFile() { whole.append(run) }
      identical[file.delta.newPath] = contest.tracesThatLeftTheFileAsItIs()
    }
    var accepted = Acceptance.traces(added: added, removed: removed)
    accepted.formUnion(whole.map(\.edit.traceID))
    var result = assemble(change, added: added, removed: removed, whole: whole, accepted: accepted)
    for contest in contests { try addFormatted(contest, accepted: accepted, to: &result) }
    result.runs.sort(by: OwnedRun.precedes)
    for number in result.runs.indices {
      let run = result.runs[number]
      result.runs[number].isWholeFile = identical[run.path]?.contains(run.edit.traceID) ?? false
    }
    return result
  }

  /// Adds what a formatter changed before the commit: of accepted traces, and of an edit that landed for the most part.
  private func addFormatted(
    _ contest: FileContest<some LandingHistory>, accepted: Set<String>, to result: inout CommitOwnership
  ) throws {
    let file = contest.file
    let owned = Set(
      result.runs.filter { $0.path == file.delta.newPath }.flatMap { run in
        run.range.map { Array(($0.lowerBound - 1)..<$0.upperBound) } ?? []
      })
    guard !file.isBinary, file.added.contains(where: { !owned.contains($0) && !file.newLines.keys[$0].isBlank }),
      contest.edits.contains(where: { contest.isFresh($0) }), let blob = file.delta.newBlob, let text = try read(blob)
    else { return }
    let finds = FormattedContest(contest: contest, text: text, owned: owned).finds { _ in true }
    var lengths: [EditID: Int] = [:]
    for find in finds { lengths[find.edit.id, default: 0] += find.length }
    for find in finds {
      let trace = find.edit.edit.traceID
      guard accepted.contains(trace) || lengths[find.edit.id] ?? 0 >= OwnershipRules.longLine else { continue }
      result.runs.append(
        OwnedRun(
          edit: find.edit.edit, patch: find.patch, path: file.delta.newPath,
          range: (find.lines.lowerBound + 1)...(find.lines.upperBound + 1), lineCount: find.lineCount,
          match: .formatted, kind: .added))
      result.landings += find.landed.map { hash in
        LandedLine(path: find.edit.edit.path, line: EditLineID(edit: find.edit.id, side: .added, hash: hash))
      }
    }
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
    let slack = candidate.edit.source.isObserved ? OwnershipRules.second : OwnershipRules.clockSlack
    guard time <= change.time.microseconds + slack else { return false }
    let author = change.commit.authorTime
    return time <= author.microseconds + slack || !rebased || candidate.edit.sessionStart <= author
  }

  private func assemble(
    _ change: CommitChange, added: [ContestedLine], removed: [ContestedLine], whole: [OwnedRun], accepted: Set<String>
  ) -> CommitOwnership {
    var result = CommitOwnership(commit: change.commit)
    var builder = RunBuilder(change: change)
    var owners = Assignment.owners(of: added, .added, accepted: accepted)
    Assignment.dropStrays(&owners, of: added, in: change.files)
    for (line, owner) in zip(added, owners) {
      guard let owner else { continue }
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
    // The file as a whole says it already.
    let goneFiles = Set(
      whole.filter { $0.kind == .deletedFile }.map { FileOfTrace(path: $0.path, trace: $0.edit.traceID) })
    let lines = deleted.filter { !goneFiles.contains(FileOfTrace(path: $0.path, trace: $0.edit.traceID)) }
    result.runs = written + lines + whole
    return result
  }
}

private struct FileOfTrace: Hashable {
  let path: BytePath
  let trace: String
}

extension OwnedRun {
  /// By path, then by line.
  static func precedes(_ a: OwnedRun, _ b: OwnedRun) -> Bool {
    if a.path != b.path { return a.path < b.path }
    return (a.range?.lowerBound ?? 0) < (b.range?.lowerBound ?? 0)
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
