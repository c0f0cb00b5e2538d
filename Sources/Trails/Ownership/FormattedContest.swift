internal import Basics
internal import GitKit

/// Finds lines that a formatter changed between the edit and the commit, among the lines that nobody owns.
struct FormattedContest<History: LandingHistory> {
  let contest: FileContest<History>
  /// The file as committed.
  let text: [UInt8]
  /// Positions (0-based) of lines that have an owner.
  let owned: Set<Int>

  struct Find {
    let edit: CandidateEdit
    let patch: Int
    /// Positions in the commit's file.
    let lines: ClosedRange<Int>
    let lineCount: Int
    /// Bytes that are not layout.
    let length: Int
    /// Lines of the edit, by hash.
    let landed: [UInt64]
  }

  /// Latest edit first.
  ///
  /// - Parameter isWanted: which edits to try.
  func finds(where isWanted: (CandidateEdit) -> Bool) -> [Find] {
    let groups = groups()
    guard !groups.isEmpty else { return [] }
    return text.withUnsafeBytes { bytes in
      let lines = TextLines(bytes)
      var groups = groups.map { group in (group, group.map { Skeleton(lines[$0]) }) }
      var finds: [Find] = []
      for (number, edit) in contest.edits.enumerated().reversed() where isWanted(edit) && contest.isFresh(edit) {
        for patch in edit.edit.patches.indices {
          let left = contest.openLines(ofPatch: patch, ofEdit: number)
          guard !left.isEmpty else { continue }
          for at in groups.indices {
            let (positions, skeletons) = groups[at]
            let runs = FormattedRuns.find(left.map { Skeleton($0.text) }, skeletons)
              .filter { $0.length >= OwnershipRules.shortLine }
            guard !runs.isEmpty else { continue }
            for run in runs {
              let lines = run.new.map { positions[$0] }
              finds.append(
                Find(
                  edit: edit, patch: patch, lines: lines[0]...lines[lines.count - 1],
                  lineCount: lines.count { !contest.file.newLines.keys[$0].isBlank }, length: run.length,
                  landed: run.old.map { left[$0].hash }))
            }
            // What is taken is nobody else's, and parts what stands around it.
            let taken = Set(runs.flatMap { Array($0.new) })
            groups[at].1 = skeletons.enumerated().map {
              taken.contains($0.offset) ? Skeleton(Self.barrier) : $0.element
            }
          }
        }
      }
      return finds
    }
  }

  /// A line feed stands in no line.
  private static var barrier: [UInt8] { [0] }

  /// Lines without owner that stand together, blank lines between them included.
  private func groups() -> [[Int]] {
    var groups: [[Int]] = []
    for position in contest.file.added where !owned.contains(position) {
      if let last = groups.last?.last, last + 1 == position {
        groups[groups.count - 1].append(position)
      } else {
        groups.append([position])
      }
    }
    return groups.filter { group in group.contains { !contest.file.newLines.keys[$0].isBlank } }
  }
}

extension FileContest {
  func isFresh(_ edit: CandidateEdit) -> Bool {
    lastChange.map { edit.edit.time.microseconds > $0.microseconds - OwnershipRules.clockSlack } ?? true
  }

  /// Lines of a patch that the commit does not have as they are, and that were neither taken back nor have landed.
  func openLines(ofPatch patch: Int, ofEdit number: Int) -> [(text: String, hash: UInt64)] {
    let edit = edits[number]
    return edit.edit.patches[patch].added.compactMap { line in
      let key = LineKey(line)
      guard !key.isBlank, !isInCommit(key.hash), !isTakenBack(number, key.hash, .added),
        !hasLanded(EditLineID(edit: edit.id, side: .added, hash: key.hash))
      else { return nil }
      return (line, key.hash)
    }
  }
}
