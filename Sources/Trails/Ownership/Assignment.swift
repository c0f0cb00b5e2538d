/// Gives each line of a commit to one edit, and each short line of an edit to one line of the commit: a long one that
/// stands there more often was put there so by the same tool call, more likely than by somebody else.
enum Assignment {
  private struct Source: Hashable {
    let edit: EditID
    let hash: UInt64
  }

  /// The owner of each line, in the order of the lines; nil for a line that is left over.
  ///
  /// A line that stands more often in the commit than in the edit goes where it fits best. Cost: the lines; where lines
  /// stand too often, also sorting those.
  static func owners(
    of lines: [OwnershipEngine.ContestedLine], _ side: LineSide, accepted: Set<String>
  ) -> [OwnershipEngine.Candidate?] {
    var owners = lines.map { line in line.candidates.first { accepted.contains($0.edit.edit.traceID) } }
    var used: [Source: Int] = [:]
    var capacity: [Source: Int] = [:]
    for (line, owner) in zip(lines, owners) where line.key.length < OwnershipRules.uniqueLine {
      guard let owner else { continue }
      let source = Source(edit: owner.edit.id, hash: line.key.hash)
      used[source, default: 0] += 1
      capacity[source] = owner.count(line.key.hash, side)
    }
    let crowded = Set(used.filter { $0.value > capacity[$0.key] ?? 0 }.map(\.key.hash))
    guard !crowded.isEmpty else { return owners }
    used = [:]
    var claims: [(line: Int, candidate: OwnershipEngine.Candidate)] = []
    for (number, line) in lines.enumerated() where crowded.contains(line.key.hash) {
      owners[number] = nil
      for candidate in line.candidates where accepted.contains(candidate.edit.edit.traceID) {
        claims.append((number, candidate))
      }
    }
    claims.sort { a, b in
      if OwnershipEngine.Candidate.isBetter(a.candidate, b.candidate) { return true }
      if OwnershipEngine.Candidate.isBetter(b.candidate, a.candidate) { return false }
      return a.line < b.line
    }
    for claim in claims where owners[claim.line] == nil {
      let hash = lines[claim.line].key.hash
      let source = Source(edit: claim.candidate.edit.id, hash: hash)
      guard used[source, default: 0] < claim.candidate.count(hash, side) else { continue }
      used[source, default: 0] += 1
      owners[claim.line] = claim.candidate
    }
    return owners
  }

  /// Takes short lines away from edits that have neither both neighbours of the line nor the line next to it: a bracket
  /// between one line that was there and one that somebody else wrote can be anybody's.
  static func dropStrays(
    _ owners: inout [OwnershipEngine.Candidate?], of lines: [OwnershipEngine.ContestedLine], in files: [ChangedFile]
  ) {
    struct Place: Hashable {
      let file: Int
      let position: Int
    }
    var holders: [Place: EditID] = [:]
    for (line, owner) in zip(lines, owners) {
      if let owner { holders[Place(file: line.file, position: line.position)] = owner.edit.id }
    }
    for (number, line) in lines.enumerated() {
      guard let owner = owners[number], owner.context < 2, line.key.length < OwnershipRules.commonLine,
        !owner.line.neighbours.isUnknown
      else { continue }
      let keys = files[line.file].newLines.keys
      func isNext(_ step: Int) -> Bool {
        var at = line.position + step
        while keys.indices.contains(at), keys[at].isBlank { at += step }
        return holders[Place(file: line.file, position: at)] == owner.edit.id
      }
      if !isNext(1), !isNext(-1) { owners[number] = nil }
    }
  }
}

extension OwnershipEngine.Candidate {
  /// How often the edit has a line.
  fileprivate func count(_ hash: UInt64, _ side: LineSide) -> Int {
    (side == .added ? edit.added : edit.removed)[hash]?.count ?? 0
  }
}
