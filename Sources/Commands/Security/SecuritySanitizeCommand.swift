internal import ArgumentParser
internal import Basics
internal import GitKit
internal import SecurityTools
internal import TraceModel

/// `security sanitize`
struct SecuritySanitizeCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "sanitize", abstract: "Take out what tools find: one JSON object from standard input, one line out.",
    discussion: """
      {"text": "…"}, {"row": {…}} or {"record": {…}}. What was found changes no exit code. The line names what was found, the \
      secret itself included, unless --no-matched-text is given.
      """)

  @Option(help: ArgumentHelp("The tools to run.", valueName: "a,b"))
  var tools: String?

  @Flag(help: "The tools that the settings enable.")
  var useConfig = false

  @Option(help: "Where the text comes from: general, tool_input, tool_result or reasoning.")
  var fieldType = "general"

  @Flag(help: "Show four characters and the length in the place of what was found.")
  var noMatchedText = false

  @Flag(help: "Placeholders that name the pattern.")
  var typedPlaceholders = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if (tools != nil) == useConfig { throw ValidationError("give --tools or --use-config, and not both") }
    if FieldType(rawValue: fieldType) == nil {
      let names = FieldType.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--field-type takes \(names), not '\(fieldType)'")
    }
    _ = try named
  }

  private var named: [ToolName] {
    get throws {
      guard let tools else { return [] }
      let names = tools.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.filter { !$0.isEmpty }
      if names.isEmpty { throw ValidationError("--tools names no tool") }
      return try names.map { name in
        guard let tool = ToolName(rawValue: String(name)) else {
          let known = ToolName.allCases.map(\.rawValue).joined(separator: ", ")
          throw ValidationError("there is no tool '\(name)'; the tools are \(known)")
        }
        return tool
      }
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let settings = try SecuritySettings(context.environment, repository: try? context.repository())
    let tools = useConfig ? settings.enabled : try named
    var options = settings.options(for: tools)
    options.namesPatterns = typedPlaceholders
    let input = try input()
    let field = FieldType(rawValue: fieldType) ?? .general
    let json: JSONValue
    if let value = input["text"] {
      guard let text = value.string else { throw problem("'text' is no text") }
      let row = DocumentSanitizer(tools, options: options).sanitize(.string(text), .row(field))
      var object: JSONObject = [
        "sanitized": row.document, "findings": .array(row.findings.map { $0.json(isMasked: noMatchedText) }),
      ]
      if !row.failed.isEmpty { object["errors"] = Self.errors(row) }
      json = .object(object)
    } else if let value = input["row"] {
      guard value.object != nil else { throw problem("'row' is no object") }
      json = self.json(DocumentSanitizer(tools, options: options).sanitize(value, .row(field)), isRecord: false)
    } else if let value = input["record"] {
      guard value.object != nil else { throw problem("'record' is no object") }
      do {
        _ = try TraceRecord(json: value)
      } catch {
        throw problem("'record' is no trace record: \(error)")
      }
      let outcome = DocumentSanitizer(tools, options: options).sanitize(value, .record)
      json = self.json(outcome, isRecord: true)
    } else {
      throw problem("the object has neither 'text' nor 'row' nor 'record'")
    }
    return CommandResult(
      json: json, text: String(decoding: CanonicalJSON.spacedLine(json), as: UTF8.self), isOneLine: true)
  }

  private func input() throws -> JSONObject {
    let bytes = ProcessEnvironment.standardInput()
    guard bytes.contains(where: { $0 > 0x20 }) else { throw problem("there is nothing on standard input") }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw problem("standard input is no JSON: \(error)")
    }
    guard let object = value.object else { throw problem("standard input is no JSON object") }
    return object
  }

  private func problem(_ message: String) -> UserFacingError {
    .usage(message, command: "security sanitize", hint: "{\"text\": \"…\"}, {\"row\": {…}} or {\"record\": {…}}")
  }

  private static func errors(_ outcome: DocumentSanitizer.Outcome) -> JSONValue {
    .array(outcome.failed.map { ["tool": .string($0.tool.rawValue), "error": .string($0.error)] })
  }

  private func json(_ outcome: DocumentSanitizer.Outcome, isRecord: Bool) -> JSONValue {
    var report: JSONObject = [
      "tools_applied": .strings(outcome.applied.map(\.rawValue)), "redactions_applied": .int(outcome.redactions),
      "findings": .array(outcome.findings.map { $0.json(isMasked: noMatchedText) }),
    ]
    if isRecord { report["verdicts"] = .array(outcome.verdicts.map(\.json)) }
    report["tools_failed"] = .strings(outcome.failed.map(\.tool.rawValue))
    report["errors"] = Self.errors(outcome)
    let document = isRecord ? RecordStamp(outcome).applied(to: outcome.document) : outcome.document
    return ["sanitized": document, "report": .object(report)]
  }
}
