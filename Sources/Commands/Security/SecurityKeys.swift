internal import Basics
internal import SecurityTools

/// The settings below `security` in `config.json`, with what each may be.
enum SecurityKey {
  enum Kind {
    case flag
    case number(ClosedRange<Double>)
    case word([String])
    case text
    case address
    /// A name of an environment variable, or nothing.
    case variable
    /// Separated by commas, or as JSON.
    case list
    /// The same, of texts that are long enough to be taken out.
    case texts
    /// A JSON list of ``SecurityTools/OwnRule``s.
    case rules

    /// What a value may be, for a hint.
    var description: String {
      switch self {
      case .flag: "true or false"
      case .number(let range): "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
      case .word(let words): "one of " + words.joined(separator: ", ")
      case .text: "a text"
      case .address: "an http or https address"
      case .variable: "the name of an environment variable"
      case .list: "a list separated by commas, or in JSON"
      case .texts: "a list of texts of \(OwnRule.least) bytes at least, separated by commas, or in JSON"
      case .rules: #"a JSON list such as [{"name": "acme_key", "pattern": "acme_{A32}"}]"#
      }
    }

    private static func text(_ number: Double) -> String {
      number == number.rounded() ? String(Int(number)) : String(number)
    }

    /// Whether a value in the settings is of the kind.
    func holds(_ json: JSONValue) -> Bool {
      switch self {
      case .flag: json.bool != nil
      case .number(let range): json.double.map { range.contains($0) } ?? false
      case .word, .text, .address, .variable: json.string.flatMap { value($0) } != nil
      case .list: json.array?.allSatisfy { $0.string != nil } ?? false
      case .texts: json.array?.allSatisfy { ($0.string?.utf8.count ?? 0) >= OwnRule.least } ?? false
      case .rules: json.array != nil
      }
    }

    /// What is wrong with a text that stands for no value, where more can be said than ``description``.
    func problem(_ text: String) -> String? {
      guard case .rules = self, let list = (try? JSONValue(parsing: text))?.array else { return nil }
      for (number, rule) in list.enumerated() {
        do { _ = try OwnRule(json: rule) } catch { return "rule \(number + 1): \(error)" }
      }
      return nil
    }

    /// The value that a text stands for; nil when it is none.
    func value(_ text: String) -> JSONValue? {
      switch self {
      case .flag:
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default: return nil
        }
      case .number(let range): return Double(text).flatMap { range.contains($0) ? .double($0) : nil }
      case .word(let words): return words.contains(text) ? .string(text) : nil
      case .text: return .string(text)
      case .address: return ModelEndpoint.isAddress(text) ? .string(text) : nil
      case .variable:
        let isName = text.utf8.allSatisfy { byte in
          byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
        return isName ? .string(text) : nil
      case .list:
        if text.hasPrefix("[") {
          guard let list = (try? JSONValue(parsing: text))?.array, list.allSatisfy({ $0.string != nil }) else {
            return nil
          }
          return .array(list)
        }
        return .strings(text.split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }) })
      case .texts:
        let list = Kind.list.value(text)
        let isLong = list?.array?.allSatisfy { ($0.string?.utf8.count ?? 0) >= OwnRule.least } ?? false
        return isLong ? list : nil
      case .rules:
        guard let list = (try? JSONValue(parsing: text))?.array else { return nil }
        return list.allSatisfy { (try? OwnRule(json: $0)) != nil } ? .array(list) : nil
      }
    }
  }

  private static let formats = ModelEndpoint.Format.allCases.map(\.rawValue)
  private static let model: [(String, Kind)] = [
    ("enabled", .flag), ("api_format", .word(formats)), ("base_url", .address), ("model", .text),
    ("api_key_env", .variable), ("timeout", .number(1...3600)),
  ]

  /// By their names without `security.`, sorted as they are documented.
  static let all: [(name: String, kind: Kind)] = {
    var keys: [(name: String, kind: Kind)] = ToolName.allCases.filter { $0 != .llmPII }
      .map { ("\($0.rawValue).enabled", .flag) }
    keys += [
      ("trufflehog.verify_secrets", .flag), ("privacy_filter.command", .text), ("privacy_filter.model_name", .text),
      ("privacy_filter.score_threshold", .number(0...1)), ("capsule_scope.exclude", .list),
      ("classifier.sensitivity", .word(["low", "medium", "high"])), ("regex.custom", .rules), ("allow", .list),
      ("custom_redact_strings", .texts),
    ]
    keys += model.map { ("llm_pii.\($0.0)", $0.1) }
    keys += model.map { ("llm_review.\($0.0)", $0.1) } + [("llm_review.prompt_version", .text)]
    return keys
  }()

  /// What is wrong with settings that somebody wrote by hand; nil when nothing is. What is not known is left alone.
  ///
  /// - Parameter settings: what stands below `security`.
  static func problem(in settings: JSONObject) -> String? {
    for (name, kind) in all {
      let parts = name.split(separator: ".").map(String.init)
      guard let section = settings[parts[0]], !section.isNull else { continue }
      if parts.count > 1, section.object == nil { return "security.\(parts[0]) is no object" }
      guard let value = parts.count > 1 ? section[parts[1]] : section, !value.isNull else { continue }
      if !kind.holds(value) { return "security.\(name) takes \(kind.description)" }
    }
    return nil
  }

  /// - Parameter key: with `security.` in front.
  static func kind(_ key: String) -> Kind? {
    guard key.hasPrefix("security.") else { return nil }
    return all.first { $0.name == key.dropFirst(9) }?.kind
  }
}
