import Basics
import GitKit
import TestSupport
import Testing

@testable import Trails

@Suite struct HistoryCacheTests {
  private let paths: [BytePath] = ["f", "g", "dir/h", "dir/deep/i", "never"]

  /// A history with branches, a merge, an empty commit and files that come and go.
  private func history() throws -> Workshop {
    let it = try Workshop()
    try it.person("f", "one\n")
    try it.commit("f")
    try it.person("dir/h", "h\n")
    try it.commit("h")
    try it.git("checkout", "-q", "-b", "side")
    for number in 1...4 {
      try it.person("g", "side \(number)\n")
      if number == 3 { try it.person("dir/deep/i", "i\n") }
      try it.commit("side \(number)")
    }
    try it.git("checkout", "-q", "main")
    for number in 1...4 {
      try it.person("f", "main \(number)\n")
      try it.commit("main \(number)")
    }
    try it.git("merge", "-q", "-m", "merge", "side")
    try it.git("commit", "-q", "--allow-empty", "-m", "nothing")
    try it.git("rm", "-q", "dir/h")
    try it.commit("h is gone")
    return it
  }

  private func changes(_ repository: Repository) throws -> [CommitChange] {
    let reader = CommitChangeReader(repository: repository)
    let ids = try repository.walk(from: repository.branchTips(), order: .oldestFirst)
    return try ids.compactMap { try repository.commit($0) }.map { try reader.read($0) { _ in false } }
  }

  /// What a walk finds, as text.
  private func answer(_ repository: Repository, _ commit: Commit, notBefore: Timestamp) throws -> String {
    let walk = try PathWalk(
      repository, cache: HistoryCache(repository), below: commit, paths: Set(paths), notBefore: notBefore, limit: 100)
    let all = try repository.walk(from: repository.branchTips(), order: .oldestFirst)
    let times = paths.map { walk.lastChanges[$0].map { "\($0.seconds)" } ?? "-" }.joined(separator: " ")
    return times + all.map { walk.passed($0) ? "1" : "0" }.joined()
  }

  @Test(arguments: [0, 1, 2, 5, 100])
  func walksAnswerAlikeHoweverMuchIsCached(_ share: Int) throws {
    let it = try history()
    let repository = try it.place.open()
    let changes = try changes(repository)
    let bounds = [Timestamp(seconds: 0), changes[5].commit.committerTime]
    let cases = changes.flatMap { change in bounds.map { (change.commit, $0) } }
    let expected = try cases.map { try answer(repository, $0.0, notBefore: $0.1) }
    try HistoryCache(repository).add(share == 2 ? changes.filter { $0.commit.isMerge } : Array(changes.prefix(share)))
    try HistoryCache(repository).add(share == 5 ? changes.suffix(5).reversed() : [])
    #expect(try cases.map { try answer(repository, $0.0, notBefore: $0.1) } == expected)
    #expect(HistoryCache(repository).count == (share == 2 ? 1 : share == 5 ? 10 : min(share, changes.count)))
  }

  @Test func commitIsAddedOnce() throws {
    let it = try history()
    let repository = try it.place.open()
    let changes = try changes(repository)
    let cache = HistoryCache(repository)
    try cache.add(changes)
    try cache.add(changes + changes)
    try HistoryCache(repository).add(changes)
    #expect(cache.count == changes.count && HistoryCache(repository).count == changes.count)
    for (number, change) in changes.enumerated() {
      let row = try #require(cache.row(number))
      #expect(row.id == change.commit.id && cache.number(of: row.id) == number)
      #expect(row.parents.map { $0.map { changes[$0].commit.id } } == change.commit.parents.map { Optional($0) })
      #expect(change.touchedPaths.allSatisfy { row.changes(HistoryCache.hash($0)) == true })
      #expect(row.changes(HistoryCache.hash("never")) == false)
    }
  }

  @Test(arguments: ["history.rows", "history.lists"], [-1, 0, 7, 70])
  func damagedCacheIsForgotten(_ file: String, _ at: Int) throws {
    let it = try history()
    let repository = try it.place.open()
    let changes = try changes(repository)
    let head = try #require(changes.last).commit
    let expected = try answer(repository, head, notBefore: Timestamp(seconds: 0))
    try HistoryCache(repository).add(changes)
    let path = repository.stateDirectory + "/" + file
    var bytes = try #require(try Files.readIfPresent(path))
    if at < 0 { bytes.removeLast(3) } else { bytes[at] ^= 0x41 }
    try Files.writeAtomically(bytes, to: path)
    #expect(try answer(repository, head, notBefore: Timestamp(seconds: 0)) == expected)
    try HistoryCache(repository).add(changes)
    #expect(try answer(repository, head, notBefore: Timestamp(seconds: 0)) == expected)
  }

  @Test func hookAndBackfillFillIt() throws {
    let it = try Workshop()
    try it.person("f", lines("base", 5))
    try it.commit("base")
    try it.agent("A", "f", lines("base", 5) + lines("alpha", 3))
    try it.commit("A")
    try it.keepSessions()
    try it.backfill()
    let repository = try it.place.open()
    // The commit before every session is of no interest.
    #expect(HistoryCache(repository).count == 1)
    try it.person("g", "x\n")
    let id = try it.commit("person")
    _ = try IncrementalAttribution(it.place.open(), source: "post-commit-correlator", time: it.now).run([id])
    #expect(HistoryCache(repository).count == 2 && HistoryCache(repository).number(of: id) == 1)
  }
}
