import Basics
import GitKit
import TestSupport
import Testing
import TraceStore
import Trails

/// A history of people and agents whose true authors only the test knows.
private final class RandomHistory {
  struct Line {
    let text: String
    /// The trace that wrote the line; nil for people and for what is in the history already.
    var author: String?
    /// The trace that wrote a line that was in the history and is brought back: its or nobody's, both are right.
    var earlierAuthor: String?
  }

  let place: TemporaryRepository
  let repository: Repository
  private var generator: SeededGenerator
  private var agents: [Agent] = []
  private var files: [String: [Line]] = [:]
  private var versions: [String: [[Line]]] = [:]
  private var head: ObjectID?
  private var counter = 0
  private(set) var now = Timestamp(seconds: 1_750_000_000)
  private(set) var commits: [(id: ObjectID, authors: [String: [Line]])] = []

  init(seed: UInt64) throws {
    generator = SeededGenerator(seed: seed)
    place = try TemporaryRepository()
    repository = try place.open()
    for path in ["a.swift", "dir/b.swift"] { files[path] = (0..<12).map { _ in line(nil) } }
    try commit()
    agents = ["A", "B", "C"].map { Agent($0, start: now) }
  }

  private func random(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

  private func line(_ author: String?) -> Line {
    counter += 1
    switch random(0...9) {
    case 0: return Line(text: "", author: author)
    case 1: return Line(text: "v\(counter)", author: author)
    case 2: return Line(text: "  call\(counter)(now)", author: author)
    default: return Line(text: "  let value\(counter) = make(\"something\", \(counter * 7))", author: author)
    }
  }

  private func text(_ lines: [Line]) -> String { lines.map { $0.text + "\n" }.joined() }

  private func path() -> String { files.keys.sorted()[random(0...(files.count - 1))] }

  /// Replaces a few lines by new ones.
  private func change(_ lines: [Line], by author: String?) -> [Line] {
    var lines = lines
    let at = random(0...lines.count)
    let end = min(lines.count, at + random(0...3))
    lines.replaceSubrange(at..<end, with: (0..<random((end == at ? 1 : 0)...4)).map { _ in line(author) })
    return lines
  }

  private func step() {
    now = Timestamp(seconds: now.seconds + 120)
    let path = path()
    let before = files[path] ?? []
    switch random(0...11) {
    case 0...5:
      let agent = agents[random(0...2)]
      let after = change(before, by: agent.name)
      agent.record(path, before: text(before), after: text(after), at: now)
      files[path] = after
    case 6, 7: files[path] = change(before, by: nil)
    case 8: files[path] = copied(before)
    case 9: files[path] = reindented(before)
    case 10:
      // Somebody brings an earlier version of the file back.
      let old = versions[path] ?? []
      if !old.isEmpty { files[path] = restored(old[random(0...(old.count - 1))], over: before) }
    default:
      let agent = agents[random(0...2)]
      counter += 1
      let created = (0..<random(2...6)).map { _ in line(agent.name) }
      agent.record("new\(counter).swift", before: nil, after: text(created), at: now)
      files["new\(counter).swift"] = created
    }
  }

  /// A person copies lines that are in the history to another place.
  private func copied(_ lines: [Line]) -> [Line] {
    let old = lines.filter { $0.author == nil && !$0.text.isEmpty }
    guard let some = old.isEmpty ? nil : old[random(0...(old.count - 1))] else { return lines }
    var lines = lines
    lines.insert(Line(text: some.text, author: nil), at: random(0...lines.count))
    return lines
  }

  private func reindented(_ lines: [Line]) -> [Line] {
    guard !lines.isEmpty else { return lines }
    var lines = lines
    let at = random(0...(lines.count - 1))
    lines[at] = Line(text: "\t" + lines[at].text, author: lines[at].author, earlierAuthor: lines[at].earlierAuthor)
    return lines
  }

  /// The lines of an old version: those that an agent has just written in the same words are still its own.
  private func restored(_ old: [Line], over present: [Line]) -> [Line] {
    old.map { line in
      let kept = present.first { $0.text == line.text && !$0.text.isEmpty }
      return Line(text: line.text, author: kept?.author, earlierAuthor: line.earlierAuthor)
    }
  }

  /// Commits the files as they are; what is in them is history from then on.
  private func commit() throws {
    now = Timestamp(seconds: now.seconds + 120)
    let writer = LooseWriter(repository)
    let editor = TreeEditor(repository, base: nil)
    for (path, lines) in files { editor.set(path, try writer.writeBlob(text(lines))) }
    head = try writer.writeCommit(
      tree: editor.write(writer), parents: head.map { [$0] } ?? [], message: "work", time: now)
    try place.git("update-ref", "HEAD", (head ?? .zero).hex)
    commits.append((head ?? .zero, files))
    for (path, lines) in files {
      files[path] = lines.map { Line(text: $0.text, author: nil, earlierAuthor: $0.author ?? $0.earlierAuthor) }
      versions[path, default: []].append(files[path] ?? [])
    }
  }

  /// Works and commits, and calls `body` after each commit.
  func run(commits count: Int, _ body: (ObjectID) throws -> Void) throws {
    for _ in 0..<count {
      for _ in 0..<random(1...5) { step() }
      try commit()
      try keepSessions()
      try body(head ?? .zero)
    }
  }

  func keepSessions() throws { try keep(agents.filter { !$0.edits.isEmpty }, in: repository, now: now) }

  /// Forgets everything that attribution has stored.
  func forget() throws {
    for name in try GitOracle(place).references("refs/opentraces").keys + [StoreRefs.notes] {
      try place.git("update-ref", "-d", name)
    }
  }

  func blame(_ id: ObjectID) throws -> CommitBlame {
    guard let commit = try repository.commit(id) else { throw GitError(.notFound, "read", id.hex, "missing") }
    return try CommitBlamer(repository).blame(commit)
  }
}

/// What was credited and what should have been.
private struct Score: CustomStringConvertible {
  var right = 0
  var wrong: [String] = []
  var missed = 0
  var recall: Double { Double(right) / Double(max(1, right + missed)) }
  var description: String { "\(right) right, \(wrong.count) wrong, \(missed) missed, recall \(recall)" }

  mutating func add(_ blame: CommitBlame, _ authors: [String: [RandomHistory.Line]]) {
    for file in blame.files {
      guard let truth = authors[file.path.description] else { continue }
      for line in file.added {
        let credited = file.owners[line]?.traceID
        let written = truth[line - 1]
        switch (credited, written.author) {
        case (nil, nil): break
        case (let credited?, nil) where credited == written.earlierAuthor: break
        case (nil, _?): missed += 1
        case (let credited?, let author) where credited == author: right += 1
        case (let credited?, let author):
          wrong.append("\(blame.commit.id.short) \(file.path):\(line) \(credited) for \(author ?? "a person")")
        }
      }
    }
  }
}

@Suite struct RandomHistoryTests {
  /// Ownership of all lines of all commits, with tiers and anchors, in a form that can be compared.
  private func answers(_ history: RandomHistory) throws -> [String] {
    try history.commits.flatMap { commit -> [String] in
      let blame = try history.blame(commit.id)
      return [commit.id.hex] + blame.anchors.map { "\($0.id) \($0.kind) \($0.tier)" }.sorted()
    }
  }

  @Test(arguments: 0..<10) func creditIsRightAndEveryWayToItIsTheSame(_ group: UInt64) throws {
    var score = Score()
    for seed in (group * 10)..<(group * 10 + 10) {
      let history = try RandomHistory(seed: 1_000 + seed)
      try history.run(commits: 7) { commit in
        let report = try IncrementalAttribution(history.repository, source: "test", time: history.now).run([commit])
        #expect(report.reason == nil || report.reason == "no_candidates" || report.reason == "no_traces")
      }
      var own = Score()
      for commit in history.commits { own.add(try history.blame(commit.id), commit.authors) }
      #expect(own.wrong.isEmpty, "seed \(seed): \(own.wrong)")
      score.right += own.right
      score.missed += own.missed
      let incremental = try answers(history)
      let notes = try GitOracle(history.place).notes().map(\.blob)
      try history.forget()
      try history.keepSessions()
      let computed = try answers(history)
      _ = try Backfill(history.repository, time: history.now).run(Backfill.Options())
      #expect(try answers(history) == computed, "seed \(seed)")
      #expect(incremental == computed, "seed \(seed)")
      #expect(try GitOracle(history.place).notes().map(\.blob) == notes, "seed \(seed)")
    }
    #expect(score.recall > 0.9 && score.right > 100, "\(score)")
  }

  private func lines(_ survival: PatchSurvival) -> [String] {
    [
      "\(survival.patchID) \(survival.state) \(survival.lostKind ?? "-") \(survival.lostAt?.hex ?? "-")",
      survival.repairers.joined(), survival.limitations.joined(),
    ]
      + survival.observations.map { "\($0.commit) \($0.state) \($0.preserved) \($0.exact) \($0.authored)" }
      + survival.anchors.map { "\($0.anchor.id) \($0.state)" }
  }

  /// Many lines of several files are followed by two threads, few of them by one.
  @Test(arguments: 0..<2) func whatBecameOfPatchesIsTheSameAskedTogetherAndAlone(_ seed: UInt64) throws {
    let history = try RandomHistory(seed: 3_000 + seed)
    try history.run(commits: 80) { commit in
      _ = try IncrementalAttribution(history.repository, source: "test", time: history.now).run([commit])
    }
    let catalog = try PatchCatalog(history.repository)
    let questions = try catalog.newest(limit: nil, since: nil).map {
      SurvivalReader.Question($0, anchors: try catalog.anchors(of: $0))
    }
    #expect(questions.reduce(0) { $0 + $1.entry.added.count } > 200, "too few")
    let together = try SurvivalReader(history.repository).survival(of: questions)
    let kept = ComparisonCache(history.place.path + "/.git/lines")
    let first = try SurvivalReader(history.repository, comparisons: kept).survival(of: questions)
    try kept.save()
    let later = try SurvivalReader(history.repository, comparisons: ComparisonCache(history.place.path + "/.git/lines"))
      .survival(of: questions)
    for (number, question) in questions.enumerated() {
      let alone = lines(try SurvivalReader(history.repository).survival(of: question.entry, anchors: question.anchors))
      #expect(lines(together[number]) == alone && lines(first[number]) == alone && lines(later[number]) == alone)
    }
    #expect(Set(together.map(\.state)).count > 2)
  }
}
