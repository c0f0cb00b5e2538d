import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct PiEditTests {
  private func edits(
    _ name: String, _ arguments: String, _ text: String = "ok", details: String = "null", isError: Bool = false
  ) -> [FileEdit] {
    var file = PiFixture()
    file.prompt("u", "x")
    file.agent("a", PiFixture.call("c", name, arguments))
    file.result("r", of: "c", text, isError: isError, details: details)
    return file.parse().edits
  }

  private func hunk(
    _ old: Int, _ new: Int, _ removed: [String], _ added: [String], before: [String] = [], after: [String] = []
  ) -> EditHunk {
    var hunk = EditHunk(oldStart: old, newStart: new, removed: removed, added: added)
    hunk.contextBefore = before
    hunk.contextAfter = after
    return hunk
  }

  private static let input = #"{"path":"src/a.ts","oldText":"b","newText":"B"}"#

  @Test func shownDiffGivesTheLinesTheirNumbers() {
    let diff = #"   ...\n  8 a\n- 9 b\n+ 9 \tB\n+10 c 1\n+11 \n 10 d\n 11 e\n-12 f\n    ...\n 30 y\n+32 z"#
    let edit = edits("edit", Self.input, details: #"{"diff":"\#(diff)","firstChangedLine":9}"#)
    #expect(edit.map(\.path) == ["/repo/src/a.ts"])
    #expect(edit[0].source == .structuredPatch)
    #expect(edit[0].application == .hunks)
    #expect(edit[0].kind == .modify)
    #expect(edit[0].stepIndex == 2)
    #expect(edit[0].line == 4)
    #expect(
      edit[0].hunks == [
        hunk(9, 9, ["b"], ["\tB", "c 1", ""], before: ["a"], after: ["d", "e"]),
        hunk(12, 14, ["f"], [], before: ["d", "e"]), hunk(31, 32, [], ["z"], before: ["y"]),
      ])
  }

  /// As the first versions wrote it: what stands before the first change is counted from 1.
  @Test func wrongNumbersBeforeTheFirstChangeDoNotMatter() {
    let diff = #"    ...\n  1 a\n  2 \n-32 b\n+32 B\n 33 c"#
    let edit = edits("edit", Self.input, details: #"{"diff":"\#(diff)"}"#)
    #expect(edit[0].hunks == [hunk(32, 32, ["b"], ["B"], before: ["a", ""], after: ["c"])])
  }

  @Test func unifiedPatchIsPreferred() {
    let patch =
      #"--- a\n+++ a\n@@ -2,2 +2,3 @@\n x\n-b\n+B\n+--- c\n@@ -9,0 +11,1 @@\n+end\n\\ No newline at end of file"#
    let edit = edits("edit", Self.input, details: #"{"diff":"-7 b\n+7 B","patch":"\#(patch)"}"#)
    #expect(edit[0].hunks == [hunk(3, 3, ["b"], ["B", "--- c"], before: ["x"]), hunk(10, 11, [], ["end"])])
  }

  @Test(arguments: [
    "", "null", #"{"diff":""}"#, #"{"diff":"-9 b\n+12 B"}"#, #"{"diff":"no diff"}"#, #"{"patch":"@@ -x +1 @@\n+a"}"#,
    #"{"diff":"-99999999999999999999 b"}"#,
  ])
  func withoutUsableDiffTheStringsOfTheCallCount(_ details: String) {
    let edit = edits("edit", Self.input, details: details.isEmpty ? "{}" : details)
    #expect(edit[0].source == .editStrings)
    #expect(edit[0].application == .replacements([Replacement(old: "b", new: "B")]))
    #expect(edit[0].hunks.count == 1)
    #expect(!edit[0].hunks[0].isLineAligned)
  }

  @Test(arguments: [
    #"[{"oldText":"a","newText":"b"},{"oldText":"c","newText":"d"}]"#,
    #""[{\"oldText\":\"a\",\"newText\":\"b\"},{\"oldText\":\"c\",\"newText\":\"d\"}]""#,
  ])
  func severalReplacementsOfOneCallAreKept(_ list: String) {
    let edit = edits("edit", #"{"path":"/repo/a","edits":\#(list)}"#)
    #expect(edit[0].application == .replacements([Replacement(old: "a", new: "b"), Replacement(old: "c", new: "d")]))
    #expect(edit[0].hunks.count == 2)
  }

  @Test func writeIsTheWholeFile() {
    let edit = edits("write", #"{"path":"/repo/n","content":"1\n2\n"}"#)
    #expect(edit.map(\.kind) == [.modify])
    #expect(edit[0].source == .write)
    #expect(edit[0].application == .wholeFile)
    #expect(edit[0].hunks[0].added == ["1", "2"])
    #expect(edit[0].before == .unknown)
    #expect(edit[0].after == .identified(ContentIdentity("1\n2\n")))
  }

  @Test(arguments: [
    ("a/../b", "/repo/b"), ("@src/a", "/repo/src/a"), ("/x/./y", "/x/y"), ("~/a", nil),
  ])
  func pathsAreMadeAbsolute(_ path: String, _ absolute: String?) {
    #expect(edits("write", #"{"path":"\#(path)","content":"x"}"#).map(\.path) == [absolute].compactMap { $0 })
  }

  @Test func failedAndUnansweredCallsChangeNothing() {
    #expect(edits("edit", Self.input, isError: true).isEmpty)
    #expect(edits("write", #"{"path":"a","content":"x"}"#, isError: true).isEmpty)
    #expect(edits("bash", #"{"command":"echo hi > a"}"#, isError: true).isEmpty)
    var file = PiFixture()
    file.agent("a", PiFixture.call("c", "edit", Self.input))
    #expect(file.parse().edits.isEmpty)
  }

  @Test func certainShellEffectsAreEditsOfTheAgentOnly() {
    let edit = edits("bash", #"{"command":"cd src && echo hi > a && rm ../b"}"#)
    #expect(edit.map(\.path) == ["/repo/src/a", "/repo/b"])
    #expect(edit.map(\.kind) == [.modify, .delete])
    #expect(edit.map(\.source) == [.shell, .shell])
    var file = PiFixture()
    file.message("b", #""role":"bashExecution","command":"echo hi > a","output":"","exitCode":0"#)
    #expect(file.parse().edits.isEmpty)
  }

  @Test func packagesAndCommitsAreFound() {
    var file = PiFixture()
    file.prompt("u", "x")
    file.agent(
      "a", PiFixture.call("c1", "bash", #"{"command":"npm install chalk@5 && git commit -m x"}"#),
      PiFixture.call("c2", "read", #"{"path":"a.ts"}"#))
    file.result("r1", of: "c1", "[main abc1234] x")
    file.result("r2", of: "c2", #"import { z } from 'zod'\nimport a from './a'"#)
    let record = file.parse().record
    #expect(record.dependencies == ["chalk", "zod"])
    #expect(record.environment.languageEcosystem == ["javascript", "typescript"])
    #expect(record.outcome.commitSHA == "abc1234")
    #expect(record.outcome.success == true)
  }
}
