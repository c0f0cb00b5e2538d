internal import Basics
internal import GitKit
internal import TraceModel

/// Finds the candidates for each changed line of one file.
struct FileContest<History: LandingHistory> {
  let file: ChangedFile
  let number: Int
  /// Usable edits, earlier first.
  let edits: [CandidateEdit]
  let here: Landing
  let history: History
  let lastChange: Timestamp?
  /// When the commit was written, before it was rebased.
  private let written: Timestamp
  /// Lines that the commit adds and that the file did not have, by hash.
  private let gained: Set<UInt64>
  /// Lines of the commit's file, by hash.
  private let present: Set<UInt64>

  init(
    file: ChangedFile, number: Int, edits: [CandidateEdit], here: Landing, history: History, lastChange: Timestamp?,
    written: Timestamp
  ) {
    self.written = written
    self.file = file
    self.number = number
    self.edits = edits
    self.here = here
    self.history = history
    self.lastChange = lastChange
    let added = Set(file.added.lazy.map { file.newLines.keys[$0].hash })
    gained = added.subtracting(file.oldLines.present(among: added))
    present = Set(file.newLines.keys.lazy.map(\.hash))
  }

  func isInCommit(_ hash: UInt64) -> Bool { present.contains(hash) }

  /// The lines on one side that at least one edit can have written.
  func lines(_ side: LineSide) -> [OwnershipEngine.ContestedLine] {
    let positions = side == .added ? file.added : file.removed
    guard !positions.isEmpty else { return [] }
    let text = side == .added ? file.newLines : file.oldLines
    let other = side == .added ? file.oldLines : file.newLines
    let wanted = Set(positions.lazy.map { text.keys[$0].hash })
    let index = index(side, wanted)
    guard !index.isEmpty else { return [] }
    let kept = other.present(among: wanted)
    return positions.compactMap { position in
      let key = text.keys[position]
      guard !key.isBlank, let entries = index[key.hash] else { return nil }
      let around = text.neighbours(of: position)
      let isDistinct = !kept.contains(key.hash)
      var candidates = entries.compactMap { candidate($0, key, side, around, isDistinct: isDistinct) }
      guard !candidates.isEmpty else { return nil }
      candidates.sort(by: OwnershipEngine.Candidate.isBetter)
      return OwnershipEngine.ContestedLine(file: number, position: position, key: key, candidates: candidates)
    }
  }

  private func index(_ side: LineSide, _ wanted: Set<UInt64>) -> [UInt64: [Int]] {
    var index: [UInt64: [Int]] = [:]
    for (position, edit) in edits.enumerated() {
      let lines = side == .added ? edit.added : edit.removed
      for hash in lines.keys where wanted.contains(hash) { index[hash, default: []].append(position) }
    }
    return index
  }

  private func candidate(
    _ position: Int, _ key: LineKey, _ side: LineSide, _ around: LineNeighbours, isDistinct: Bool
  ) -> OwnershipEngine.Candidate? {
    let edit = edits[position]
    guard side == .removed || !edit.moved.contains(key.hash), !isTakenBack(position, key.hash, side),
      let lines = (side == .added ? edit.added : edit.removed)[key.hash],
      !hasLanded(EditLineID(edit: edit.id, side: side, hash: key.hash))
        || isDistinct && side == .added && comesBack(lines[0].patch, of: edit)
    else { return nil }
    var best = lines[0]
    var context = best.neighbours.agreement(with: around)
    for line in lines.dropFirst() {
      let agreement = line.neighbours.agreement(with: around)
      if agreement > context { (best, context) = (line, agreement) }
    }
    // A common line between other lines is not the one that was written.
    guard context > 0 || key.length >= OwnershipRules.tellingLine || best.neighbours.isUnknown else { return nil }
    return OwnershipEngine.Candidate(
      edit: edit, line: best, context: context, isDistinct: isDistinct, isFresh: isFresh(edit))
  }

  /// Whether a later edit of the same session undid the line before the commit.
  func isTakenBack(_ position: Int, _ hash: UInt64, _ side: LineSide) -> Bool {
    let trace = edits[position].edit.traceID
    return edits[(position + 1)...].contains { later in
      guard later.edit.traceID == trace,
        later.edit.time.microseconds < written.microseconds + OwnershipRules.second
      else { return false }
      let removes = later.removed[hash] != nil
      let adds = later.added[hash] != nil
      return side == .added ? removes && !adds : adds && !removes
    }
  }

  /// Whether the line is already in the history below this commit; a copy of this commit does not count.
  func hasLanded(_ line: EditLineID) -> Bool {
    history.landings(of: line).contains {
      $0.commit != here.commit && !$0.isCopy(of: here) && history.isAncestor($0.commit)
    }
  }

  /// Whether the commit adds (nearly) all lines of a patch, none of which the file has: what had landed and was taken
  /// out again comes back.
  private func comesBack(_ patch: Int, of edit: CandidateEdit) -> Bool {
    let lines = edit.edit.patches[patch].added.map { LineKey($0) }.filter { !$0.isBlank }
    guard lines.count(where: { $0.length >= OwnershipRules.shortLine }) >= 2 else { return false }
    let back = lines.filter { gained.contains($0.hash) }
    return Double(back.count) >= OwnershipRules.restoredShare * Double(lines.count)
  }

  /// Traces one of whose edits left the very blob that the commit has.
  func tracesThatLeftTheFileAsItIs() -> Set<String> {
    guard let blob = file.delta.newBlob?.hex else { return [] }
    return Set(edits.filter { $0.edit.afterBlob == blob }.map(\.edit.traceID))
  }

  /// Evidence that an edit deleted, renamed or changed the file as a whole.
  func wholeFile() -> OwnedRun? { contentWithoutLines() ?? pathChange() }

  /// For a binary file, or one that got another mode only: the edit that a hook saw leaving just that.
  private func contentWithoutLines() -> OwnedRun? {
    let delta = file.delta
    let isModeOnly = delta.oldBlob == delta.newBlob && delta.oldMode != delta.newMode
    guard file.isBinary || isModeOnly, let blob = delta.newBlob?.hex,
      let last = edits.last(where: {
        $0.edit.afterBlob == blob && (!isModeOnly || $0.edit.source.isObserved && $0.edit.hasNoLines)
      })
    else { return nil }
    return OwnedRun(
      edit: last.edit, patch: 0, path: delta.newPath, range: nil, lineCount: 0, match: .exact,
      kind: isModeOnly ? .changedMode : .changedFile)
  }

  private func pathChange() -> OwnedRun? {
    let wanted: StoredEdit.PathChange
    switch file.delta.change {
    case .deleted: wanted = .delete
    case .renamed: wanted = .rename
    default: return nil
    }
    guard
      let last = edits.last(where: { $0.edit.pathChange != .none }), last.edit.pathChange == wanted,
      isFresh(last)
    else { return nil }
    return OwnedRun(
      edit: last.edit, patch: 0, path: file.delta.newPath, range: nil, lineCount: 0, match: .exact,
      kind: wanted == .delete ? .deletedFile : .renamedFile)
  }
}
