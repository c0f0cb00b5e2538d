import GitKit
import TestSupport
import Testing

/// A walk against `git log` on random histories.
@Suite struct HistoryWalkTests {
  /// A history with branches, merges of up to three parents, equal times and clocks that go wrong.
  private func history(seed: UInt64) throws -> TemporaryRepository {
    var random = SeededGenerator(seed: seed)
    let repository = try TemporaryRepository()
    var stream = ""
    var time = 1_700_000_000
    for number in 1...60 {
      time += [0, 0, 60, 60, 60, 3600, -1800][Int.random(in: 0..<7, using: &random)]
      let branch = Int.random(in: 0..<4, using: &random)
      stream += "commit refs/heads/b\(branch)\nmark :\(number)\ncommitter A <a@example.com> \(time) +0000\n"
      stream += "data \("c\(number)".utf8.count)\nc\(number)\n"
      if number > 1 {
        let parents = (0..<Int.random(in: 1...3, using: &random)).map { _ in
          Int.random(in: max(1, number - 9)..<number, using: &random)
        }
        for (at, parent) in Array(Set(parents)).sorted(by: >).enumerated() {
          stream += "\(at == 0 ? "from" : "merge") :\(parent)\n"
        }
      }
    }
    try repository.git("fast-import", "--quiet", "--force", input: stream)
    try repository.git("symbolic-ref", "HEAD", "refs/heads/b0")
    return repository
  }

  private func log(_ repository: TemporaryRepository, _ arguments: [String]) throws -> [String] {
    try repository.run("git", ["log", "--format=%H"] + arguments).output.split(separator: "\n").map(String.init)
  }

  private func walk(_ repository: TemporaryRepository, _ tips: [ObjectID], _ hidden: [ObjectID]) throws -> [HistoryWalk
    .Step]
  {
    let walk = try HistoryWalk(try repository.open(), from: tips, hiding: hidden)
    var steps: [HistoryWalk.Step] = []
    while let step = try walk.next() { steps.append(step) }
    return steps
  }

  @Test(arguments: 0..<24 as Range<UInt64>) func comesInTheOrderOfGitLog(_ seed: UInt64) throws {
    let repository = try history(seed: seed)
    let names = try repository.git("for-each-ref", "--format=%(refname)", "refs/heads").lines
    let tips = try names.map { try repository.resolve($0) }
    #expect(try walk(repository, tips, []).map(\.id.hex) == log(repository, names))
    let (one, other) = (tips[0], tips[tips.count - 1])
    #expect(try walk(repository, [one], []).map(\.id.hex) == log(repository, [one.hex]))
    #expect(try walk(repository, [one], [other]).map(\.id.hex) == log(repository, [one.hex, "^" + other.hex]))
  }

  @Test func stepsNameTheParentsThatBelongToTheWalk() throws {
    let repository = try history(seed: 2)
    let (one, other) = (try repository.resolve("b0"), try repository.resolve("b1"))
    let steps = try walk(repository, [one], [other])
    let shown = Set(steps.map(\.id))
    for step in steps {
      let parents = try repository.git("rev-parse", step.id.hex + "^@").lines.compactMap { ObjectID(hex: $0) }
      #expect(step.parents == parents.filter { shown.contains($0) })
    }
  }

  @Test func shallowCloneEndsAtItsEdge() throws {
    let repository = try history(seed: 3)
    let clone = try TemporaryRepository()
    try clone.git("fetch", "-q", "--depth", "3", "file://" + repository.path, "refs/heads/b0")
    let head = try clone.resolve("FETCH_HEAD")
    #expect(try walk(clone, [head], []).map(\.id.hex) == log(clone, [head.hex]))
  }

  @Test func decorationsAreThoseOfGit() throws {
    let repository = try history(seed: 5)
    try repository.git("tag", "light", "b1")
    try repository.git("tag", "-a", "-m", "x", "heavy", "b2")
    try repository.git("update-ref", "refs/remotes/origin/main", "b0")
    try repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    for isPacked in [false, true] {
      if isPacked { try repository.git("pack-refs", "--all") }
      let names = try Decorations(try repository.open())
      #expect(names.names(of: try repository.resolve("b0")).map(\.name).contains("origin/main"))
      #expect(names.names(of: try repository.resolve("b0")).first?.isHead == true)
      #expect(names.names(of: try repository.resolve("b1")).map(\.name).contains("light"))
      #expect(names.names(of: try repository.resolve("heavy^{commit}")).map(\.name).contains("heavy"))
      #expect(!names.isDetached)
      let tips = try repository.git("log", "--no-walk=unsorted", "--branches", "--remotes", "--tags", "--format=%H")
        .lines
      #expect(Set(names.tips.map(\.hex)) == Set(tips))
    }
  }
}
