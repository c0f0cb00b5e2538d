/// A made-up transcript of Claude Code.
struct Transcript {
  let sessionID: String
  private let directory: String
  private var time: Int
  private var number = 0
  private(set) var text = ""

  /// - Parameter time: seconds since 1970 at which the session starts.
  init(sessionID: String, directory: String, time: Int) {
    self.sessionID = sessionID
    self.directory = directory
    self.time = time
  }

  /// An id in the form of a UUID.
  static func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "00000000-0000-4000-a000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  mutating func wait(until time: Int) { self.time = max(self.time, time) }

  mutating func prompt(_ words: String) { append("user", #"{"role":"user","content":\#(Self.quoted(words))}"#) }

  mutating func answer(_ words: String) { say(#"{"type":"text","text":\#(Self.quoted(words))}"#) }

  /// A file that the agent creates.
  mutating func create(_ path: String, _ content: String) {
    let file = Self.quoted(directory + "/" + path)
    let call = call("Write", #"{"file_path":\#(file),"content":\#(Self.quoted(content))}"#)
    let details =
      #"{"type":"create","filePath":\#(file),"content":\#(Self.quoted(content)),"structuredPatch":[],"originalFile":null}"#
    result(of: call, details)
  }

  /// Lines that the agent puts behind line `position` (0: at the start) of a file.
  mutating func insert(_ lines: [String], at position: Int, in path: String, _ before: [String]) {
    let file = Self.quoted(directory + "/" + path)
    let anchor = position > 0 ? before[position - 1] + "\n" : ""
    let old = Self.quoted(anchor)
    let new = Self.quoted(anchor + Self.joined(lines))
    let call = call("Edit", #"{"file_path":\#(file),"old_string":\#(old),"new_string":\#(new),"replace_all":false}"#)
    let context = max(0, position - 3)..<position
    let after = position..<min(before.count, position + 3)
    let shown = before[context].map { " " + $0 } + lines.map { "+" + $0 } + before[after].map { " " + $0 }
    let common = context.count + after.count
    let patch =
      #"[{"oldStart":\#(context.lowerBound + 1),"oldLines":\#(common),"newStart":\#(context.lowerBound + 1),"#
      + #""newLines":\#(common + lines.count),"lines":[\#(shown.map(Self.quoted).joined(separator: ","))]}]"#
    result(
      of: call,
      #"{"filePath":\#(file),"oldString":\#(old),"newString":\#(new),"originalFile":\#(Self.quoted(Self.joined(before))),"#
        + #""structuredPatch":\#(patch),"userModified":false,"replaceAll":false}"#)
  }

  // MARK: Lines

  private mutating func call(_ tool: String, _ input: String) -> String {
    let id = "toolu_\(sessionID)_\(number)"
    say(#"{"type":"tool_use","id":"\#(id)","name":"\#(tool)","input":\#(input)}"#)
    return id
  }

  private mutating func result(of call: String, _ details: String) {
    append(
      "user", #"{"role":"user","content":[{"tool_use_id":"\#(call)","type":"tool_result","content":"done"}]}"#,
      #","toolUseResult":\#(details)"#)
  }

  private mutating func say(_ block: String) {
    append(
      "assistant",
      #"{"model":"claude-opus-4-5","id":"msg_\#(sessionID)_\#(number)","type":"message","role":"assistant","#
        + #""content":[\#(block)],"usage":{"input_tokens":9,"output_tokens":120}}"#)
  }

  private mutating func append(_ type: String, _ message: String, _ more: String = "") {
    let parent = number == 0 ? "null" : "\"\(sessionID)-\(number - 1)\""
    text +=
      #"{"parentUuid":\#(parent),"isSidechain":false,"userType":"external","cwd":\#(Self.quoted(directory)),"#
      + #""sessionId":"\#(sessionID)","version":"2.1.0","gitBranch":"main","type":"\#(type)","message":\#(message)\#(more),"#
      + #""uuid":"\#(sessionID)-\#(number)","timestamp":"\#(Self.timestamp(time))"}"# + "\n"
    number += 1
    time += 2
  }

  static func joined(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
