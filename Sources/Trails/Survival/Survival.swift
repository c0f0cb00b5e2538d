public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// What became of some lines, as of one commit.
public struct SurvivalObservation: Sendable {
  public let commit: ObjectID
  public var state: SurvivalState
  /// Lines that are still there, transformed ones included; blank lines don't count.
  public let preserved: Int
  /// Of these the ones that are unchanged, where they were written.
  public let exact: Int
  /// Lines written.
  public let authored: Int
  /// The file that holds most of the lines.
  public let path: BytePath?

  /// Share of the lines that are still there; nil where no line is concerned.
  public var retention: Double? { authored == 0 ? nil : Double(preserved) / Double(authored) }
  /// The same, counting only lines that are unchanged.
  public var exactRetention: Double? { authored == 0 ? nil : Double(exact) / Double(authored) }
}

/// What became of one anchor at HEAD.
public struct AnchorSurvival: Sendable {
  public let anchor: Anchor
  public let observation: SurvivalObservation?
  public let state: SurvivalState
}

/// What became of one patch.
public struct PatchSurvival: Sendable {
  public let patchID: String
  public let traceID: String
  public let path: BytePath
  public let step: Int
  public let editTime: Timestamp
  /// One per anchor; empty for a patch that no commit holds.
  public let anchors: [AnchorSurvival]
  public var state: SurvivalState
  /// Where the state changed, oldest first; the last one is how it is at HEAD.
  public var observations: [SurvivalObservation] = []
  /// `file_deleted` or `hunk_removed`.
  public var lostKind: String?
  /// The commit that took the last line away.
  public var lostAt: ObjectID?
  public var revertCommit: ObjectID?
  /// Who committed what took a line's place.
  public var repairers: [String] = []
  public var limitations: [String] = []

  /// How it is at HEAD; nil for a patch that HEAD's history does not hold.
  public var current: SurvivalObservation? { observations.last }
  /// The anchor that speaks for the patch.
  public var selected: AnchorSurvival? { anchors.max { $0.state.precedence < $1.state.precedence } }
}

/// Follows patches to HEAD. Reads only.
public final class SurvivalReader {
  /// Commits that change a file looked at, at most; beyond that HEAD alone is compared.
  public var historyLimit = 500

  private let repository: Repository
  public let head: ObjectID?
  private let cache: HistoryCache
  /// HEAD's history as far back as it was asked for.
  private var main: (history: Ancestry, notBefore: Timestamp)?
  private lazy var everywhere: Result<Ancestry, any Error> = Result {
    let tags = try repository.references(prefix: "refs/tags/").compactMap {
      try repository.commit(revision: $0.id.hex + "^{commit}")
    }
    return try Ancestry(
      repository, cache: cache, tips: repository.branchTips() + tags, notBefore: nil, deadline: deadline)
  }

  private let comparisons: ComparisonCache?
  private let deadline: Deadline?

  /// - Parameters:
  ///   - comparisons: what earlier looks found; what this one finds is added.
  ///   - deadline: when to give up, by throwing ``Deadline/Passed``.
  public init(_ repository: Repository, comparisons: ComparisonCache? = nil, deadline: Deadline? = nil) throws {
    self.repository = repository
    self.comparisons = comparisons
    self.deadline = deadline
    head = try repository.head()
    cache = HistoryCache(repository)
  }

  /// A patch and where it landed.
  public struct Question: Sendable {
    public let entry: PatchCatalog.Entry
    public let anchors: [Anchor]

    public init(_ entry: PatchCatalog.Entry, anchors: [Anchor]) {
      self.entry = entry
      self.anchors = anchors
    }
  }

  /// What became of one patch. Cost: as for many; ask for many at once.
  public func survival(of entry: PatchCatalog.Entry, anchors: [Anchor]) throws -> PatchSurvival {
    try survival(of: [Question(entry, anchors: anchors)])[0]
  }

  /// What became of patches, in their order.
  ///
  /// Cost: one walk over the commits since the oldest anchor; per file a comparison of each version with the next one.
  public func survival(of questions: [Question]) throws -> [PatchSurvival] {
    try reachBack(to: questions)
    let untouched = try UntouchedPatches(repository, head: head)
    var answers = try questions.map { try quickAnswer($0, untouched) }
    let open = questions.indices.filter { answers[$0] == nil }
    let trails = try Trails(open.map { questions[$0] }, self)
    for (at, number) in open.enumerated() { answers[number] = try answer(questions[number], at, trails) }
    return answers.compactMap { $0 }
  }

  /// The answer for a patch that landed as it was written, in one piece, in HEAD's history, and is still there.
  private func quickAnswer(_ question: Question, _ untouched: UntouchedPatches) throws -> PatchSurvival? {
    let entry = question.entry
    let authored = entry.added.count { !LineKey($0).isBlank }
    guard authored > 0, let head, question.anchors.allSatisfy({ $0.isExact && $0.lineCount == authored }) else {
      return nil
    }
    let reached = question.anchors.filter { isReached($0.commit) }
    guard let first = reached.last, reached.allSatisfy({ $0.path == first.path }),
      try untouched.holds(entry.added, at: first.path)
    else { return nil }
    func seen(_ commit: ObjectID) -> SurvivalObservation {
      SurvivalObservation(
        commit: commit, state: .aliveOnPath, preserved: authored, exact: authored, authored: authored, path: first.path)
    }
    let anchors = try question.anchors.map { anchor -> AnchorSurvival in
      if isReached(anchor.commit) {
        return AnchorSurvival(anchor: anchor, observation: seen(head), state: .aliveOnPath)
      }
      let isKept = try everywhere.get().position(of: anchor.commit) != nil
      return AnchorSurvival(anchor: anchor, observation: nil, state: isKept ? .orphanBranch : .orphaned)
    }
    var result = PatchSurvival(
      patchID: entry.patchID, traceID: entry.traceID, path: entry.path, step: entry.step, editTime: entry.time,
      anchors: anchors, state: .aliveOnPath)
    result.observations = [seen(first.commit)]
    return result
  }

  private func follower(_ reader: TrailReader) -> TrailFollower {
    TrailFollower(repository: repository, reader: reader, limit: historyLimit, deadline: deadline) {
      [head, main, comparisons] repository in
      let history = try Ancestry(
        repository, cache: HistoryCache(repository), tips: head.map { [$0] } ?? [], notBefore: main?.notBefore)
      return TrailReader(repository, ancestry: history, kept: comparisons)
    }
  }

  private func isReached(_ commit: ObjectID) -> Bool { main?.history.position(of: commit) != nil }

  /// Walks HEAD's history back to the oldest anchor.
  private func reachBack(to questions: [Question]) throws {
    let commits = Set(questions.flatMap { $0.anchors.map(\.commit) })
    guard let head, let oldest = try commits.compactMap({ try repository.commit($0)?.committerTime }).min() else {
      return
    }
    if let main, main.notBefore <= oldest { return }
    let history = try Ancestry(repository, cache: cache, tips: [head], notBefore: oldest, deadline: deadline)
    main = (history, oldest)
  }

  /// The walks that questions share.
  private struct Trails {
    var byPath: [BytePath: FileTrail] = [:]
    var lines: [BytePath: [FileTrail.Line]] = [:]
    /// The lines of each question, by file.
    var numbers: [Int: [BytePath: [Int]]] = [:]
    var reader: TrailReader?

    init(_ questions: [Question], _ survival: SurvivalReader) throws {
      guard !questions.isEmpty, let ancestry = survival.main?.history else { return }
      let reader = TrailReader(survival.repository, ancestry: ancestry, kept: survival.comparisons)
      self.reader = reader
      for (number, question) in questions.enumerated() {
        let source = PatchLines(question.entry.added)
        for anchor in question.anchors where ancestry.position(of: anchor.commit) != nil {
          let found = try source.lines(of: anchor, patch: number, reader)
          let start = lines[anchor.path]?.count ?? 0
          lines[anchor.path, default: []] += found
          numbers[number, default: [:]][anchor.path, default: []] += start..<(start + found.count)
        }
      }
      byPath = try survival.follower(reader).trails(of: lines)
    }
  }

  private func answer(_ question: Question, _ number: Int, _ trails: Trails) throws -> PatchSurvival {
    let entry = question.entry
    let authored = max(
      entry.added.count { !LineKey($0).isBlank },
      entry.added.isEmpty ? question.anchors.reduce(0) { $0 + $1.lineCount } : 0)
    let anchors = try question.anchors.map { try anchorSurvival($0, number, trails) }
    var result = PatchSurvival(
      patchID: entry.patchID, traceID: entry.traceID, path: entry.path, step: entry.step, editTime: entry.time,
      anchors: anchors, state: .unknown)
    guard !question.anchors.isEmpty else {
      result.state = try isAtHead(entry.path) ? .neverCommitted : .unknown
      result.limitations = ["no_git_anchor_event"]
      return result
    }
    // The file that holds most of the patch's lines tells its course.
    let files = trails.numbers[number] ?? [:]
    guard let main = files.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }),
      let trail = trails.byPath[main.key], !main.value.isEmpty
    else {
      result.state = anchors.map(\.state).max { $0.precedence < $1.precedence } ?? .unknown
      if result.state == .orphaned { result.limitations.append("commit_not_on_any_branch") }
      return result
    }
    let others = files.filter { $0.key != main.key }.compactMap { path, numbers in
      trails.byPath[path].flatMap { trail in trail.last.map { (trail: trail, state: $0, numbers: numbers) } }
    }
    var elsewhere: Set<Int> = []
    for other in others {
      for line in other.numbers where other.state.places[line].life == .alive {
        elsewhere.insert(trails.lines[other.trail.path]?[line].patchLine ?? -1)
      }
    }
    let lines = trails.lines[main.key] ?? []
    try follow(
      &result, trail, main.value, lines, authored: authored, elsewhere: elsewhere, question.anchors, trails.reader)
    if trail.isTruncated { result.limitations.append("patch_trail_history_truncated") }
    return result
  }

  private func follow(
    _ result: inout PatchSurvival, _ trail: FileTrail, _ numbers: [Int], _ lines: [FileTrail.Line], authored: Int,
    elsewhere: Set<Int>, _ anchors: [Anchor], _ reader: TrailReader?
  ) throws {
    let course = trail.course(of: numbers)
    for (at, state) in course.enumerated() {
      let now = observation(
        state, numbers, lines, authored: authored, elsewhere: at == course.count - 1 ? elsewhere : [],
        trail.commit(of: state))
      guard let last = result.observations.last else {
        result.observations.append(now)
        continue
      }
      if now.state == .lost, last.state.isAlive, let reader {
        result.observations.append(
          try end(&result, trail, course[at - 1], state, numbers, now, anchors, reader))
      } else if now.state != last.state && (now.state != .lost || last.state.isAlive)
        || now.preserved != last.preserved
      {
        result.observations.append(now)
      }
    }
    if let last = result.observations.last {
      result.state = last.state
      if last.state.isAlive { (result.lostAt, result.lostKind, result.revertCommit) = (nil, nil, nil) }
    }
  }

  /// How the last line went.
  private func end(
    _ result: inout PatchSurvival, _ trail: FileTrail, _ before: FileTrail.State, _ after: FileTrail.State,
    _ numbers: [Int], _ seen: SurvivalObservation, _ anchors: [Anchor], _ reader: TrailReader
  ) throws -> SurvivalObservation {
    var seen = seen
    let id = seen.commit
    guard let commit = try reader.ancestry.commit(id) else { return seen }
    result.lostAt = id
    let alive = numbers.filter { before.places[$0].life == .alive }
    let file = alive.first.map { before.files[Int(before.places[$0].file)] }
    let now = try file.flatMap { try reader.blob(at: $0.path, in: commit.tree) }
    result.lostKind = now == nil ? "file_deleted" : "hunk_removed"
    if let anchor = anchors.max(by: { $0.lineCount < $1.lineCount }),
      try reader.undoes(commit, anchor, file?.path ?? anchor.path, now)
    {
      seen.state = .reverted
      result.revertCommit = id
    } else if let file, let now,
      try reader.isReplaced(alive.map { Int(before.places[$0].line) }, of: file.blob, in: now)
    {
      seen.state = .repaired
      result.repairers = [commit.authorName]
    }
    return seen
  }

  private func observation(
    _ state: FileTrail.State, _ numbers: [Int], _ lines: [FileTrail.Line], authored: Int, elsewhere: Set<Int>,
    _ commit: ObjectID
  ) -> SurvivalObservation {
    let alive = numbers.filter { state.places[$0].life == .alive }
    // A line that came in by two ways, as a copy, is there once.
    var best: [Int: FileTrail.Place] = [:]
    for number in alive {
      let place = state.places[number]
      let known = best[lines[number].patchLine]
      if known.map({ $0.isMoved && !place.isMoved || $0.isTransformed && !place.isTransformed }) ?? true {
        best[lines[number].patchLine] = place
      }
    }
    let preserved = min(authored, Set(best.keys).union(elsewhere).count)
    let files = Dictionary(grouping: best.values, by: \.file)
    let main = files.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
    let survival: SurvivalState
    if authored == 0 {
      survival = .missingAuthoredText
    } else if preserved == 0 {
      survival = .lost
    } else if preserved < authored {
      survival = .partiallyPreserved
    } else if best.values.contains(where: \.isMoved) {
      survival = .aliveMoved
    } else {
      survival = best.values.contains { $0.isTransformed } ? .aliveTransformed : .aliveOnPath
    }
    return SurvivalObservation(
      commit: commit, state: survival, preserved: preserved,
      exact: best.values.count { !$0.isMoved && !$0.isTransformed }, authored: authored,
      path: main.map { state.files[Int($0.key)].path })
  }

  private func anchorSurvival(_ anchor: Anchor, _ number: Int, _ trails: Trails) throws -> AnchorSurvival {
    guard trails.reader?.ancestry.position(of: anchor.commit) != nil else {
      let isKept = try everywhere.get().position(of: anchor.commit) != nil
      return AnchorSurvival(anchor: anchor, observation: nil, state: isKept ? .orphanBranch : .orphaned)
    }
    if anchor.kind == .submodule { return try submoduleSurvival(anchor) }
    let lines = trails.lines[anchor.path] ?? []
    let numbers = (trails.numbers[number]?[anchor.path] ?? []).filter { lines[$0].commit == anchor.commit }
    guard anchor.range != nil, !numbers.isEmpty, let trail = trails.byPath[anchor.path], let state = trail.last else {
      return AnchorSurvival(anchor: anchor, observation: nil, state: .missingAuthoredText)
    }
    let authored = Set(numbers.map { lines[$0].patchLine }).count
    let seen = observation(state, numbers, lines, authored: authored, elsewhere: [], trail.commit(of: state))
    return AnchorSurvival(anchor: anchor, observation: seen, state: seen.state)
  }

  /// A submodule's commits are there as long as HEAD names one that has them in its history. What became of their lines
  /// is for the submodule's own repository to say.
  private func submoduleSurvival(_ anchor: Anchor) throws -> AnchorSurvival {
    var state = SurvivalState.lost
    if let head, let tree = try repository.tree(ofCommit: head), let commit = try anchor.blob(in: repository),
      let entry = try repository.entry(at: anchor.path, in: tree), entry.mode == .gitlink
    {
      let submodule = entry.id == commit ? nil : try repository.submodule(at: anchor.path)
      let isKept =
        try entry.id == commit
        || submodule?.contains(entry.id) == true && submodule?.contains(commit) == true
          && submodule?.isAncestor(commit, of: entry.id) == true
      state = isKept ? .aliveOnPath : submodule == nil ? .unknown : .reverted
    }
    return AnchorSurvival(anchor: anchor, observation: nil, state: state)
  }

  private func isAtHead(_ path: BytePath) throws -> Bool {
    guard let head, let tree = try repository.tree(ofCommit: head) else { return false }
    return try repository.entry(at: path, in: tree) != nil
  }
}
