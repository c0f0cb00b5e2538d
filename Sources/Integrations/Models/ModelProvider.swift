public import Basics

/// A language model that this machine can ask: through an agent's own program, or through Anthropic's API.
///
/// What is asked leaves the machine: callers redact it first and tell the user.
public struct ModelProvider: Sendable {
  public enum Backend: String, Sendable, CaseIterable {
    case claudeCLI = "claude-cli"
    case codexCLI = "codex-cli"
    case anthropicAPI = "anthropic-api"
  }

  public let backend: Backend
  public let model: String
  private let variables: [String: String]

  /// `claude-cli`, `codex-cli`, `anthropic-api` or `none`.
  public static let variable = "OT_LLM_PROVIDER"
  /// Another model than the backend's small one.
  public static let modelVariable = "OT_LLM_MODEL"
  /// Seconds that a model is waited for.
  public static let patience = 60.0
  /// Set for programs that opentraces starts, so that their hooks do not capture what is asked.
  public static let captureVariable = "OPENTRACES_CAPTURE"

  /// What the environment names; else `claude` when it is on `PATH`, else the API when there is a key for it.
  public static func detect(_ environment: HostEnvironment) -> ModelProvider? {
    let variables = environment.variables
    let hasKey = !(variables["ANTHROPIC_API_KEY"] ?? "").isEmpty
    let chosen = variables[variable] ?? ""
    let backend: Backend?
    if chosen.isEmpty {
      backend = environment.program("claude") != nil ? .claudeCLI : hasKey ? .anthropicAPI : nil
    } else {
      backend = Backend(rawValue: chosen)
    }
    guard let backend else { return nil }
    let small =
      switch backend {
      case .claudeCLI: "haiku"
      case .codexCLI: ""
      case .anthropicAPI: "claude-haiku-4-5"
      }
    return ModelProvider(backend: backend, model: variables[modelVariable] ?? small, variables: variables)
  }

  private var environment: [String: String] {
    variables.merging([Self.captureVariable: "off"]) { _, new in new }
  }

  /// The object that the model answers with.
  ///
  /// - Parameters:
  ///   - instruction: what to do, and the form of the answer.
  ///   - text: what it is about.
  /// - Throws: ``ModelError`` when it can't be asked or its answer is no JSON object. Cost: at most ``patience``.
  public func ask(_ instruction: String, _ text: String) throws -> JSONValue {
    let answer =
      switch backend {
      case .claudeCLI: try askClaude(instruction, text)
      case .codexCLI: try askCodex(instruction, text)
      case .anthropicAPI: try askAPI(instruction, text)
      }
    guard let first = answer.firstIndex(of: "{"), let last = answer.lastIndex(of: "}"), first < last,
      let json = try? JSONValue(parsing: String(answer[first...last])), json.object != nil
    else { throw ModelError(backend, "its answer is no JSON object") }
    return json
  }

  private func askClaude(_ instruction: String, _ text: String) throws -> String {
    let output = try run(
      "claude",
      [
        // The text may say anything: the model gets no tool, whatever the user's settings allow.
        "-p", "--output-format", "json", "--model", model, "--tools", "", "--allowed-tools", "", "--strict-mcp-config",
        "--append-system-prompt", instruction,
      ], input: text)
    guard let json = try? JSONValue(parsing: output), json["subtype"]?.string == "success",
      json["is_error"]?.bool != true, let answer = json["result"]?.string
    else { throw ModelError(backend, "it did not succeed") }
    return answer
  }

  private func askCodex(_ instruction: String, _ text: String) throws -> String {
    let choice = model.isEmpty ? [] : ["--model", model]
    return try run(
      "codex", ["exec", "--skip-git-repo-check", "--sandbox", "read-only", "--color", "never"] + choice + ["-"],
      input: instruction + "\n\n" + text)
  }

  private func askAPI(_ instruction: String, _ text: String) throws -> String {
    let body: JSONValue = [
      "model": .string(model), "max_tokens": 8192, "system": .string(instruction),
      "messages": [["role": "user", "content": .string(text)]],
    ]
    let base = variables["ANTHROPIC_BASE_URL"] ?? "https://api.anthropic.com"
    // The key goes by a private file: arguments are for everybody to see.
    let settings = (variables["TMPDIR"] ?? "/tmp") + "/opentraces-\(Hex.encode(RandomBytes.make(8)))"
    defer { try? Files.remove(settings) }
    let key = (variables["ANTHROPIC_API_KEY"] ?? "").filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
    try Files.writeAtomically(Array("header = \"x-api-key: \(key)\"\n".utf8), to: settings, mode: 0o600)
    let output = try run(
      "curl",
      [
        "--silent", "--show-error", "--fail", "--config", settings, "--header", "anthropic-version: 2023-06-01",
        "--header",
        "content-type: application/json", "--data-binary", "@-", base + "/v1/messages",
      ], input: String(decoding: CanonicalJSON.encode(body), as: UTF8.self))
    let parts = (try? JSONValue(parsing: output))?["content"]?.array ?? []
    return parts.compactMap { $0["text"]?.string }.joined()
  }

  private func run(_ program: String, _ arguments: [String], input: String) throws -> String {
    let result = try ChildProgram.run(
      program, arguments, environment: environment, directory: variables["TMPDIR"] ?? "/tmp",
      input: Array(input.utf8), seconds: Self.patience)
    guard let result else { throw ModelError(backend, "there is no \(program) on PATH") }
    if result.exitCode == ChildProgram.timedOut {
      throw ModelError(backend, "it did not answer within \(Int(Self.patience)) s")
    }
    guard result.succeeded else {
      let said = String(decoding: result.errors, as: UTF8.self).split(whereSeparator: \.isNewline).last
      throw ModelError(backend, "\(program) failed: \(said.map(String.init) ?? "exit code \(result.exitCode)")")
    }
    return String(decoding: result.output, as: UTF8.self)
  }
}

/// Why a model gave no answer.
public struct ModelError: Error, CustomStringConvertible {
  public let description: String

  init(_ backend: ModelProvider.Backend, _ what: String) { description = "\(backend.rawValue): \(what)" }
}
