import AgentAdapters
import Basics
import TraceModel

/// A Pi session file made line by line; every entry follows the one before it unless told otherwise.
struct PiFixture {
  var lines: [String] = []
  private var last: String?
  private var clock = 0
  /// In files of version 1 the entries have no ids.
  private let hasIDs: Bool

  init(version: Int = 3, extra: String = "") {
    hasIDs = version > 1
    let version = hasIDs ? #","version":\#(version)"# : #","provider":"anthropic","modelId":"claude-opus-4-5""#
    lines = [#"{"type":"session","id":"p1","timestamp":"2026-01-02T03:04:00.000Z","cwd":"/repo"\#(version)\#(extra)}"#]
  }

  mutating func raw(_ line: String) { lines.append(line) }

  /// - Parameter parent: `-` for none.
  mutating func entry(_ id: String, _ type: String, _ members: String, parent: String? = nil) {
    clock += 1
    let time = "2026-01-02T03:04:\(clock < 10 ? "0" : "")\(clock).000Z"
    let link = (parent ?? last).map { $0 == "-" ? "null" : "\"\($0)\"" } ?? "null"
    let place = hasIDs ? #","id":"\#(id)","parentId":\#(link)"# : ""
    let members = members.isEmpty ? "" : "," + members
    lines.append(#"{"type":"\#(type)"\#(place),"timestamp":"\#(time)"\#(members)}"#)
    last = id
  }

  mutating func message(_ id: String, _ members: String, parent: String? = nil) {
    entry(id, "message", #""message":{\#(members)}"#, parent: parent)
  }

  mutating func prompt(_ id: String, _ text: String, parent: String? = nil) {
    message(id, #""role":"user","content":[{"type":"text","text":"\#(text)"}]"#, parent: parent)
  }

  mutating func agent(
    _ id: String, _ blocks: String..., parent: String? = nil, usage: String = PiFixture.usage(10, 20),
    model: String = #""provider":"anthropic","model":"claude-sonnet-4-5","#, stop: String = "stop", extra: String = ""
  ) {
    message(
      id,
      """
      "role":"assistant",\(model)"usage":\(usage),"stopReason":"\(stop)"\(extra),\
      "content":[\(blocks.joined(separator: ","))]
      """, parent: parent)
  }

  mutating func result(
    _ id: String, of call: String, _ text: String = "ok", isError: Bool = false, details: String = "null",
    parent: String? = nil
  ) {
    message(
      id,
      """
      "role":"toolResult","toolCallId":"\(call)","toolName":"x","isError":\(isError),"details":\(details),\
      "content":[{"type":"text","text":"\(text)"}]
      """, parent: parent)
  }

  static func usage(_ input: Int, _ output: Int, read: Int = 0, write: Int = 0, cost: String = "0.5") -> String {
    """
    {"input":\(input),"output":\(output),"cacheRead":\(read),"cacheWrite":\(write),"cost":{"total":\(cost)}}
    """
  }

  static func text(_ text: String) -> String { #"{"type":"text","text":"\#(text)"}"# }

  static func call(_ id: String, _ name: String, _ arguments: String = "{}") -> String {
    #"{"type":"toolCall","id":"\#(id)","name":"\#(name)","arguments":\#(arguments)}"#
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  func parse(activeLeaf: String? = nil, known: Set<String>? = []) -> ParsedSession {
    var options = PiAdapter.Options()
    options.knownSessions = known
    options.sidecar.leaf = activeLeaf.map { PiSidecar.Leaf(id: $0, time: nil) }
    return PiAdapter.parse(buffer: PaddedBuffer(copying: text.utf8), sessionID: "p1", options: options)
  }
}

extension ParsedSession {
  var pi: JSONValue? { record.metadata["pi"] }

  func limitations() -> [String] {
    record.metadata["capture_limitations"]?.array?.compactMap { $0["code"]?.string } ?? []
  }
}
