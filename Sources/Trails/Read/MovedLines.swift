public import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore

/// Lines that a session had written before and that a commit takes to another place: the session's still, but not
/// written in this commit.
public struct MovedLines: Hashable, Sendable {
  public let traceID: String
  public let step: Int
  public let patchID: String
  /// Where the lines are in the commit.
  public let path: BytePath
  public let range: ClosedRange<Int>
  /// Where they were in its parent.
  public let previousPath: BytePath
  public let previousRange: ClosedRange<Int>
  /// Lines that are not blank.
  public let lineCount: Int
}

/// Finds moved lines of one commit.
struct MoveFinder {
  private let repository: Repository
  private let bucket: Bucket
  private let edits: EditIndex

  /// Files of a commit looked at, at most: beyond, it moves whole trees.
  private static let limit = 200

  init(_ repository: Repository, bucket: Bucket) {
    self.repository = repository
    self.bucket = bucket
    edits = EditIndex(bucket)
  }

  /// Cost: the commit's diff; where runs of lines were moved, the ledger and the edits of the files they come from.
  func moves(_ commit: Commit, _ files: [ChangedFile]) throws -> [MovedLines] {
    guard !commit.isMerge, files.count <= Self.limit, bucket.tip != nil else { return [] }
    let arrivals = files.filter { !$0.added.isEmpty }
    var found: [MovedLines] = []
    for source in files where !source.removed.isEmpty {
      var gone = source.removed.map { LineRun.Element(line: $0, key: source.oldLines.keys[$0]) }
      guard gone.reduce(0, { $0 + $1.key.length }) >= LineRun.substance, try edits.isKnown(source.delta.oldPath) else {
        continue
      }
      var owners: LineOwners?
      for target in arrivals where !gone.isEmpty {
        let arrived = target.added.map { LineRun.Element(line: $0, key: target.newLines.keys[$0]) }
        for run in LineRun.moves(from: gone, to: arrived) {
          let known = try owners ?? LineOwners(repository, bucket, edits, source.delta.oldPath, before: commit)
          owners = known
          found += try known.moves(run, from: source, to: target)
          gone.removeAll { run.old.contains($0.line) }
        }
      }
    }
    return found.sorted { ($0.path, $0.range.lowerBound) < ($1.path, $1.range.lowerBound) }
  }
}

/// Who wrote lines of a file that have landed before a commit, as its ledger tells.
private final class LineOwners {
  private let repository: Repository
  private let commit: Commit
  private let landed: [UInt64: [LandingLedger.Row]]
  private let edits: [EditID: CandidateEdit]
  private var ancestors: [ObjectID: Bool] = [:]

  init(_ repository: Repository, _ bucket: Bucket, _ index: EditIndex, _ path: BytePath, before commit: Commit) throws {
    self.repository = repository
    self.commit = commit
    let bytes = try bucket.root.flatMap { try repository.blob(at: LandingLedger.file(path), in: $0) } ?? []
    var landed: [UInt64: [LandingLedger.Row]] = [:]
    for row in LandingLedger(bytes).rows {
      for hash in row.added { landed[hash, default: []].append(row) }
    }
    self.landed = landed
    edits = Dictionary(try index.edits(of: path).map { ($0.id, $0) }) { first, _ in first }
  }

  /// The parts of a run that one patch wrote each.
  func moves(_ run: LineRun, from source: ChangedFile, to target: ChangedFile) throws -> [MovedLines] {
    var parts: [(owner: (edit: CandidateEdit, patch: Int), old: [Int], new: [Int])] = []
    for (old, new) in zip(run.old, run.new) {
      guard let owner = try owner(of: source.oldLines.keys[old].hash) else { continue }
      if let last = parts.last, last.owner.edit === owner.edit, last.owner.patch == owner.patch {
        parts[parts.count - 1].old.append(old)
        parts[parts.count - 1].new.append(new)
      } else {
        parts.append((owner, [old], [new]))
      }
    }
    return parts.map { part in
      let edit = part.owner.edit.edit
      return MovedLines(
        traceID: edit.traceID, step: edit.step, patchID: edit.patches[part.owner.patch].id,
        path: target.delta.newPath, range: (part.new[0] + 1)...(part.new[part.new.count - 1] + 1),
        previousPath: source.delta.oldPath, previousRange: (part.old[0] + 1)...(part.old[part.old.count - 1] + 1),
        lineCount: part.new.count)
    }
  }

  private func owner(of hash: UInt64) throws -> (edit: CandidateEdit, patch: Int)? {
    let rows = try (landed[hash] ?? []).filter { try isAncestor($0.landing.commit) }
    let last = rows.max { $0.landing.authorTime < $1.landing.authorTime }
    guard let edit = last.flatMap({ edits[$0.edit] }), let line = edit.added[hash]?.first else { return nil }
    return (edit, line.patch)
  }

  private func isAncestor(_ id: ObjectID) throws -> Bool {
    if let known = ancestors[id] { return known }
    let answer = try id != commit.id && repository.contains(id) && repository.isAncestor(id, of: commit.id)
    ancestors[id] = answer
    return answer
  }
}
