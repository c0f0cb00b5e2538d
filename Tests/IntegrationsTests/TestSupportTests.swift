import Basics
import GitKit
import TestSupport
import Testing

@Suite struct TestSupportTests {
  @Test func sameClockGivesTheSameCommit() throws {
    let commits = try (0..<2).map { _ in try TemporaryRepository().commit("one", files: ["a": "x\n"]) }
    #expect(commits[0] == commits[1])
  }

  @Test func repositoryGoesAwayWithItsValue() throws {
    var repository: TemporaryRepository? = try TemporaryRepository()
    let path = try #require(repository?.path)
    #expect(Files.isDirectory(path))
    repository = nil
    #expect(!Files.exists(path))
  }

  @Test func programGetsInputDirectoryAndLimits() throws {
    let directory = try TemporaryDirectory()
    let sealed = SealedEnvironment(home: directory.path).variables
    let echoed = try run(
      "sh", ["-c", "cat; pwd; exit 3"], environment: sealed, input: [0x61, 0x0A], directory: directory.path)
    #expect(echoed.output == "a\n\(directory.path)\n" && echoed.exitCode == 3)
    let slow = try run("sleep", ["20"], environment: sealed, directory: "/", timeout: 0.2)
    #expect(slow.timedOut && !slow.succeeded)
    #expect(try run("no-such-program", environment: sealed, directory: "/").exitCode == 127)
  }

  @Test func oracleReadsBlameAndNotes() throws {
    let repository = try TemporaryRepository()
    let first = try repository.commit("one", files: ["a": "1\n2\n"])
    let second = try repository.commit("two", files: ["a": "1\nzwei\n"])
    let oracle = GitOracle(repository)
    #expect(try oracle.blame("a").map(\.commit) == [first, second])
    try repository.git("notes", "--ref", "opentraces", "add", "-m", "hi", first.hex)
    #expect(try oracle.notes().map(\.commit) == [first])
    #expect(try oracle.note(first) == "hi\n" && oracle.note(second) == nil)
    try oracle.collectGarbage()
    #expect(try oracle.problems().isEmpty)
  }
}
