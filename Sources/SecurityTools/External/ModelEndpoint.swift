internal import Basics

/// A language model at an address that the user named. It is asked over HTTP through curl, and nothing else is: no redirect
/// is followed, no settings of curl are read.
public struct ModelEndpoint: Sendable {
  /// What the address speaks.
  public enum Format: String, Sendable, CaseIterable {
    case openAI = "openai-compat"
    case ollama, anthropic
    /// Nobody is asked: see ``ModelEndpoint/fakeAnswer(_:)``. For trying things out.
    case fake
  }

  public let format: Format
  /// Without a slash at its end.
  public let baseURL: String
  public let model: String
  /// The environment variable that holds the key; empty for none.
  public let keyVariable: String
  /// Seconds for one answer.
  public let timeout: Double
  private let environment: [String: String]

  /// Requests that are made at a time.
  private static let parallel = 4
  /// Requests of one run of curl.
  static let batch = 64
  /// Tokens of a request and its answer that Ollama is to have room for: left alone it cuts off the begin of what is longer.
  private static let contextLength = 16_384

  /// Bytes of a text in one request. What speaks OpenAI's form can't be told how much room there has to be, and Ollama, which may be
  /// behind any address, has it for 4096 tokens as it comes (https://docs.ollama.com/faq); services that are known have more.
  var textLimit: Int {
    format != .openAI || ["openai", "groq", "openrouter", "together"].contains(label) ? 8000 : 2500
  }

  /// - Parameter environment: the whole environment of curl.
  public init(
    _ format: Format, baseURL: String, model: String, keyVariable: String, timeout: Double,
    environment: [String: String]
  ) {
    self.format = format
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.model = model
    self.keyVariable = keyVariable
    self.timeout = timeout
    self.environment = environment
  }

  /// Who answers there, by the address.
  public var label: String {
    if format != .openAI { return format.rawValue }
    let known = [
      (":11434", "ollama"), (":1234", "lm-studio"), (":8080", "llama-cpp"), (":8000", "vllm"),
      ("://api.openai.com/", "openai"), ("://api.groq.com/", "groq"), ("://openrouter.ai/", "openrouter"),
      ("://api.together.xyz/", "together"),
    ]
    return known.first { (baseURL + "/").contains($0.0) }?.1 ?? format.rawValue
  }

  /// Whether an address is one that can be asked.
  public static func isAddress(_ text: String) -> Bool {
    guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else { return false }
    // A password would be shown with it.
    guard let host = text.dropFirst(scheme.count).split(separator: "/").first, !host.contains("@") else { return false }
    return !text.unicodeScalars.contains { $0.value <= 0x20 || $0 == "\"" || $0 == "\\" }
  }

  typealias Answer = Result<String, ExternalTool.Failure>

  /// The answers of the model to some texts, ``batch`` of them at most, in their order.
  ///
  /// - Parameter instruction: what to do with each text.
  /// - Throws: ``ExternalTool/Failure`` when nothing could be asked. Cost: a request for each text.
  func answers(_ instruction: String, to texts: [String]) throws -> [Answer] {
    if format == .fake { return texts.map { .success(Self.fakeAnswer($0)) } }
    return try ask(instruction, texts)
  }

  /// Words that begin with `FAKE-PERSON-` are persons.
  static func fakeAnswer(_ text: String) -> String {
    let words = text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.filter { $0.hasPrefix("FAKE-PERSON-") }
    let found = words.map { word -> JSONValue in ["type": "PERSON", "text": .string(String(word))] }
    return String(decoding: CanonicalJSON.line(["entities": .array(found)]), as: UTF8.self)
  }

  /// Whether the address answers, and what there is to say about that. Cost: a request that asks the model for nothing.
  public func reach(within seconds: Double) -> (isReachable: Bool, message: String) {
    if format == .fake { return (true, "nobody has to be asked") }
    let path =
      switch format {
      case .ollama: root + "/api/tags"
      case .anthropic: root + "/v1/models"
      case .openAI, .fake: baseURL + "/models"
      }
    do {
      let place = try PrivateDirectory(in: environment["TMPDIR"] ?? "/tmp", prefix: "opentraces-model-")
      let settings = try common(path, seconds: seconds) + ["output = \"/dev/null\"", #"write-out = "%{http_code}""#]
      let result = try withExtendedLifetime(place) { try curl(settings, in: place.path, seconds: seconds + 2) }
      let code = Int(String(decoding: result.output, as: UTF8.self)) ?? 0
      switch code {
      case 200..<300: return (true, "it answers")
      case 401, 403:
        return (
          false, keyVariable.isEmpty ? "it wants a key: see --api-key-env" : "it refuses the key in \(keyVariable)"
        )
      case 0: return (false, "nobody answers")
      default: return (false, "it answers with HTTP status \(code)")
      }
    } catch {
      return (false, "\(error)")
    }
  }

  // MARK: Requests

  /// The address without the version that addresses of OpenAI's form end with.
  private var root: String { baseURL.hasSuffix("/v1") ? String(baseURL.dropLast(3)) : baseURL }

  private func ask(_ instruction: String, _ texts: [String]) throws -> [Answer] {
    let place: PrivateDirectory
    var settings: [String] = []
    do {
      place = try PrivateDirectory(in: environment["TMPDIR"] ?? "/tmp", prefix: "opentraces-model-")
      for (number, text) in texts.enumerated() {
        try Files.writeAtomically(
          CanonicalJSON.encode(body(instruction, text)), to: "\(place.path)/\(number).json", mode: 0o600,
          isDurable: false)
        if number > 0 { settings.append("next") }
        settings += try common(address, seconds: timeout)
        settings += [
          #"header = "content-type: application/json""#, "retry = 2", "fail",
          "data-binary = \"@\(number).json\"", "output = \"\(number).out\"",
        ]
      }
    } catch let failure as ExternalTool.Failure {
      throw failure
    } catch {
      throw ExternalTool.Failure(description: "\(error)")
    }
    return try withExtendedLifetime(place) {
      // Each request may be made three times.
      let rounds = (texts.count + Self.parallel - 1) / Self.parallel
      let result = try curl(settings, in: place.path, seconds: 3 * timeout * Double(rounds) + 30)
      return texts.indices.map { number in
        let bytes = (try? Files.readIfPresent("\(place.path)/\(number).out")) ?? nil
        let json = bytes.flatMap { try? JSONValue(parsing: $0) }
        guard let json, let answer = content(json) else {
          let why =
            result.succeeded || json != nil ? "its answer is not of the form \(format.rawValue)" : Self.reason(result)
          return .failure(ExternalTool.Failure(description: "the model at \(baseURL) did not answer: \(why)"))
        }
        if isCut(json) {
          return .failure(ExternalTool.Failure(description: "the text or the answer of the model was too long for it"))
        }
        return .success(answer)
      }
    }
  }

  /// What curl says, without what it was given.
  private static func reason(_ result: ChildProgram) -> String {
    let said = String(decoding: result.errors, as: UTF8.self).split(whereSeparator: \.isNewline)
      .first { $0.hasPrefix("curl: (") }
    return said.map { String($0.dropFirst(6)) } ?? "curl ended with \(result.exitCode)"
  }

  private var address: String {
    switch format {
    case .ollama: root + "/api/chat"
    case .anthropic: root + "/v1/messages"
    case .openAI, .fake: baseURL + "/chat/completions"
    }
  }

  private func body(_ instruction: String, _ text: String) -> JSONValue {
    let user: JSONValue = ["role": "user", "content": .string(text)]
    let both: JSONValue = [["role": "system", "content": .string(instruction)], user]
    return switch format {
    case .anthropic:
      [
        "model": .string(model), "max_tokens": 4096, "temperature": 0, "system": .string(instruction),
        "messages": [user],
      ]
    case .ollama:
      [
        "model": .string(model), "messages": both, "stream": false, "format": "json",
        "options": ["temperature": 0, "num_ctx": .int(Self.contextLength)],
      ]
    case .openAI, .fake:
      [
        "model": .string(model), "messages": both, "temperature": 0, "stream": false,
        "response_format": ["type": "json_object"],
      ]
    }
  }

  /// Whether the model did not get all of the text, or did not come to the end of its answer.
  private func isCut(_ answer: JSONValue) -> Bool {
    switch format {
    case .ollama:
      answer["done_reason"] == "length" || (answer["prompt_eval_count"]?.int ?? 0) >= Self.contextLength
    case .anthropic: answer["stop_reason"] == "max_tokens"
    case .openAI, .fake: answer["choices"]?.array?.first?["finish_reason"] == "length"
    }
  }

  /// What the model said.
  private func content(_ answer: JSONValue) -> String? {
    switch format {
    case .ollama: answer["message"]?["content"]?.string
    case .anthropic:
      answer["content"]?.array.map { $0.compactMap { $0["text"]?.string }.joined() }
    case .openAI, .fake: answer["choices"]?.array?.first?["message"]?["content"]?.string
    }
  }

  /// Lines of a file of settings for curl.
  private func common(_ url: String, seconds: Double) throws -> [String] {
    guard Self.isAddress(url) else { throw ExternalTool.Failure(description: "'\(url)' is no http or https address") }
    var lines = [
      "url = \"\(url)\"", #"proto = "=http,https""#, "silent", "show-error", "max-time = \(max(1, seconds))",
    ]
    if isOnThisMachine { lines.append(#"noproxy = "*""#) }
    if format == .anthropic { lines.append(#"header = "anthropic-version: 2023-06-01""#) }
    guard !keyVariable.isEmpty else { return lines }
    let key = environment[keyVariable] ?? ""
    guard !key.isEmpty,
      key.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "\\" })
    else { throw ExternalTool.Failure(description: "there is no key in the environment variable \(keyVariable)") }
    lines.append("header = \"\(format == .anthropic ? "x-api-key: " : "Authorization: Bearer ")\(key)\"")
    return lines
  }

  private var isOnThisMachine: Bool {
    let host = (baseURL.split(separator: "/").dropFirst().first ?? "").lowercased()
    return host.hasPrefix("127.") || ["localhost", "[::1]"].contains { host == $0 || host.hasPrefix($0 + ":") }
  }

  /// The settings go by a private file: arguments are for everybody to see.
  private func curl(_ settings: [String], in directory: String, seconds: Double) throws -> ChildProgram {
    let result: ChildProgram?
    do {
      try Files.writeAtomically(
        Array((settings.joined(separator: "\n") + "\n").utf8), to: directory + "/settings", mode: 0o600,
        isDurable: false)
      result = try ChildProgram.run(
        "curl", ["--disable", "--parallel", "--parallel-max", "\(Self.parallel)", "--config", "settings"],
        environment: environment, directory: directory, seconds: seconds)
    } catch {
      throw ExternalTool.Failure(description: "\(error)")
    }
    guard let result else { throw ExternalTool.Failure(description: "there is no curl on PATH") }
    return result
  }
}
