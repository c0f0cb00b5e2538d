import Basics
import GitKit
import TestSupport
import Testing
import TraceModel
import Trails

@Suite struct AttributionTests {
  /// A history whose first commit, by people, has `f`.
  private func workshop(_ text: String = lines("base", 10), path: String = "f") throws -> Workshop {
    let workshop = try Workshop()
    try workshop.person(path, text)
    try workshop.commit("base")
    return workshop
  }

  @Test func linesOfAnAgentAreCreditedAndThoseOfPeopleAreNot() throws {
    let it = try workshop()
    let block = lines("first", 2) + "\n" + lines("second", 2)
    try it.agent("A", "f", lines("base", 5) + block + lines("base", 10).dropFirst(lines("base", 5).count))
    try it.person("f", replace: "let base9", by: "var person = 9\nlet base9")
    try it.person("g", lines("human", 3))
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(6...10, by: "A"))
    #expect(try it.settledOwners("g") == [:])
    #expect(try it.owners("f", at: "HEAD~") == [:])
    let blame = try it.blame()
    #expect(blame.source == .stored && blame.coverage == (4, 8))
    #expect(blame.shares.map(\.lineCount) == [4] && blame.anchors.map(\.tier) == [.exactRangeHash])
    #expect(blame.anchors.map(\.range) == [6...10])
  }

  @Test func lastWriterOfALineWins() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 4))
    try it.agent("B", "f", replace: "let alpha2 = compute(\"alpha\", 2)", by: "let beta2 = recompute(\"beta\", 2)")
    try it.agent("B", "f", replace: "let base1 =", by: "let begun1 =")
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == [1: "B", 11: "A", 12: "B", 13: "A", 14: "A"])
  }

  @Test func sessionThatLeftTheWholeFileHasTheStrongestTier() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("alpha", 3) + lines("base", 10))
    try it.agent("B", "f", lines("alpha", 3) + lines("base", 10) + lines("beta", 3))
    try it.commit()
    try it.keepSessions()
    try it.backfill()
    let tiers = try it.blame().anchors.map { "\($0.traceID) \($0.tier)" }
    #expect(tiers == ["A exactRangeHash", "B exactBlobHash"])
  }

  @Test func sameLineWrittenTwiceGoesToTheLaterSession() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.person("f", lines("base", 10))
    try it.agent("B", "f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(11...13, by: "B"))
  }

  @Test func whatASessionTookBackIsNotItsOwn() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.agent("A", "f", lines("base", 10))
    try it.person("f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == [:])
  }

  @Test func changedWhiteSpaceWeakensTheTier() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.person("f", replace: "let alpha2 = compute(\"alpha\", 2)", by: "    let alpha2 =  compute( \"alpha\",2 )")
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(11...13, by: "A"))
    #expect(try it.blame().anchors.map(\.tier) == [.gitCleanRangeHash])
  }

  @Test func changedLineIsNotTheAgents() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.person("f", replace: "compute(\"alpha\", 2)", by: "compute(\"alpha\", 22)")
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == [11: "A", 13: "A"])
  }

  @Test func copyOfALineThatHasLandedIsNotCreditedAgain() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alphabetical", 3))
    try it.commit()
    try it.person("f", lines("alphabetical", 3) + lines("base", 10) + lines("alphabetical", 3))
    try it.person("g", lines("alphabetical", 3))
    try it.commit()
    try it.keepSessions()
    #expect(try it.owners("f", at: "HEAD~") == owned(11...13, by: "A"))
    #expect(try it.settledOwners("f") == [:])
    #expect(try it.settledOwners("g") == [:])
  }

  @Test func editAfterTheCommitIsNotCredited() throws {
    let it = try workshop()
    try it.person("f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.person("f", lines("base", 10))
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.keepSessions()
    #expect(try it.settledOwners("f") == [:])
    #expect(try it.blame().anchors.isEmpty)
  }

  @Test func eachPartOfAStagedFileIsCreditedWhereItLands() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 6))
    let whole = lines("base", 10) + lines("alpha", 6)
    try it.person("f", lines("base", 10) + lines("alpha", 3))
    try it.commit("one half")
    try it.person("f", whole)
    try it.commit("the other")
    try it.keepSessions()
    #expect(try it.owners("f", at: "HEAD~") == owned(11...13, by: "A"))
    #expect(try it.settledOwners("f") == owned(14...16, by: "A"))
  }

  @Test func carriageReturnsAndMissingLastLineFeedAreNoObstacle() throws {
    let base = lines("base", 4).replacing("\n", with: "\r\n")
    let it = try workshop(base)
    let block = lines("alpha", 3).replacing("\n", with: "\r\n")
    try it.agent("A", "f", base + block.dropLast())
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(5...7, by: "A"))
    #expect(try it.blame().anchors.map(\.tier) == [.exactBlobHash])
  }

  @Test(arguments: ["größe/日本 語.swift", "a b", "new\nline", "back\\slash", "back\\nslash", "quote\"d"])
  func pathsAreTakenAsTheyAre(_ path: String) throws {
    let it = try workshop(path: path)
    try it.agent("A", path, lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.keepSessions()
    #expect(try it.settledOwners(path) == owned(11...13, by: "A"))
    let note = try #require(try GitOracle(it.place).note(it.place.resolve("HEAD")))
    #expect(NoteText.parse(Array(note.utf8)).map(\.path) == [path])
    try it.place.git("for-each-ref", "--format=delete %(refname)", "refs/opentraces").lines.forEach {
      _ = try it.place.git("update-ref", "-d", String($0.dropFirst(7)))
    }
    #expect(try it.blame().source == .note && it.owners(path) == owned(11...13, by: "A"))
  }

  // MARK: Deletions, renames

  private func kinds(_ it: Workshop) throws -> [String] {
    try it.backfill()
    return try it.blame().anchors.map { "\($0.traceID) \($0.kind) \($0.path)" }
  }

  @Test func deletedLinesAreEvidence() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 6))
    try it.commit()
    try it.keepSessions()
    #expect(try kinds(it) == ["A deletedLines f"])
    #expect(try it.owners("f") == [:])
  }

  @Test func linesDeletedByPeopleAreNoEvidence() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 2))
    try it.commit()
    try it.person("f", lines("alpha", 2))
    try it.commit()
    try it.keepSessions()
    #expect(try kinds(it).isEmpty)
  }

  @Test func deletedFileIsEvidence() throws {
    let it = try workshop()
    try it.agent("A", "f", nil)
    try it.commit()
    try it.keepSessions()
    #expect(try kinds(it) == ["A deletedFile f"])
  }

  @Test func renamedFileIsEvidenceAndKeepsItsEdits() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.agent("A", rename: "f", to: "renamed")
    try it.commit()
    try it.keepSessions()
    #expect(try kinds(it).sorted() == ["A added renamed", "A renamedFile renamed"])
    #expect(try it.owners("renamed") == owned(11...13, by: "A"))
  }

  // MARK: Rewritten history

  @Test func revertCreditsNobodyAndItsRevertTheWriterAgain() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.git("revert", "--no-edit", "HEAD")
    try it.git("revert", "--no-edit", "HEAD")
    try it.keepSessions()
    #expect(try it.owners("f", at: "HEAD~2") == owned(11...13, by: "A"))
    #expect(try it.settledOwners("f", at: "HEAD~") == [:])
    #expect(try it.settledOwners("f") == owned(11...13, by: "A"))
    #expect(try it.blame("HEAD~").anchors.isEmpty)
  }

  @Test func cherryPickedCopyIsCredited() throws {
    let it = try workshop()
    try it.git("checkout", "-q", "-b", "side")
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.git("checkout", "-q", "main")
    try it.person("g", lines("other", 3))
    try it.commit()
    try it.git("cherry-pick", "side")
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(11...13, by: "A"))
    #expect(try it.settledOwners("f", at: "side") == owned(11...13, by: "A"))
  }

  @Test func rebasedCopiesAreCredited() throws {
    let it = try workshop()
    try it.git("checkout", "-q", "-b", "side")
    try it.agent("A", "f", lines("alpha", 3) + lines("base", 10))
    try it.commit("A")
    try it.agent("B", "f", lines("alpha", 3) + lines("base", 10) + lines("beta", 2))
    try it.commit("B")
    let old = try it.place.resolve("HEAD")
    try it.git("checkout", "-q", "main")
    try it.person("g", lines("other", 3))
    try it.commit()
    try it.git("rebase", "-q", "main", "side")
    #expect(try it.place.resolve("HEAD") != old)
    try it.keepSessions()
    #expect(try it.owners("f", at: "HEAD~") == owned(1...3, by: "A"))
    #expect(try it.settledOwners("f") == owned(14...15, by: "B"))
    #expect(try it.owners("f", at: old.hex) == owned(14...15, by: "B"))
  }

  @Test func amendedAndSquashedCommitsAreCredited() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("alpha", 3) + lines("base", 10))
    try it.commit("A")
    try it.git("commit", "-q", "--amend", "-m", "amended")
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(1...3, by: "A"))
    try it.agent("B", "f", lines("alpha", 3) + lines("base", 10) + lines("beta", 2))
    try it.commit("B")
    try it.git("reset", "-q", "--soft", "HEAD~2")
    try it.commit("squashed")
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(1...3, by: "A").merging(owned(14...15, by: "B")) { a, _ in a })
  }

  @Test func mergeAddsNothingOfItsParents() throws {
    let it = try workshop()
    try it.git("checkout", "-q", "-b", "side")
    try it.agent("A", "f", lines("alpha", 3) + lines("base", 10))
    try it.commit("A")
    try it.git("checkout", "-q", "main")
    try it.agent("B", "f", lines("base", 10) + lines("beta", 2))
    try it.commit("B")
    try it.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    try it.keepSessions()
    #expect(try it.settledOwners("f") == [:])
    #expect(try it.settledOwners("f", at: "HEAD^1") == owned(11...12, by: "B"))
    #expect(try it.settledOwners("f", at: "HEAD^2") == owned(1...3, by: "A"))
    #expect(try it.blame().anchors.isEmpty)
  }

  @Test func mergeIsCreditedWithTheLinesOfItsResolution() throws {
    let it = try workshop()
    try it.git("checkout", "-q", "-b", "side")
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 2))
    try it.commit("A")
    try it.git("checkout", "-q", "main")
    try it.agent("B", "f", lines("base", 10) + lines("beta", 2))
    try it.commit("B")
    #expect(try !it.place.tryGit("merge", "-q", "side").succeeded)
    try it.agent("C", "f", lines("base", 10) + lines("alpha", 2) + lines("gamma", 2) + lines("beta", 2))
    try it.commit("merge")
    #expect(try it.place.git("rev-list", "--merges", "--count", "HEAD").line == "1")
    try it.keepSessions()
    #expect(try it.settledOwners("f") == owned(13...14, by: "C"))
  }

  @Test func edgeOfAShallowCloneCreditsNobody() throws {
    let it = try workshop()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 3))
    try it.commit()
    try it.agent("A", "f", lines("base", 10) + lines("alpha", 5))
    try it.commit()
    let shallow = try Workshop()
    try shallow.place.git("pull", "-q", "--depth", "1", "file://" + it.place.path, "main")
    #expect(try shallow.place.open().isShallow)
    let agent = Agent("A", start: Timestamp(seconds: 1_750_000_000))
    agent.record("f", before: "", after: lines("base", 10) + lines("alpha", 5), at: it.now)
    try keep([agent], in: shallow.place.open(), now: it.now)
    #expect(try shallow.settledOwners("f") == [:])
  }
}
