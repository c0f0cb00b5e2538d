import Testing
import TraceModel

@Suite struct EditModelTests {
  @Test func hunkIsSplitIntoRunsWithLineNumbersAndContext() {
    let lines = [" a", "-b", "+B", "+B2", " c", " d", "-e", " f", "\\ No newline at end of file"]
    let runs = EditHunk.runs(in: lines, oldStart: 10, newStart: 20)
    #expect(runs.map(\.oldStart) == [11, 14])
    #expect(runs.map(\.newStart) == [21, 25])
    #expect(runs.map(\.removed) == [["b"], ["e"]])
    #expect(runs.map(\.added) == [["B", "B2"], []])
    #expect(runs[0].contextBefore == ["a"])
    #expect(runs[0].contextAfter == ["c", "d"])
    #expect(runs[1].contextBefore == ["c", "d"])
    #expect(runs[1].contextAfter == ["f"])
  }

  @Test func replacementKeepsEqualEndsAsContext() {
    let hunk = EditHunk.replacement(old: "a\nb\nc", new: "a\nx\ny\nc")
    #expect(hunk.removed == ["b"])
    #expect(hunk.added == ["x", "y"])
    #expect(hunk.contextBefore == ["a"])
    #expect(hunk.contextAfter == ["c"])
    #expect(!hunk.isLineAligned)
  }

  @Test func carriageReturnsStayInLines() {
    #expect(TextLines.split("a\r\nb\r\n") == ["a\r", "b\r"])
    #expect(TextLines.split("a\n\nb") == ["a", "", "b"])
    #expect(TextLines.split("") == [])
  }

  @Test func cutCountsUnicodeScalars() {
    #expect(TextLines.cut("äöü", to: 2) == "äö")
    #expect(TextLines.cut("ab", to: 2) == "ab")
  }

  @Test func identityIsThatOfGit() {
    let identity = ContentIdentity("hello\nworld")
    #expect(ContentIdentity("").gitBlobID == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    #expect(identity.lineCount == 2)
    #expect(!identity.endsWithNewline)
  }
}
