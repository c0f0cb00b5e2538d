internal import Basics

/// Decides which traces have enough evidence in a commit.
enum Acceptance {
  private struct Tally {
    var hasFreshLine = false
    var distinctLines = 0
    var hasLongDistinctLine = false
    var longLinesInContext = 0

    /// Enough is: a line of substance in the path's first commit after the edit; two lines new to the file, or one
    /// long one; two long lines where they were written.
    var isEnough: Bool {
      hasFreshLine || distinctLines >= 2 || hasLongDistinctLine || longLinesInContext >= 2
    }
  }

  static func traces(
    added: [OwnershipEngine.ContestedLine], removed: [OwnershipEngine.ContestedLine]
  ) -> Set<String> {
    var tallies: [String: Tally] = [:]
    for line in added {
      guard let owner = line.candidates.first else { continue }
      count(line.key.length, owner, into: &tallies[owner.edit.edit.traceID, default: Tally()])
    }
    let byLines = tallies.filter { $0.value.isEnough }.keys
    return Set(byLines).union(deleting(removed))
  }

  private static func count(_ length: Int, _ owner: OwnershipEngine.Candidate, into tally: inout Tally) {
    // However short: where it was written, between the same two lines, in the path's first commit after the edit.
    if owner.isFresh, owner.isDistinct, owner.context == 2 { tally.hasFreshLine = true }
    guard length >= OwnershipRules.shortLine else { return }
    let isLong = length >= OwnershipRules.longLine
    if owner.isFresh, owner.isDistinct || owner.context > 0 || isLong { tally.hasFreshLine = true }
    if owner.isDistinct {
      tally.distinctLines += 1
      if isLong { tally.hasLongDistinctLine = true }
    }
    if isLong, owner.context > 0 { tally.longLinesInContext += 1 }
  }

  /// Traces with an edit that only deletes and whose lines the commit deletes, nearly all of them.
  private static func deleting(_ removed: [OwnershipEngine.ContestedLine]) -> Set<String> {
    var gone: [EditID: (edit: CandidateEdit, hashes: Set<UInt64>, distinct: Bool)] = [:]
    for line in removed {
      guard let owner = line.candidates.first, owner.isFresh else { continue }
      var entry = gone[owner.edit.id] ?? (owner.edit, [], false)
      entry.hashes.insert(line.key.hash)
      entry.distinct = entry.distinct || owner.isDistinct
      gone[owner.edit.id] = entry
    }
    var traces: Set<String> = []
    for entry in gone.values where entry.distinct && !entry.edit.addsSubstance {
      let substance = Set(
        entry.edit.removedLengths.filter { $0.value >= OwnershipRules.shortLine }.keys)
      let share = Double(substance.intersection(entry.hashes).count)
      if !substance.isEmpty, share >= OwnershipRules.deletionShare * Double(substance.count) {
        traces.insert(entry.edit.edit.traceID)
      }
    }
    return traces
  }
}
