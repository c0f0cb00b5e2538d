import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct CodexEditTests {
  /// The edits of one call.
  private func edits(
    _ name: String, _ arguments: String, output: String = "Exit code: 0\nOutput:\n", event: String? = nil
  ) -> [FileEdit] {
    var file = CodexFixture()
    file.typed("x")
    file.call("c", name, arguments)
    if let event { file.event(event) }
    file.output("c", output)
    return file.parse().edits
  }

  private func edits(patch: String, event: String? = nil, code: Int = 0) -> [FileEdit] {
    var file = CodexFixture()
    file.typed("x")
    file.patch("c", patch)
    if let event { file.event(event) }
    file.patched("c", code: code)
    return file.parse().edits
  }

  private static let patch = """
    *** Begin Patch
    *** Add File: new.txt
    +one
    +two
    *** Update File: src/a.swift
    *** Move to: src/b.swift
    @@ func a()
     keep
    -old
    +new
     end
    *** Delete File: /other/gone
    *** End Patch
    """

  @Test func sectionsOfAPatchAreEdits() {
    let edits = edits(patch: Self.patch)
    #expect(edits.map(\.path) == ["/repo/new.txt", "/repo/src/b.swift", "/other/gone"])
    #expect(edits.map(\.kind) == [.add, .rename(from: "/repo/src/a.swift"), .delete])
    #expect(edits.map(\.source) == [.applyPatch, .applyPatch, .applyPatch])
    #expect(edits.map(\.application) == [.wholeFile, .hunks, .pathOnly])
    #expect(edits[0].hunks.map(\.added) == [["one", "two"]])
    #expect(edits[0].after == .identified(ContentIdentity("one\ntwo\n")))
    #expect(edits[1].hunks.map(\.removed) == [["old"]])
    #expect(edits[1].hunks.map(\.added) == [["new"]])
    #expect(edits[1].hunks[0].newStart == 0)
    #expect(edits[1].hunks[0].contextBefore == ["keep"])
    #expect(edits[1].hunks[0].contextAfter == ["end"])
    #expect(edits[2].after == .absent)
    #expect(edits.map(\.stepIndex) == [2, 2, 2])
    #expect(edits.map(\.line) == [6, 6, 6])
  }

  @Test func failedPatchesChangeNothing() {
    #expect(edits(patch: Self.patch, code: 1).isEmpty)
    #expect(edits(patch: Self.patch, event: #"{"type":"patch_apply_end","call_id":"c","success":false}"#).isEmpty)
    #expect(edits("apply_patch", "{}", output: "apply_patch verification failed").isEmpty)
    var file = CodexFixture()
    file.typed("x")
    file.patch("c", Self.patch)
    #expect(file.parse().edits.isEmpty)
  }

  @Test func changesOfTheEventCountMoreThanThePatch() {
    let changes = #"""
      {"type":"patch_apply_end","call_id":"c","success":true,"changes":{\
      "/repo/a":{"type":"update","unified_diff":"@@ -3,3 +3,4 @@\n k\r\n-a\n+b\n+c\n e\n","move_path":null},\
      "/repo/m":{"type":"update","unified_diff":"","move_path":"/repo/n"},\
      "/repo/d":{"type":"delete","content":"bye\n"},"/repo/e":{"add":{"content":"hi"}}}}
      """#.split(separator: "\\\n").joined()
    let edits = edits(patch: Self.patch, event: changes)
    #expect(edits.map(\.path) == ["/repo/a", "/repo/n", "/repo/d", "/repo/e"])
    #expect(edits.map(\.kind) == [.modify, .rename(from: "/repo/m"), .delete, .add])
    #expect(edits.allSatisfy { $0.source == .structuredPatch })
    #expect(edits[0].hunks.map(\.oldStart) == [4])
    #expect(edits[0].hunks.map(\.newStart) == [4])
    #expect(edits[0].hunks[0].added == ["b", "c"])
    #expect(edits[0].hunks[0].contextBefore == ["k\r"])
    #expect(edits[1].application == .pathOnly)
    #expect(edits[2].before == .identified(ContentIdentity("bye\n")))
    #expect(edits[3].after == .identified(ContentIdentity("hi")))
  }

  @Test(arguments: [
    #"{"command":["apply_patch","PATCH"]}"#,
    #"{"command":["apply_patch","<<'EOF'\nPATCH\nEOF\n"]}"#,
    #"{"command":["bash","-lc","apply_patch <<'EOF'\nPATCH\nEOF"]}"#,
    #"{"command":["/bin/zsh","-lc","cd /repo && apply_patch << \"X\"\nPATCH\nX\necho ok"]}"#,
    #"{"command":"apply_patch 'PATCH'"}"#,
    #"{"cmd":"set -e\napply_patch <<EOF\nPATCH\nEOF","workdir":"/repo"}"#,
  ])
  func patchInAShellCallIsFound(_ arguments: String) {
    let patch = #"*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** End Patch"#
    let found = edits("shell", arguments.replacing("PATCH", with: patch))
    #expect(found.map(\.path) == ["/repo/a"])
    #expect(found.first?.hunks.map(\.added) == [["y"]])
    #expect(found.first?.source == .applyPatch)
  }

  @Test func pathsStartFromTheDirectoryOfTheCall() {
    let patch = #"*** Begin Patch\n*** Delete File: ../a\n*** End Patch"#
    let inside = edits("shell_command", #"{"command":"apply_patch <<'E'\n\#(patch)\nE","workdir":"sub/x"}"#)
    #expect(inside.map(\.path) == ["/repo/sub/a"])
    let moved = edits("shell_command", #"{"command":"cd y/z && apply_patch <<'E'\n\#(patch)\nE","workdir":"/w"}"#)
    #expect(moved.map(\.path) == ["/w/y/a"])
    #expect(edits("shell_command", #"{"command":"cd $D && apply_patch <<'E'\n\#(patch)\nE"}"#).isEmpty)
  }

  @Test func textAboutPatchesIsNoPatch() {
    let text = #"*** Begin Patch\n*** Delete File: a\n*** End Patch"#
    #expect(edits("shell_command", #"{"command":"cat > note <<'E'\n\#(text)\nE"}"#).map(\.source) == [.shell])
    #expect(edits("shell_command", #"{"command":"grep '\#(text)' a"}"#).isEmpty)
  }

  @Test func certainEffectsOfShellCallsAreEdits() {
    let arguments = #"{"command":["bash","-lc","echo hi > a.txt && rm -f b"],"workdir":"/w"}"#
    let found = edits("shell", arguments, output: #"{"output":"","metadata":{"exit_code":0}}"#)
    #expect(found.map(\.path) == ["/w/a.txt", "/w/b"])
    #expect(found.map(\.source) == [.shell, .shell])
    #expect(edits("exec_command", #"{"cmd":"echo hi > a"}"#).map(\.path) == ["/repo/a"])
    #expect(edits("exec_command", #"{"cmd":"echo hi > a"}"#, output: "Exit code: 1\nOutput:\n").isEmpty)
    #expect(edits("exec_command", #"{"cmd":"echo hi > a"}"#, output: "Process running with session ID 1").isEmpty)
    #expect(edits("shell", #"{"command":["echo","hi",">","a"]}"#).isEmpty)
    #expect(edits("run", #"{"cmd":"echo hi > a"}"#).isEmpty)
  }

  @Test func linesBehindTheEndAreAppended() {
    let found = edits(patch: "*** Begin Patch\n*** Update File: a\n@@\n+x\n+y\n*** End Patch")
    #expect(found.map(\.application) == [.append])
    #expect(found.first?.hunks.map(\.added) == [["x", "y"]])
  }

  @Test func callsOfAScriptCountAsTheCallThatRanIt() {
    var file = CodexFixture()
    file.typed("x")
    file.item(#"{"type":"custom_tool_call","call_id":"c","name":"exec","input":"await tools.apply_patch(p)"}"#)
    file.event(
      #"{"type":"patch_apply_end","call_id":"n1","success":true,"changes":{"/repo/a":{"type":"add","content":"x"}}}"#)
    for (name, rest) in [("b", "0"), ("u", #"0,"source":"user_shell""#), ("v", "1")] {
      let command = #""command":["bash","-lc","rm -f \#(name)"],"cwd":"/w""#
      file.event(#"{"type":"exec_command_end","call_id":"n-\#(name)",\#(command),"exit_code":\#(rest)}"#)
    }
    file.item(#"{"type":"custom_tool_call_output","call_id":"c","output":[]}"#)
    let edits = file.parse().edits
    #expect(edits.map(\.path) == ["/repo/a", "/w/b"])
    #expect(edits.map(\.toolCallID) == ["c", "c"])
    #expect(edits.map(\.toolName) == ["exec", "exec"])
    #expect(edits.map(\.stepIndex) == [2, 2])
  }
}
