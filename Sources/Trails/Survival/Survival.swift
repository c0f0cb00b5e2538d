public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// What became of one anchor at HEAD.
public struct AnchorSurvival: Sendable {
  public let anchor: Anchor
  public var state: SurvivalState
  /// Share of the lines (not blank) that are still there, white space aside; nil where no line is concerned.
  public var retention: Double?
  /// The same, counting only lines that are unchanged.
  public var exactRetention: Double?
  public var preserved = 0
  public var authored = 0
  public var currentPath: BytePath?
  /// `file_deleted` or `hunk_removed`.
  public var lostKind: String?
  /// The commit that took the last line away.
  public var lostAt: ObjectID?
  public var revertCommit: ObjectID?
  public var limitations: [String] = []
}

/// What became of one patch.
public struct PatchSurvival: Sendable {
  public let patchID: String
  public let traceID: String
  public let path: BytePath
  public let editTime: Timestamp
  /// One per anchor; empty for a patch that no commit holds.
  public let anchors: [AnchorSurvival]
  public let state: SurvivalState
  public let limitations: [String]

  /// The anchor that speaks for the patch.
  public var selected: AnchorSurvival? { anchors.max { $0.state.precedence < $1.state.precedence } }
}

/// Compares anchors with HEAD. Reads only.
public final class SurvivalReader {
  /// Commits walked at most to find the one that took a line away.
  public var historyLimit = 500

  private let repository: Repository
  public let head: ObjectID?
  private let headTree: ObjectID?
  private var reachable: [ObjectID: Bool] = [:]
  private var renames: [ObjectID: [BytePath: BytePath]] = [:]
  private lazy var branchTips: [ObjectID] = (try? repository.branchTips()) ?? []

  public init(_ repository: Repository) throws {
    self.repository = repository
    head = try repository.head()
    headTree = try head.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// Cost: a comparison of two blobs per anchor; for lost lines also a walk over the commits since.
  public func survival(
    ofPatch id: String, trace: String, path: BytePath, editTime: Timestamp, anchors: [Anchor]
  ) throws -> PatchSurvival {
    let observed = try anchors.map { try survival(of: $0) }
    let state: SurvivalState
    if let best = observed.map(\.state).max(by: { $0.precedence < $1.precedence }) {
      state = best
    } else {
      let exists = try headTree.flatMap { try repository.entry(at: path, in: $0) } != nil
      state = exists ? .neverCommitted : .unknown
    }
    return PatchSurvival(
      patchID: id, traceID: trace, path: path, editTime: editTime, anchors: observed, state: state,
      limitations: anchors.isEmpty ? ["no_git_anchor_event"] : [])
  }

  private func survival(of anchor: Anchor) throws -> AnchorSurvival {
    var result = AnchorSurvival(anchor: anchor, state: .unknown)
    guard let head, let headTree else { return result }
    guard try isReachable(anchor.commit, from: head) else {
      result.state = .orphanBranch
      if try !isOnABranch(anchor.commit) { result.limitations.append("commit_not_on_any_branch") }
      return result
    }
    guard let range = anchor.range, let blob = try blob(of: anchor) else {
      result.state = .missingAuthoredText
      return result
    }
    guard let place = try place(of: anchor, in: headTree) else {
      result.authored = anchor.lineCount
      result.retention = 0
      result.exactRetention = 0
      result.lostKind = "file_deleted"
      try findKiller(&result, head: head)
      return result
    }
    result.currentPath = place.path
    try compare(blob, place.blob, range, moved: place.path != anchor.path, into: &result)
    if result.state == .lost { try findKiller(&result, head: head) }
    return result
  }

  private func blob(of anchor: Anchor) throws -> ObjectID? {
    if let blob = anchor.blob { return blob }
    guard let tree = try repository.tree(ofCommit: anchor.commit) else { return nil }
    return try repository.entry(at: anchor.path, in: tree)?.id
  }

  private func isReachable(_ commit: ObjectID, from head: ObjectID) throws -> Bool {
    if let known = reachable[commit] { return known }
    let answer = try repository.contains(commit) && repository.isAncestor(commit, of: head)
    reachable[commit] = answer
    return answer
  }

  private func isOnABranch(_ commit: ObjectID) throws -> Bool {
    guard repository.contains(commit) else { return false }
    return try branchTips.contains { try repository.isAncestor(commit, of: $0) }
  }

  /// Where the anchor's file is now: under its path, or where a rename since took it.
  private func place(of anchor: Anchor, in tree: ObjectID) throws -> (path: BytePath, blob: ObjectID)? {
    if let entry = try repository.entry(at: anchor.path, in: tree), entry.mode != .tree {
      return (anchor.path, entry.id)
    }
    if renames[anchor.commit] == nil {
      let old = try repository.tree(ofCommit: anchor.commit)
      let deltas = try repository.changedFiles(from: old, to: tree).filter { $0.change == .renamed }
      renames[anchor.commit] = Dictionary(deltas.map { ($0.oldPath, $0.newPath) }) { first, _ in first }
    }
    guard let path = renames[anchor.commit]?[anchor.path], let entry = try repository.entry(at: path, in: tree) else {
      return nil
    }
    return (path, entry.id)
  }

  private func compare(
    _ old: ObjectID, _ new: ObjectID, _ range: ClosedRange<Int>, moved: Bool, into result: inout AnchorSurvival
  ) throws {
    try repository.compareBlobs(old, new) { oldText, newText, hunks in
      let before = HashedLines(oldText)
      let after = HashedLines(newText)
      let authored = ((range.lowerBound - 1)..<min(range.upperBound, before.count)).filter { !before.keys[$0].isBlank }
      let tally = LineSurvival(before: before, after: after, hunks: hunks ?? []).count(authored)
      result.authored = authored.count
      result.preserved = tally.alive
      result.retention = authored.isEmpty ? nil : Double(tally.alive) / Double(authored.count)
      result.exactRetention = authored.isEmpty ? nil : Double(tally.exact) / Double(authored.count)
      result.state = tally.state(of: authored.count, moved: moved)
      if result.state == .lost { result.lostKind = "hunk_removed" }
    }
  }

  /// The first commit after the anchor's in which none of its lines is left, and whether it undoes the anchor's.
  private func findKiller(_ result: inout AnchorSurvival, head: ObjectID) throws {
    result.state = .lost
    let anchor = result.anchor
    let start = try repository.tree(ofCommit: anchor.commit)
    guard let blob = try start.flatMap({ try repository.entry(at: anchor.path, in: $0)?.id }) else { return }
    let between = try repository.walk(
      from: [head], hiding: [anchor.commit], order: .oldestFirst, limit: historyLimit + 1)
    if between.count > historyLimit { result.limitations.append("patch_trail_history_truncated") }
    var last = blob
    var path = anchor.path
    for id in between.prefix(historyLimit) {
      guard let commit = try repository.commit(id) else { continue }
      var now = try repository.entry(at: path, in: commit.tree)?.id
      if now == nil, let target = try renameTarget(of: path, in: commit) {
        path = target
        now = try repository.entry(at: path, in: commit.tree)?.id
      }
      guard now != last else { continue }
      if let now { last = now }
      guard try now.map({ try isGone(blob, $0, anchor) }) ?? true else { continue }
      result.lostAt = id
      if try undoes(commit, anchor, now) {
        result.state = .reverted
        result.revertCommit = id
      }
      return
    }
  }

  /// Where a commit moved a file; nil when it did not.
  private func renameTarget(of path: BytePath, in commit: Commit) throws -> BytePath? {
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    return try repository.changedFiles(from: parent, to: commit.tree)
      .first { $0.change == .renamed && $0.oldPath == path }?.newPath
  }

  private func isGone(_ old: ObjectID, _ new: ObjectID, _ anchor: Anchor) throws -> Bool {
    var probe = AnchorSurvival(anchor: anchor, state: .unknown)
    guard let range = anchor.range else { return false }
    try compare(old, new, range, moved: false, into: &probe)
    return probe.state == .lost
  }

  /// A commit undoes another when it restores the file as it was before, or says so.
  private func undoes(_ commit: Commit, _ anchor: Anchor, _ now: ObjectID?) throws -> Bool {
    if commit.message.contains("This reverts commit \(anchor.commit.hex)") { return true }
    guard let parent = try repository.commit(anchor.commit)?.parents.first,
      let tree = try repository.tree(ofCommit: parent)
    else { return now == nil && anchor.commit == commit.parents.first }
    let before = try repository.entry(at: anchor.path, in: tree)?.id
    return before == now && commit.message.hasPrefix("Revert")
  }
}

/// Which lines of one text live on in another.
struct LineSurvival {
  let before: HashedLines
  let after: HashedLines
  let hunks: [LineHunk]

  struct Tally {
    var exact = 0
    var transformed = 0
    var moved = 0
    var alive: Int { exact + transformed + moved }

    func state(of authored: Int, moved renamed: Bool) -> SurvivalState {
      if authored == 0 { return .missingAuthoredText }
      if alive == 0 { return .lost }
      if alive < authored { return .partiallyPreserved }
      if transformed > 0 { return .aliveTransformed }
      return renamed || moved > 0 ? .aliveMoved : .aliveOnPath
    }
  }

  /// - Parameter lines: positions (0-based) in the old text.
  func count(_ lines: [Int]) -> Tally {
    var tally = Tally()
    var spare: [UInt64: Int] = [:]
    for hunk in hunks {
      for line in hunk.newLines { spare[after.keys[line].hash, default: 0] += 1 }
    }
    for line in lines {
      guard let hunk = hunks.first(where: { $0.oldLines.contains(line) }) else {
        tally.exact += 1
        continue
      }
      let key = before.keys[line].hash
      guard let left = spare[key], left > 0 else { continue }
      spare[key] = left - 1
      if hunk.newLines.contains(where: { after.keys[$0].hash == key }) {
        tally.transformed += 1
      } else {
        tally.moved += 1
      }
    }
    return tally
  }
}
