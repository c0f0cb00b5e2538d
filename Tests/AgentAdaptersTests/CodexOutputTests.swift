import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct CodexOutputTests {
  private func observation(_ json: String, event: String? = nil) -> Observation? {
    var file = CodexFixture()
    file.typed("x")
    file.call("c", "shell", #"{"command":["ls"]}"#)
    if let event { file.event(event) }
    file.output("c", json: json)
    return file.parse().steps.last?.observations.first
  }

  private func text(_ text: String) -> Observation? { observation(CodexFixture.quoted(text)) }

  @Test(arguments: [
    ("Exit code: 3\nWall time: 0.1 seconds\nOutput:\nx", "exit_code:3"),
    ("Chunk ID: a\nProcess exited with code 3\nOutput:\n", "exit_code:3"),
    ("Chunk ID: a\nProcess exited with code -1\nOutput:\n", "exit_code:-1"),
    (#"{"output":"x","metadata":{"exit_code":3,"duration_seconds":0.1}}"#, "exit_code:3"),
    ("apply_patch verification failed: no such line", "tool_error"),
    ("failed to parse function arguments: x", "tool_error"), ("aborted by user after 1.2s", "interrupted"),
    (#"{"content":"no","success":false}"#, "tool_error"),
  ])
  func failureIsToldByTheOutput(_ output: String, _ error: String) {
    #expect(text(output)?.error == error)
  }

  @Test(arguments: [
    "Exit code: 0\nOutput:\nExit code: 3", "a\nOutput:\nProcess exited with code 2", "", "{}", "{\"a\"",
  ])
  func otherOutputIsSuccess(_ output: String) { #expect(text(output)?.error == .some(nil)) }

  @Test func wrappedOutputIsUnwrapped() {
    let wrapped = text(#"{"output":"a\nb","metadata":{"exit_code":0,"duration_seconds":1.5}}"#)
    #expect(wrapped?.content == "a\nb")
    #expect(text(#"{"other":1}"#)?.content == #"{"other":1}"#)
  }

  @Test func textsOfAListAreJoined() {
    let image = #"{"type":"input_image","image_url":"x"}"#
    let list = #"[{"type":"input_text","text":"a"},\#(image),{"type":"input_text","text":"b"}]"#
    #expect(observation(list)?.content == "a\nb")
    #expect(observation(#"{"content":[{"type":"text","text":"c"}],"success":true}"#)?.content == "c")
    #expect(observation(#"{"b":1,"a":2}"#)?.content == #"{"a":2,"b":1}"#)
    #expect(observation("null")?.content == .some(nil))
  }

  @Test func eventsTellWhatTheOutputDoesNot() {
    let end = #"{"type":"exec_command_end","call_id":"c","exit_code":7,"duration":{"secs":1,"nanos":500000000}}"#
    #expect(observation(#""x""#, event: end)?.error == "exit_code:7")
    let failed = #"{"type":"mcp_tool_call_end","call_id":"c","result":{"Err":"no"}}"#
    #expect(observation(#""x""#, event: failed)?.error == "tool_error")
    let refused = #"{"type":"mcp_tool_call_end","call_id":"c","result":{"Ok":{"content":[],"isError":true}}}"#
    #expect(observation(#""x""#, event: refused)?.error == "tool_error")
  }

  @Test func summaryIsOneShortLine() {
    let observation = text("\n a\nb  " + String(repeating: "x", count: 20_000))
    #expect(observation?.outputSummary?.hasPrefix("a b  x") == true)
    #expect(observation?.outputSummary?.count == 500)
    #expect(observation?.content?.count == 10_000)
  }

  @Test func callWithoutAnswerHasNoResult() {
    var file = CodexFixture()
    file.typed("x")
    file.call("c", "shell")
    #expect(file.parse().steps[1].observations.map(\.error) == ["no_result"])
  }
}
