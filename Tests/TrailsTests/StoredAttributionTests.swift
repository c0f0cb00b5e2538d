import Basics
import GitKit
import TestSupport
import Testing
import TraceStore
import Trails

@Suite struct StoredAttributionTests {
  private func filled() throws -> Workshop {
    let it = try Workshop()
    try it.person("f", lines("base", 5))
    try it.commit("base")
    try it.agent("A", "f", lines("base", 5) + lines("alpha", 3))
    try it.commit("A")
    try it.agent("B", "f", lines("beta", 2) + lines("base", 5) + lines("alpha", 3))
    try it.agent("B", "dir/g", lines("gamma", 4))
    try it.commit("B")
    try it.person("f", lines("base", 5))
    try it.commit("person")
    return it
  }

  @Test func secondBackfillWritesNothing() throws {
    let it = try filled()
    try it.keepSessions()
    let first = try #require(try it.backfill())
    #expect(first.commitsScanned == 4 && first.commitsCorrelated == 2 && first.tracesLinked == ["A", "B"])
    #expect(first.anchorsCreated == 3 && first.notesWritten == 2 && first.errors.isEmpty)
    let before = try GitOracle(it.place).references()
    it.place.environment.now += 1_000
    let second = try #require(try it.backfill())
    #expect(second.anchorsCreated == 0 && second.notesWritten == 0)
    #expect(second.commitsCorrelated == 2 && second.tracesLinked == ["A", "B"])
    #expect(try GitOracle(it.place).references() == before)
    #expect(try GitOracle(it.place).problems().isEmpty)
    #expect(try EventLogVerifier(EventLog(it.place.open())).faults().isEmpty)
    #expect(try BucketVerifier(Bucket(it.place.open())).faults(sample: nil).faults.isEmpty)
  }

  @Test func notesSayWhoWroteWhat() throws {
    let it = try filled()
    try it.keepSessions()
    try it.backfill()
    let oracle = GitOracle(it.place)
    #expect(
      try oracle.note(it.place.resolve("HEAD~"))
        == """
        opentraces:B session=session-B lines=1-2 tier=exact_blob_hash path=f
        opentraces:B session=session-B lines=1-4 tier=exact_blob_hash path=dir/g

        """)
    #expect(try oracle.notes().count == 2)
  }

  @Test func foreignLinesOfANoteStay() throws {
    let it = try filled()
    try it.keepSessions()
    let head = try it.place.resolve("HEAD~")
    let foreign = "first paragraph\n\nsecond paragraph\r\n\r\nlast \u{1F600}\n"
    try it.place.git("notes", "--ref", "opentraces", "add", "-F", "-", head.hex, input: foreign)
    let kept = try #require(try GitOracle(it.place).note(head))
    try it.backfill()
    let note = try #require(try GitOracle(it.place).note(head))
    #expect(note.utf8.starts(with: kept.utf8) && note.contains("opentraces:B session=session-B lines=1-2"))
    try it.keepSessions()
    try it.backfill()
    #expect(try GitOracle(it.place).note(head) == note)
  }

  @Test func laterImportChangesTheAnswerWithoutABackfill() throws {
    let it = try filled()
    try it.keepSessions("A")
    try it.backfill()
    let before = try it.blame("HEAD~")
    #expect(before.source == .stored && before.anchors.isEmpty)
    try it.keepSessions("A", "B")
    let after = try it.blame("HEAD~")
    #expect(after.source == .computed && after.limitations == ["computed_on_demand"])
    #expect(try it.owners("f", at: "HEAD~") == owned(1...2, by: "B"))
    #expect(try it.owners("dir/g", at: "HEAD~") == owned(1...4, by: "B"))
    #expect(try it.blame("HEAD~2").source == .stored)
    try it.backfill()
    #expect(try it.blame("HEAD~").source == .stored)
    #expect(try it.owners("f", at: "HEAD~") == owned(1...2, by: "B"))
  }

  @Test func blameWritesNothing() throws {
    let it = try filled()
    try it.keepSessions()
    let before = try GitOracle(it.place).references()
    _ = try it.blame()
    _ = try LineBlamer(it.place.open()).blame("dir/g", line: 2)
    #expect(try GitOracle(it.place).references() == before)
  }

  @Test func lineIsTracedBackToItsCommitAndSession() throws {
    let it = try filled()
    try it.agent("C", "dir/g", "// header of the file, by C\n" + lines("gamma", 4) + "by a person\n")
    try it.commit()
    try it.person("dir/g", "// header of the file, by C\n" + lines("gamma", 4) + "by a person, later\n")
    try it.commit()
    try it.keepSessions()
    let blamer = try LineBlamer(it.place.open())
    let first = try #require(try blamer.blame("dir/g", line: 1))
    #expect(try first.anchor?.traceID == "C" && first.commit.id == it.place.resolve("HEAD~"))
    let third = try #require(try blamer.blame("dir/g", line: 3))
    #expect(third.anchor?.traceID == "B" && third.originalLine == 2 && third.text.contains("gamma2"))
    #expect(try blamer.blame("dir/g", line: 6)?.anchor == nil)
    #expect(try blamer.blame("dir/g", line: 0) == nil && blamer.blame("dir/g", line: 99) == nil)
    #expect(try blamer.blame("missing", line: 1) == nil)
  }

  @Test func traceKnowsWhereItsLinesLanded() throws {
    let it = try filled()
    try it.keepSessions()
    try it.backfill()
    let blame = try TraceBlamer(it.place.open()).blame("B", includeOverlapping: false)
    #expect(try blame.commits.map(\.commit.id) == [it.place.resolve("HEAD~")])
    #expect(blame.files.map(\.path) == ["dir/g", "f"] && blame.files.map(\.lines) == [4, 2])
    #expect(throws: StoreError.self) { try TraceBlamer(it.place.open()).blame("Z", includeOverlapping: true) }
  }

  @Test func overlappingCommitsAreListedWhenAskedFor() throws {
    let it = try Workshop()
    try it.person("f", lines("base", 5))
    try it.commit("base")
    try it.agent("A", "f", lines("base", 5) + lines("alpha", 3))
    // A person throws the agent's lines away and writes others.
    try it.person("f", lines("base", 5) + lines("person", 3))
    let other = try it.commit("another way")
    try it.person("f", lines("base", 5) + lines("later", 3))
    try it.commit("too late to overlap")
    try it.keepSessions()
    try it.backfill()
    let blamer = try TraceBlamer(it.place.open())
    #expect(try blamer.blame("A", includeOverlapping: false).commits.isEmpty)
    let all = try blamer.blame("A", includeOverlapping: true).commits
    #expect(all.map(\.commit.id) == [other] && all.map(\.tier) == ["time_file_overlap"])
    #expect(all.map(\.linkTier) == ["overlapping"] && all.map(\.lines) == [0] && all.map(\.files) == [["f"]])
  }

  @Test func traceOfATeammateIsKnownFromTheNote() throws {
    let it = try filled()
    try it.keepSessions()
    try it.backfill()
    let head = try it.place.resolve("HEAD~")
    let line = "opentraces:0f0e-mate session=s lines=1 tier=exact_range_hash path=f"
    try it.place.git("notes", "--ref", "opentraces", "append", "-m", line, head.hex)
    #expect(try it.blame("HEAD~").noteOnly == ["0f0e-mate"])
    #expect(try it.blame("HEAD~2").noteOnly.isEmpty)
  }

  @Test func sessionsThatEndedLongBeforeAreLeftOut() throws {
    let it = try Workshop()
    try it.person("f", lines("base", 5))
    try it.commit("base")
    try it.agent("A", "f", lines("base", 5) + lines("alpha", 3))
    it.place.environment.now += 30 * 3_600
    try it.commit("late")
    try it.keepSessions()
    #expect(try it.backfill(Backfill.Options(windowHours: 24))?.anchorsCreated == 0)
    #expect(try it.backfill(Backfill.Options(windowHours: 48))?.anchorsCreated == 1)
  }
}
