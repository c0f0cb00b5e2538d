import AgentAdapters
import Basics
import TraceModel

/// A transcript made line by line; every line follows the one before it unless told otherwise.
struct Fixture {
  private(set) var lines: [String] = []
  private var last: String?
  var session = "s1"
  private var clock = 0

  private mutating func stamp() -> String {
    clock += 1
    return "2026-01-02T03:04:\(clock < 10 ? "0" : "")\(clock).000Z"
  }

  private mutating func envelope(_ id: String, _ parent: String?) -> String {
    defer { last = id }
    let link = (parent ?? last).map { $0 == "-" ? "null" : "\"\($0)\"" } ?? "null"
    return """
      "parentUuid":\(link),"isSidechain":false,"cwd":"/repo","sessionId":"\(session)",\
      "version":"2.1.0","gitBranch":"main","uuid":"\(id)","timestamp":"\(stamp())"
      """
  }

  mutating func raw(_ line: String) { lines.append(line) }

  mutating func replaceLast(with line: String) { lines[lines.count - 1] = line }

  /// `parent`: `-` for none.
  mutating func user(
    _ id: String, _ content: String, parent: String? = nil, extra: String = ""
  ) {
    let envelope = envelope(id, parent)
    lines.append(
      #"{\#(envelope)\#(extra),"type":"user","message":{"role":"user","content":\#(content)}}"#)
  }

  mutating func prompt(_ id: String, _ text: String, parent: String? = nil) {
    user(id, "\"\(text)\"", parent: parent)
  }

  mutating func agent(
    _ id: String, _ blocks: String..., request: String? = nil, parent: String? = nil,
    usage: String = #"{"input_tokens":10,"output_tokens":20}"#, extra: String = "",
    model: String = "claude-sonnet-4-5-20250929", stop: String = "null"
  ) {
    let envelope = envelope(id, parent)
    let request = request ?? "req-\(id)"
    lines.append(
      """
      {\(envelope)\(extra),"type":"assistant","requestId":"\(request)","message":\
      {"id":"msg-\(request)","model":"\(model)","role":"assistant","stop_reason":\(stop),\
      "content":[\(blocks.joined(separator: ","))],"usage":\(usage)}}
      """)
  }

  mutating func result(
    _ id: String, of call: String, _ text: String = "ok", isError: Bool = false,
    details: String = "null", parent: String? = nil
  ) {
    let block =
      #"[{"type":"tool_result","tool_use_id":"\#(call)","is_error":\#(isError),"content":"\#(text)"}]"#
    user(id, block, parent: parent, extra: #","toolUseResult":\#(details)"#)
  }

  static func text(_ text: String) -> String { #"{"type":"text","text":"\#(text)"}"# }

  static func call(_ id: String, _ name: String, _ input: String = "{}") -> String {
    #"{"type":"tool_use","id":"\#(id)","name":"\#(name)","input":\#(input)}"#
  }

  var buffer: PaddedBuffer {
    PaddedBuffer(copying: Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  func parse(_ subagents: [ClaudeCodeAdapter.SubagentFile] = []) -> ParsedSession {
    ClaudeCodeAdapter.parse(buffer: buffer, sessionID: session, subagents: subagents)
  }
}

extension ParsedSession {
  var steps: [Step] { record.steps }
  var roles: [String] { record.steps.map(\.role.rawValue) }
}
