import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct PiConversationTests {
  @Test func messagesBecomeSteps() {
    var file = PiFixture()
    file.prompt("u1", "Rename mul")
    file.agent(
      "a1", #"{"type":"thinking","thinking":"plan","thinkingSignature":"s"}"#, PiFixture.text("Looking."),
      PiFixture.call("c1", "read", #"{"path":"a.py"}"#), PiFixture.call("c2", "bash", #"{"command":"ls x"}"#))
    file.result("r1", of: "c1", "one")
    file.result("r2", of: "c2", "ls: x", isError: true)
    file.agent("a2", PiFixture.text("Done."), PiFixture.text("Really."))
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "agent"])
    #expect(session.steps.map(\.stepIndex) == [1, 2, 3])
    #expect(session.steps.map(\.content) == ["Rename mul", "Looking.", "Done.\nReally."])
    #expect(session.steps[1].reasoningContent == "plan")
    #expect(session.steps[1].toolsAvailable == ["read", "bash"])
    #expect(session.steps[1].observations.map(\.error) == [nil, "tool_error"])
    #expect(session.steps[1].observations.map(\.content) == ["one", "ls: x"])
    #expect(session.steps[1].model == "anthropic/claude-sonnet-4-5")
    #expect(session.steps[1].agentRole == "main")
    #expect(session.record.agent == AgentIdentity(name: "pi", model: "anthropic/claude-sonnet-4-5"))
    #expect(session.record.task.description == "Rename mul")
    #expect(session.record.executionContext == .devtime)
    #expect(session.directories == ["/repo"])
    #expect(session.stepAnchors[1].entryID == "a1")
    #expect(session.stepAnchors[1].parentID == "u1")
    #expect(session.stepAnchors[1].line == 3)
    #expect(session.rejection == nil)
  }

  @Test func callWithoutResultIsSaidToHaveNone() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.call("c1", "bash"), stop: "aborted")
    let session = file.parse()
    #expect(session.steps[1].observations.map(\.error) == ["no_result"])
    #expect(session.record.outcome.terminalState == .interrupted)
  }

  @Test func repeatedCallIDsKeepTheirOwnResults() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.call("c", "bash"))
    file.result("r1", of: "c", "first")
    file.agent("a2", PiFixture.call("c", "bash"))
    file.result("r2", of: "c", "second")
    file.result("r3", of: "unknown")
    #expect(file.parse().steps.dropFirst().map { $0.observations.map(\.content) } == [["first"], ["second"]])
  }

  @Test func versionOneIsAListOfEntriesWithoutIDs() {
    var file = PiFixture(version: 1)
    file.message("", #""role":"user","content":"plain text""#)
    file.agent("", PiFixture.call("c1", "bash"), model: "")
    file.entry("", "model_change", #""provider":"openai","modelId":"gpt-5""#)
    file.result("", of: "c1")
    file.agent("", PiFixture.text("done"), model: "")
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["plain text", nil, "done"])
    #expect(session.steps.map(\.model) == [nil, "anthropic/claude-opus-4-5", "openai/gpt-5"])
    #expect(session.steps[1].observations[0].error == nil)
    #expect(session.stepAnchors.map(\.entryID) == ["line-2", "line-3", "line-6"])
    #expect(session.pi?["version"]?.int == 1)
    #expect(session.pi?["branch_count"]?.int == 0)
    #expect(session.pi?["model_changes"]?.array?.first?["model"]?.string == "openai/gpt-5")
  }

  @Test func compactionOfEveryVersionIsAnEvent() {
    for version in [1, 3] {
      var file = PiFixture(version: version)
      file.prompt("u1", "x")
      file.agent("a1", PiFixture.call("c1", "bash"))
      let kept = version == 1 ? #""firstKeptEntryIndex":2"# : #""firstKeptEntryId":"a1""#
      file.entry("k1", "compaction", #""summary":"so far","tokensBefore":175004,\#(kept)"#)
      file.agent("a2", PiFixture.text("on"))
      let session = file.parse()
      #expect(session.roles == ["user", "agent", "agent"])
      #expect(session.record.metadata["is_compacted"] == true)
      let event = session.record.metadata["compaction_events"]?.array?.first
      #expect(event?["pre_tokens"]?.int == 175004)
      #expect(event?["summary"]?.string == "so far")
      #expect(event?["first_kept_entry_id"]?.string == (version == 1 ? "line-3" : "a1"))
    }
  }

  @Test func commandOfTheUserIsAStepButNoTask() {
    var file = PiFixture()
    file.message("b1", #""role":"bashExecution","command":"git status","output":" M a","exitCode":0"#)
    file.message("b2", #""role":"bashExecution","command":"false","output":"","exitCode":3"#)
    file.message("b3", #""role":"bashExecution","command":"sleep 9","output":"","cancelled":true"#)
    file.prompt("u1", "real")
    file.agent("a1", PiFixture.call("c1", "bash"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["! git status", "! false", "! sleep 9", "real", nil])
    #expect(session.steps[0].role == .user)
    #expect(session.steps[0].observations[0].sourceCallID == "pi-user-bash:b1")
    #expect(session.steps[0].observations[0].content == " M a")
    #expect(session.steps.prefix(3).map { $0.observations[0].error } == [nil, "exit 3", "interrupted"])
    #expect(session.record.task.description == "real")
  }

  @Test func shownTextsOfExtensionsAreStepsButNoTask() {
    var file = PiFixture()
    file.entry("m1", "custom_message", #""customType":"x","content":"injected","display":true"#)
    file.entry("m2", "custom_message", #""customType":"x","content":"hidden","display":false"#)
    file.message("m3", #""role":"hookMessage","content":[{"type":"text","text":"of version 2"}],"display":true"#)
    file.entry("m4", "custom", #""customType":"x","data":{}"#)
    file.prompt("u1", "real")
    file.agent("a1", PiFixture.call("c1", "bash"))
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["injected", "of version 2", "real", nil])
    #expect(session.record.task.description == "real")
    #expect(session.record.metadata["raw_event_counts"]?["custom"]?.int == 1)
    #expect(session.record.metadata["entry_type_counts"]?["message/hookMessage"]?.int == 1)
  }

  @Test func loneCommandIsTheTaskOnlyWithoutOtherPrompts() {
    var file = PiFixture()
    file.prompt("u1", "/mode")
    #expect(file.parse().record.task.description == "/mode")
    file.prompt("u2", "/fix the build")
    #expect(file.parse().record.task.description == "/fix the build")
  }

  @Test func imagesAreCountedAndHiddenThinkingIsMarked() {
    var file = PiFixture()
    file.message("u1", #""role":"user","content":[{"type":"image","data":"AA","mimeType":"image/png"}]"#)
    file.agent("a1", #"{"type":"thinking","thinking":"","thinkingSignature":"s"}"#, PiFixture.call("c1", "bash"))
    let session = file.parse()
    #expect(session.steps[0].content == nil)
    #expect(session.record.metadata["prompt_media"] == ["image/png": 1])
    #expect(session.steps[1].reasoningContent?.hasPrefix("[redacted: ") == true)
  }

  @Test func failedAnswerIsReportedWithItsMessage() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.call("c1", "bash"))
    file.agent("a2", stop: "error", extra: #","errorMessage":"overloaded""#)
    let session = file.parse()
    #expect(session.record.outcome.terminalState == .error)
    #expect(session.record.metadata["session_errors"]?.array?.first?["message"]?.string == "overloaded")
  }

  @Test func ownReadingToolsAreMarked() {
    var file = PiFixture()
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.call("c1", "ot_search"), PiFixture.call("c2", "bash"))
    let calls = file.parse().record.metadata["normalized_tool_calls"]?.array ?? []
    #expect(calls.map { $0["tool_kind"]?.string } == ["opentraces_retrieval", "shell"])
    #expect(calls.map { $0["opentraces_internal_readonly"]?.bool } == [true, nil])
    #expect(calls[0]["step_index"]?.int == 2)
  }

  /// A fork takes its parent's entries along; they count where they were made, if that file is there.
  @Test(arguments: [(["p0"], 2), (["other"], 4), (nil, 2)] as [(Set<String>?, Int)])
  func entriesCopiedFromAKnownSessionAreLeftOut(_ known: Set<String>?, _ steps: Int) {
    var parent = PiFixture()
    parent.prompt("u1", "first")
    parent.agent("a1", PiFixture.call("c1", "write", #"{"path":"a.txt","content":"x"}"#))
    parent.result("r1", of: "c1")
    var fork = PiFixture(extra: #","parentSession":"/x/2026-01-01T00-00-00-000Z_p0.jsonl""#)
    let header = fork.lines[0].replacing(/"timestamp":"[^"]*"/, with: #""timestamp":"2026-06-01T00:00:00.000Z""#)
    fork.lines = [header] + parent.lines.dropFirst()
    fork.lines += [
      #"{"type":"message","id":"u2","parentId":"r1","timestamp":"2026-06-01T00:00:01.000Z","message":{"role":"user","content":[{"type":"text","text":"second"}]}}"#,
      #"{"type":"message","id":"a2","parentId":"u2","timestamp":"2026-06-01T00:00:02.000Z","message":{"role":"assistant","provider":"anthropic","model":"claude-sonnet-4-5","usage":\#(PiFixture.usage(10, 20)),"stopReason":"stop","content":[\#(PiFixture.call("c2", "bash"))]}}"#,
    ]
    let session = fork.parse(known: known)
    #expect(session.steps.count == steps)
    #expect(session.edits.count == (steps == 4 ? 1 : 0))
    #expect(session.leftOut == (steps == 4 ? nil : "p0"))
    #expect(session.pi?["inherited_entries"]?.int == 3)
  }

  @Test func namesLabelsAndParentSessionAreKept() {
    var file = PiFixture(extra: #","parentSession":"/x/2026-01-01T00-00-00-000Z_p0.jsonl""#)
    file.prompt("u1", "x")
    file.agent("a1", PiFixture.call("c1", "bash"))
    file.entry("l1", "label", #""targetId":"u1","label":"start""#)
    file.entry("l2", "label", #""targetId":"a1","label":"good""#)
    file.entry("l3", "label", #""targetId":"u1""#)
    file.entry("i1", "session_info", #""name":"A title""#)
    file.entry("t1", "thinking_level_change", #""thinkingLevel":"high""#)
    let session = file.parse()
    #expect(session.forkedFrom == "p0")
    #expect(session.record.metadata["title"]?.string == "A title")
    #expect(session.pi?["labels"] == ["a1": "good"])
    #expect(session.pi?["thinking_levels"]?.array?.first?["level"]?.string == "high")
    #expect(session.pi?["inherited_entries"]?.int == 0)
  }
}
