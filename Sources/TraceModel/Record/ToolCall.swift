public import Basics

/// A tool call as the agent made it.
public struct ToolCall: Sendable, Hashable, JSONRepresentable {
  public var toolCallID: String
  public var toolName: String
  public var input = JSONObject()
  /// Milliseconds.
  public var durationMS: Int?

  public init(toolCallID: String, toolName: String) {
    self.toolCallID = toolCallID
    self.toolName = toolName
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "tool_call")
    self.init(
      toolCallID: try fields.required("tool_call_id"), toolName: try fields.required("tool_name"))
    input = try fields.object("input") ?? [:]
    durationMS = try fields.int("duration_ms")
  }

  public func toJSON() -> JSONValue {
    [
      "tool_call_id": .string(toolCallID), "tool_name": .string(toolName), "input": .object(input),
      "duration_ms": .optional(durationMS),
    ]
  }
}

/// What a tool call answered.
public struct Observation: Sendable, Hashable, JSONRepresentable {
  public var sourceCallID: String
  /// At most 10,000 Unicode scalars.
  public var content: String?
  /// The first 200 Unicode scalars, with `...` when there is more.
  public var outputSummary: String?
  /// `no_result`, `tool_error`, `exit_code:<n>`, `interrupted`, or nil when the call succeeded.
  public var error: String?

  public init(sourceCallID: String) { self.sourceCallID = sourceCallID }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "observation")
    self.init(sourceCallID: try fields.required("source_call_id"))
    content = try fields.string("content")
    outputSummary = try fields.string("output_summary")
    error = try fields.string("error")
  }

  public func toJSON() -> JSONValue {
    [
      "source_call_id": .string(sourceCallID), "content": .optional(content),
      "output_summary": .optional(outputSummary), "error": .optional(error),
    ]
  }
}

/// A piece of a file that a step read or wrote.
public struct Snippet: Sendable, Hashable, JSONRepresentable {
  public var filePath: String
  /// 1-based, inclusive.
  public var startLine: Int?
  public var endLine: Int?
  public var language: String?
  /// At most 5,000 Unicode scalars.
  public var text: String?
  public var sourceStep: Int?

  public init(filePath: String) { self.filePath = filePath }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "snippet")
    self.init(filePath: try fields.required("file_path"))
    startLine = try fields.int("start_line")
    endLine = try fields.int("end_line")
    language = try fields.string("language")
    text = try fields.string("text")
    sourceStep = try fields.int("source_step")
  }

  public func toJSON() -> JSONValue {
    [
      "file_path": .string(filePath), "start_line": .optional(startLine),
      "end_line": .optional(endLine), "language": .optional(language), "text": .optional(text),
      "source_step": .optional(sourceStep),
    ]
  }
}
