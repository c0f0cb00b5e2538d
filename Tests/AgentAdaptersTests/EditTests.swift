import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct EditTests {
  private func edits(
    _ name: String, _ input: String, details: String = "null", isError: Bool = false
  ) -> [FileEdit] {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent("a", Fixture.call("c", name, input))
    file.result("r", of: "c", isError: isError, details: details)
    return file.parse().edits
  }

  @Test func editTakesHunksFromTheResult() {
    let details = """
      {"filePath":"/repo/a.py","oldString":"b","newString":"B","originalFile":"a\\nb\\n",\
      "userModified":true,"replaceAll":false,"structuredPatch":[{"oldStart":1,"oldLines":2,\
      "newStart":1,"newLines":2,"lines":[" a","-b","+B"]}]}
      """
    let input = #"{"file_path":"/repo/a.py","old_string":"b","new_string":"B"}"#
    let edit = edits("Edit", input, details: details)
    #expect(edit.count == 1)
    #expect(edit[0].source == .structuredPatch)
    #expect(edit[0].application == .hunks)
    #expect(edit[0].hunks.map(\.newStart) == [2])
    #expect(edit[0].hunks[0].removed == ["b"])
    #expect(edit[0].hunks[0].added == ["B"])
    #expect(edit[0].before == .identified(ContentIdentity("a\nb\n")))
    #expect(edit[0].userModified)
    #expect(edit[0].stepIndex == 2)
    #expect(edit[0].line == 3)
  }

  @Test func linesShownWithSpacesGetTheirTabsBack() {
    let details = #"""
      {"filePath":"/repo/a.go","oldString":"x := 1","newString":"x := 2\n\t\ty()",\
      "originalFile":"f {\n\tx := 1\n}\n","replaceAll":false,"structuredPatch":[{"oldStart":1,\
      "oldLines":3,"newStart":1,"newLines":4,"lines":[" f {","-  x := 1","+  x := 2","+    y()"," }"]}]}
      """#.split(separator: "\\\n").joined()
    let input = #"{"file_path":"/repo/a.go","old_string":"x := 1","new_string":"x := 2"}"#
    let edit = edits("Edit", input, details: details)
    #expect(edit[0].hunks[0].removed == ["\tx := 1"])
    #expect(edit[0].hunks[0].added == ["\tx := 2", "\t\ty()"])
    #expect(edit[0].hunks[0].isExactText)
    #expect(edit[0].after == .identified(ContentIdentity("f {\n\tx := 2\n\t\ty()\n}\n")))
  }

  @Test func hunksThatDoNotFitTheTextAreMarked() {
    let details =
      #"{"filePath":"/repo/a","oldString":"b","newString":"c","originalFile":"a\nb\n","structuredPatch":[{"oldStart":2,"oldLines":1,"newStart":2,"newLines":1,"lines":["-b","+other"]}]}"#
    let edit = edits("Edit", #"{"file_path":"/repo/a","old_string":"b","new_string":"c"}"#, details: details)
    #expect(edit[0].hunks[0].added == ["other"])
    #expect(!edit[0].hunks[0].isExactText)
    #expect(edit[0].after == .unknown)
  }

  @Test func failedAndUnansweredCallsChangeNothing() {
    let input = #"{"file_path":"/repo/a","old_string":"b","new_string":"B"}"#
    #expect(edits("Edit", input, isError: true).isEmpty)
    var file = Fixture()
    file.agent("a", Fixture.call("c", "Edit", input))
    #expect(file.parse().edits.isEmpty)
  }

  @Test func writeOfANewFileHasAllLines() {
    let details =
      #"{"type":"create","filePath":"/repo/n","content":"1\n2\n","structuredPatch":[],"originalFile":null}"#
    let edit = edits("Write", #"{"file_path":"/repo/n","content":"1\n2\n"}"#, details: details)
    #expect(edit.map(\.kind) == [.add])
    #expect(edit[0].before == .absent)
    #expect(edit[0].hunks[0].added == ["1", "2"])
    #expect(edit[0].after == .identified(ContentIdentity("1\n2\n")))
  }

  @Test func writeOverAFileOfUnknownContentIsTheWholeFile() {
    let edit = edits("Write", #"{"file_path":"/repo/n","content":"1\n"}"#)
    #expect(edit.map(\.kind) == [.modify])
    #expect(edit[0].application == .wholeFile)
    #expect(edit[0].before == .unknown)
  }

  @Test func multiEditWithoutResultKeepsItsReplacements() {
    let input =
      #"{"file_path":"/repo/a","edits":[{"old_string":"a","new_string":"b"},{"old_string":"c","new_string":"d","replace_all":true}]}"#
    let edit = edits("MultiEdit", input)
    #expect(
      edit[0].application
        == .replacements([
          Replacement(old: "a", new: "b"), Replacement(old: "c", new: "d", replacesAll: true),
        ]))
    #expect(edit[0].hunks.count == 2)
  }

  @Test func notebookEditIsTheDifferenceOfItsFiles() {
    let details =
      #"{"notebook_path":"/repo/n.ipynb","original_file":"a\nb\nc\n","updated_file":"a\nX\nc\n"}"#
    let input = #"{"notebook_path":"/repo/n.ipynb","new_source":"X"}"#
    let edit = edits("NotebookEdit", input, details: details)
    #expect(
      edit[0].hunks == [
        {
          var hunk = EditHunk(oldStart: 2, newStart: 2, removed: ["b"], added: ["X"])
          hunk.contextBefore = ["a"]
          hunk.contextAfter = ["c"]
          return hunk
        }()
      ])
  }

  @Test func certainShellEffectsAreEdits() {
    let edit = edits("Bash", #"{"command":"echo hi > a && rm b"}"#)
    #expect(edit.map(\.path) == ["/repo/a", "/repo/b"])
    #expect(edit.map(\.kind) == [.modify, .delete])
    #expect(edits("Bash", #"{"command":"echo hi > a"}"#, details: #"{"interrupted":true}"#).isEmpty)
  }

  @Test func snippetsComeFromSuccessfulCallsOnly() {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent(
      "a", Fixture.call("c1", "Read", #"{"file_path":"a.py","offset":5}"#),
      Fixture.call("c2", "Read", #"{"file_path":"b.py"}"#))
    file.result("r1", of: "c1", #"one\ntwo\n"#)
    file.result("r2", of: "c2", isError: true)
    let step = file.parse().steps[1]
    #expect(step.snippets.count == 1)
    #expect(step.snippets[0].startLine == 5)
    #expect(step.snippets[0].endLine == 6)
    #expect(step.snippets[0].language == "python")
    #expect(step.snippets[0].sourceStep == 2)
  }
}
