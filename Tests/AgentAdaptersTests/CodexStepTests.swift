import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct CodexStepTests {
  @Test func itemsUntilTheLastAnswerAreOneStep() {
    var file = CodexFixture()
    file.typed("Fix it")
    file.item(#"{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xx"}"#)
    file.answer("Let me look.")
    file.call("c1", "exec_command", #"{"cmd":"cat a"}"#)
    file.call("c2", "exec_command", #"{"cmd":"cat b"}"#)
    file.output("c1", "Chunk ID: 1\nWall time: 0.25 seconds\nProcess exited with code 0\nOutput:\nA")
    file.output("c2", "no")
    file.answer("Done.")
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "agent"])
    #expect(session.steps.map(\.content) == ["Fix it", "Let me look.", "Done."])
    #expect(session.steps[1].reasoningContent == "hm")
    #expect(session.steps[1].toolsAvailable == ["exec_command", "exec_command"])
    #expect(session.steps[1].toolCalls[0].input == ["cmd": "cat a"])
    #expect(session.steps[1].toolCalls[0].durationMS == 250)
    #expect(session.steps[1].observations.map(\.error) == [nil, nil])
    #expect(session.steps[1].agentRole == "main")
    #expect(session.steps[1].model == "openai/gpt-5-codex")
    #expect(session.steps[0].model == nil)
    #expect(session.stepAnchors.map(\.line) == [3, 5, 11])
    #expect(session.stepAnchors[1].entryID == "line-5")
  }

  @Test func recordNamesSessionAndTask() {
    var file = CodexFixture()
    file.typed("Fix it")
    file.call("c1", "exec_command", #"{"cmd":"npm install left-pad@1"}"#)
    file.output("c1", "Process exited with code 0\nOutput:\n")
    let record = file.parse().record
    #expect(record.agent == AgentIdentity(name: "codex-cli", version: "0.128.0", model: "openai/gpt-5-codex"))
    #expect(record.executionContext == .devtime)
    #expect(record.task.description == "Fix it")
    #expect(record.task.source == "user_prompt")
    #expect(record.task.repositoryURL == "https://example.com/o/r.git")
    #expect(record.environment.vcs.branch == "main")
    #expect(record.environment.languageEcosystem == ["javascript"])
    #expect(record.dependencies == ["left-pad"])
    #expect(record.outcome.signalSource == "source_metadata")
    #expect(record.outcome.signalConfidence == .inferred)
    #expect(record.generationIndex == 1)
    let metadata = record.metadata
    #expect(metadata["source"] == "codex_cli_rollout")
    #expect(metadata["codex_cli"]?["sandbox_policy"] == "workspace-write")
    #expect(metadata["codex_cli"]?["originator"] == "codex_cli_rs")
    #expect(metadata["function_names"] == ["exec_command": 1])
    let call = metadata["normalized_tool_calls"]?.array?.first
    #expect(call?["tool_kind"] == "shell")
    #expect(call?["shell"] == ["command": "npm install left-pad@1", "cwd": "/repo"])
  }

  @Test func promptBeforeTheFirstTurnIsKept() {
    var file = CodexFixture(turn: false)
    file.message("# AGENTS.md instructions for /repo\n\nbe nice")
    file.message("<environment_context><cwd>/repo</cwd><shell>zsh</shell></environment_context>")
    file.message("developer text", role: "developer")
    file.message("Do it")
    file.context()
    file.call("c", "shell", #"{"command":["bash","-lc","ls"]}"#)
    file.output("c")
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["Do it", nil])
    #expect(session.record.task.description == "Do it")
    #expect(session.record.environment.shell == "zsh")
    #expect(session.rejection == nil)
  }

  @Test func eventsTellPromptsFromInjectedMessages() {
    var file = CodexFixture()
    file.message("unknown kind of injection")
    file.message("real")
    file.event(#"{"type":"user_message","message":"real"}"#)
    file.message("injected later")
    file.event(#"{"type":"user_message","message":"no message beside it"}"#)
    file.answer("yes")
    // The event of this one differs from its message, as it does for images.
    file.item(
      """
      {"type":"message","role":"user","content":[{"type":"input_text","text":"<image name=1>"},\
      {"type":"input_image","image_url":"data:image/png;base64,AA"},{"type":"input_text","text":"see"}]}
      """)
    file.event(#"{"type":"user_message","message":"see","images":["data:"]}"#)
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["real", "no message beside it", "yes", "see"])
    #expect(session.record.metadata["prompt_media"] == ["image/png": 1])
  }

  @Test func reasoningIsReadInAllForms() {
    var file = CodexFixture()
    file.typed("x")
    file.item(
      """
      {"type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],\
      "content":[{"type":"reasoning_text","text":"c"}]}
      """)
    file.typed("y")
    file.item(#"{"type":"reasoning","summary":[],"content":null,"encrypted_content":"zz"}"#)
    file.typed("z")
    file.item(#"{"type":"reasoning","summary":[]}"#)
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "user", "agent", "user"])
    #expect(session.steps[1].reasoningContent == "a\nb\nc")
    #expect(session.steps[3].reasoningContent?.hasPrefix("[redacted:") == true)
  }

  @Test func inputsAreKeptWhole() throws {
    let patch = "*** Begin Patch\n*** Add File: a\n+" + String(repeating: "x", count: 600) + "\n*** End Patch"
    var file = CodexFixture()
    file.typed("x")
    file.patch("c1", patch)
    file.call("c2", "odd", "[1]")
    file.call("c3", "odd", "no json")
    file.call("c4", "apply_patch", #"{"input":"*** Begin Patch\n*** End Patch"}"#)
    let inputs = file.parse().steps[1].toolCalls.map(\.input)
    #expect(inputs[0] == ["patch": .string(patch)])
    #expect(inputs[1] == ["value": [1]])
    #expect(inputs[2] == ["raw": "no json"])
    #expect(inputs[3] == ["patch": "*** Begin Patch\n*** End Patch"])
  }

  @Test func callsOfOtherTypesAreNamedAfterThem() {
    var file = CodexFixture()
    file.typed("x")
    file.item(#"{"type":"web_search_call","status":"completed","action":{"type":"search","query":"q"}}"#)
    file.item(
      """
      {"type":"local_shell_call","call_id":"l","status":"completed",\
      "action":{"type":"exec","command":["ls"],"working_directory":"/repo"}}
      """)
    file.item(#"{"type":"tool_search_call","call_id":"t","status":"completed","arguments":"{\"query\":\"q\"}"}"#)
    file.item(#"{"type":"image_generation_call","id":"i","status":"failed","revised_prompt":"p","result":"AAAA"}"#)
    file.output("l", #"{"output":"a","metadata":{"exit_code":2,"duration_seconds":0.5}}"#)
    file.item(#"{"type":"tool_search_output","call_id":"t","status":"completed","tools":[{"name":"found"}]}"#)
    file.answer("done")
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "agent"])
    let step = session.steps[1]
    #expect(
      step.toolsAvailable
        == ["web_search_call", "local_shell_call", "tool_search_call", "image_generation_call"])
    #expect(step.observations.map(\.error) == [nil, "exit_code:2", nil, "tool_error"])
    #expect(step.observations.map(\.content) == [nil, "a", "found", nil])
    #expect(step.toolCalls[0].input == ["type": "search", "query": "q"])
    #expect(step.toolCalls[2].input["arguments"] == ["query": "q"])
    #expect(step.toolCalls[3].input == ["revised_prompt": "p"])
  }

  @Test func namesOfServersStandInFrontOfTheirTools() {
    var file = CodexFixture()
    file.typed("x")
    for space in ["mcp__docs", "mcp__docs__", "functions"] {
      let names = #""name":"find","namespace":"\#(space)","call_id":"\#(space)""#
      file.item(#"{"type":"function_call",\#(names),"arguments":"{}"}"#)
    }
    #expect(file.parse().steps[1].toolsAvailable == ["mcp__docs__find", "mcp__docs__find", "find"])
  }

  @Test func callsWithoutOutputDoNotKeepAStepOpen() {
    var file = CodexFixture()
    file.typed("x")
    file.item(#"{"type":"web_search_call","status":"in_progress"}"#)
    file.item(#"{"type":"tool_search_call","execution":"server","status":"completed"}"#)
    file.call("c", "shell")
    file.output("c")
    file.answer("next")
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "agent"])
    #expect(session.steps[1].observations.map(\.error) == ["no_result", "no_result", nil])
  }

  @Test func eventsOfOlderVersionsTellInjectionsByTheirKind() {
    var file = CodexFixture()
    file.message("odd instructions")
    file.event(#"{"type":"user_message","message":"odd instructions","kind":"user_instructions"}"#)
    file.message("real")
    file.event(#"{"type":"user_message","message":"real","kind":"plain"}"#)
    #expect(file.parse().steps.map(\.content) == ["real"])
  }

  @Test func settingsOfATurnAreThoseOfItsSteps() {
    var file = CodexFixture()
    file.typed("x")
    file.answer("a")
    file.context("gpt-5.1", directory: "/repo/sub", turn: "t2")
    file.typed("y")
    file.answer("b")
    let session = file.parse()
    #expect(session.steps.map(\.model) == [nil, "openai/gpt-5-codex", nil, "openai/gpt-5.1"])
    #expect(session.directories == ["/repo", "/repo/sub"])
    #expect(session.record.agent.model == "openai/gpt-5.1")
  }

  @Test func olderFormsAreRead() {
    let wrapped = CodexFixture(lines: [
      #"{"session_meta":{"id":"s","timestamp":"2025-06-01T00:00:00Z","cwd":"/w","cli_version":"0.1"}}"#,
      #"{"response_item":{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}}"#,
      #"{"turn_context":{"cwd":"/w","model":"o4-mini"}}"#,
      #"{"response_item":{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}}"#,
      #"{"response_item":{"type":"function_call_output","call_id":"c","output":"ok"}}"#,
    ])
    let bare = CodexFixture(lines: [
      #"{"id":"s","timestamp":"2025-06-01T00:00:00Z","instructions":"base","git":{"branch":"b"}}"#,
      #"{"record_type":"state"}"#,
      #"{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}"#,
      #"{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}"#,
      #"{"type":"function_call_output","call_id":"c","output":"ok"}"#,
    ])
    for file in [wrapped, bare] {
      let session = file.parse()
      #expect(session.roles == ["user", "agent"])
      #expect(session.steps[1].observations[0].content == "ok")
      #expect(session.problems.isEmpty)
      #expect(session.rejection == nil)
    }
    #expect(wrapped.parse().record.agent.model == "openai/o4-mini")
    let prompts = bare.parse().record.systemPrompts
    #expect(prompts.members.map(\.value) == ["base"])
    #expect(prompts.keys == [String(Digest.sha256Hex("base").prefix(16))])
  }

  @Test func interruptionsAndErrorsEndTheSession() {
    var file = CodexFixture()
    file.typed("x")
    file.call("c", "exec_command", #"{"cmd":"sleep 9"}"#)
    file.event(#"{"type":"turn_aborted","reason":"interrupted"}"#)
    file.message("<turn_aborted>\nThe user interrupted")
    let session = file.parse()
    #expect(session.steps[1].observations[0].error == "interrupted")
    #expect(session.record.outcome.terminalState == .interrupted)
    file.typed("go on")
    file.answer("ok")
    #expect(file.parse().record.outcome.terminalState == nil)
    file.event(#"{"type":"error","message":"usage limit","codex_error_info":"usage_limit_exceeded"}"#)
    let record = file.parse().record
    #expect(record.outcome.terminalState == .error)
    #expect(record.metadata["session_errors"]?.array?.first?["message"] == "usage limit")
  }

  @Test func rolledBackTurnsAreLeftOutButTheirEditsStay() {
    var file = CodexFixture()
    file.typed("first")
    file.answer("one")
    file.typed("wrong way")
    file.patch("c1", "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch")
    file.patched("c1")
    file.typed("more of it")
    file.answer("two")
    file.event(#"{"type":"thread_rolled_back","num_turns":2}"#)
    file.typed("right way")
    file.patch("c2", "*** Begin Patch\n*** Delete File: a\n*** End Patch")
    file.patched("c2")
    let session = file.parse()
    #expect(session.steps.map(\.content) == ["first", "one", "right way", nil])
    #expect(session.edits.map(\.isAbandoned) == [true, false])
    #expect(session.edits.map(\.stepIndex) == [2, 4])
    let branch = session.record.metadata["abandoned_branches"]?.array?.first
    #expect(branch == ["fork_uuid": "line-5", "first_uuid": "line-6", "last_uuid": "line-12", "lines": 4])
    file.event(#"{"type":"thread_rolled_back","num_turns":99}"#)
    #expect(file.parse().steps.isEmpty)
  }

  @Test func compactionLeavesOneEvent() {
    var file = CodexFixture()
    file.typed("x")
    file.line("compacted", #"{"message":"summary","replacement_history":[]}"#)
    file.event(#"{"type":"context_compacted"}"#)
    let metadata = file.parse().record.metadata
    #expect(metadata["is_compacted"] == true)
    #expect(metadata["compaction_events"]?.array?.count == 1)
    #expect(metadata["compaction_events"]?.array?.first?["message"] == "summary")
  }

  @Test func commitOfTheSessionIsFound() {
    var file = CodexFixture()
    file.typed("commit")
    file.call("c", "exec_command", #"{"cmd":"git commit -m x"}"#)
    file.output("c", "Process exited with code 0\nOutput:\n[main 1234abc] x\n 1 file changed")
    let outcome = file.parse().record.outcome
    #expect(outcome.committed)
    #expect(outcome.commitSHA == "1234abc")
    #expect(outcome.success == true)
  }

  @Test func skillsAreFoundByTheirBodies() {
    var file = CodexFixture()
    file.typed("x")
    let command = "sed -n 1,9p '/home/u/.codex/skills/tidy/SKILL.md'; cat /x/SKILL.md /a/.agents/skills/*/SKILL.md"
    file.call("c", "exec_command", #"{"cmd":\#(CodexFixture.quoted(command))}"#)
    let skills = file.parse().record.metadata["skill_invocations"]?.array
    #expect(skills?.count == 1)
    #expect(skills?.first?["skill_name"] == "tidy")
    #expect(skills?.first?["step_index"] == 2)
  }
}
