import Basics
import TestSupport
import Testing

@testable import GitKit

@Suite struct ReferenceTransactionTests {
  private let place: TemporaryRepository
  private let repository: Repository
  private let commits: [ObjectID]

  init() throws {
    let place = try TemporaryRepository()
    commits = try (0..<3).map { try place.commit("\($0)") }
    repository = try place.open()
    self.place = place
  }

  private func commit(_ body: (inout ReferenceTransaction) -> Void) throws {
    var transaction = ReferenceTransaction(repository)
    body(&transaction)
    try transaction.commit(reason: "test")
  }

  private func expect(_ code: GitError.Code, _ body: () throws -> Void) throws {
    let before = try GitOracle(place).references()
    #expect { try body() } throws: { ($0 as? GitError)?.code == code }
    #expect(try GitOracle(place).references() == before)
  }

  @Test func referencesAreCreatedMovedAndDeletedTogether() throws {
    try commit { $0.set("refs/x/a", to: commits[0], expecting: nil) }
    try commit {
      $0.set("refs/x/a", to: commits[1], expecting: commits[0])
      $0.set("refs/x/b/c", to: commits[2], expecting: nil)
    }
    #expect(try GitOracle(place).references("refs/x") == ["refs/x/a": commits[1], "refs/x/b/c": commits[2]])
    try place.git("pack-refs", "--all")
    try commit {
      $0.delete("refs/x/a", expecting: commits[1])
      $0.set("refs/x/b/c", to: commits[0], expecting: commits[2])
    }
    #expect(try GitOracle(place).references("refs/x") == ["refs/x/b/c": commits[0]])
  }

  @Test func wrongExpectationChangesNothing() throws {
    try place.git("update-ref", "refs/x/a", commits[0].hex)
    try expect(.moved) {
      try commit {
        $0.set("refs/x/b", to: commits[1], expecting: nil)
        $0.set("refs/x/a", to: commits[1], expecting: commits[2])
      }
    }
    try expect(.moved) { try commit { $0.set("refs/x/a", to: commits[1], expecting: nil) } }
    try expect(.moved) { try commit { $0.set("refs/x/c", to: commits[1], expecting: commits[0]) } }
    try expect(.moved) { try commit { $0.delete("refs/x/a", expecting: commits[1]) } }
  }

  @Test func lockedReferenceChangesNothing() throws {
    try place.git("update-ref", "refs/x/a", commits[0].hex)
    let lock = repository.commonDirectory + "/refs/x/a.lock"
    try Files.append([], to: lock)
    try expect(.locked) {
      try commit {
        $0.set("refs/x/b", to: commits[1], expecting: nil)
        $0.set("refs/x/a", to: commits[1], expecting: commits[0])
      }
    }
    #expect(!Files.exists(repository.commonDirectory + "/refs/x/b.lock"))
    try Files.remove(lock)
    try commit { $0.set("refs/x/a", to: commits[1], expecting: commits[0]) }
    #expect(try place.resolve("refs/x/a") == commits[1])
  }

  @Test func racingWritersLoseNoUpdate() async throws {
    let path = place.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for worker in 0..<3 {
        group.addTask {
          let mine = try #require(try Repository.open(containing: path))
          let writer = LooseWriter(mine)
          for number in 0..<20 {
            while true {
              let tip = try mine.resolve(reference: "refs/x/log")
              let next = try writer.writeCommit(
                tree: writer.writeTree([]), parents: tip.map { [$0] } ?? [], message: "\(worker) \(number)",
                time: Timestamp(seconds: number))
              var transaction = ReferenceTransaction(mine)
              transaction.set("refs/x/log", to: next, expecting: tip)
              do {
                try transaction.commit(reason: "race")
                break
              } catch let error as GitError where error.code == .moved || error.code == .locked {
                await Task.yield()
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let messages = try place.git("log", "--format=%s", "refs/x/log").lines
    let expected = (0..<3).flatMap { worker in (0..<20).map { "\(worker) \($0)" } }
    #expect(messages.sorted() == expected.sorted())
  }
}
