import AgentAdapters
import Basics
import TraceModel

/// A rollout made line by line, one second apart.
struct CodexFixture {
  static let id = "019a0000-0000-7000-8000-000000000001"

  private(set) var lines: [String] = []
  private var clock = 0
  var session = CodexFixture.id

  /// A file with its head and one turn.
  init(turn: Bool = true) {
    meta()
    if turn { context() }
  }

  init(lines: [String]) { self.lines = lines }

  mutating func wait(seconds: Int) { clock += seconds }

  mutating func raw(_ line: String) { lines.append(line) }

  mutating func line(_ type: String, _ payload: String) {
    clock += 1
    let time = Timestamp(microseconds: 1_767_323_045_000_000 + clock * 1_000_000).iso8601
    lines.append(#"{"timestamp":"\#(time)","type":"\#(type)","payload":\#(payload)}"#)
  }

  mutating func item(_ payload: String) { line("response_item", payload) }
  mutating func event(_ payload: String) { line("event_msg", payload) }

  mutating func meta(_ extra: String = "", id: String? = nil) {
    line(
      "session_meta",
      """
      {"id":"\(id ?? session)","timestamp":"2026-01-02T03:04:05.000Z","cwd":"/repo","originator":"codex_cli_rs",\
      "cli_version":"0.128.0","source":"cli","model_provider":"openai","git":{"commit_hash":"abc","branch":"main",\
      "repository_url":"https://example.com/o/r.git"}\(extra)}
      """)
  }

  mutating func context(_ model: String = "gpt-5-codex", directory: String = "/repo", turn: String = "t1") {
    line(
      "turn_context",
      """
      {"turn_id":"\(turn)","cwd":"\(directory)","approval_policy":"on-request","effort":"high",\
      "sandbox_policy":{"type":"workspace-write"},"model":"\(model)"}
      """)
  }

  /// A user message without the event that newer files have beside it.
  mutating func message(_ text: String, role: String = "user") {
    let kind = role == "assistant" ? "output_text" : "input_text"
    item(#"{"type":"message","role":"\#(role)","content":[{"type":"\#(kind)","text":\#(Self.quoted(text))}]}"#)
  }

  mutating func typed(_ text: String) {
    message(text)
    event(#"{"type":"user_message","message":\#(Self.quoted(text)),"images":[]}"#)
  }

  mutating func answer(_ text: String) { message(text, role: "assistant") }

  mutating func call(_ id: String, _ name: String, _ arguments: String = "{}") {
    item(#"{"type":"function_call","name":"\#(name)","arguments":\#(Self.quoted(arguments)),"call_id":"\#(id)"}"#)
  }

  mutating func output(_ id: String, _ text: String = "ok") { output(id, json: Self.quoted(text)) }

  mutating func output(_ id: String, json: String) {
    item(#"{"type":"function_call_output","call_id":"\#(id)","output":\#(json)}"#)
  }

  mutating func patch(_ id: String, _ text: String) {
    let input = Self.quoted(text)
    item(#"{"type":"custom_tool_call","status":"completed","call_id":"\#(id)","name":"apply_patch","input":\#(input)}"#)
  }

  mutating func patched(_ id: String, code: Int = 0) {
    let text = #"{"output":"Success. Updated the following files:\n","metadata":{"exit_code":\#(code)}}"#
    item(#"{"type":"custom_tool_call_output","call_id":"\#(id)","output":\#(Self.quoted(text))}"#)
  }

  mutating func tokens(_ input: Int, cached: Int, output: Int, last: (Int, Int, Int)? = nil) {
    let spent = last.map { #","last_token_usage":\#(Self.counts($0.0, $0.1, $0.2))"# } ?? ""
    event(#"{"type":"token_count","info":{"total_token_usage":\#(Self.counts(input, cached, output))\#(spent)}}"#)
  }

  private static func counts(_ input: Int, _ cached: Int, _ output: Int) -> String {
    #"{"input_tokens":\#(input),"cached_input_tokens":\#(cached),"output_tokens":\#(output)}"#
  }

  static func quoted(_ text: String) -> String {
    String(decoding: CanonicalJSON.encode(.string(text)), as: UTF8.self)
  }

  var text: String { lines.map { $0 + "\n" }.joined() }

  func parse(_ options: CodexAdapter.Options = CodexAdapter.Options()) -> ParsedSession {
    CodexAdapter.parse(buffer: PaddedBuffer(copying: Array(text.utf8)), sessionID: session, options: options)
  }
}
