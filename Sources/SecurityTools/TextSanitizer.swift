internal import Basics

/// What the tools need to know besides the text.
public struct SecurityOptions: Sendable {
  /// Names of users, and other strings, that are replaced wherever they stand.
  public var names: [String] = []
  /// `low`, `medium` or `high`.
  public var sensitivity = "medium"
  /// Dotted paths whose values are left out; `*` stands for one component.
  public var excludedPaths = ["context_resume_packet.system_layer", "slice.steps.*.reasoning_content"]
  /// What `regex` finds and is less bad stays.
  public var leastSeverity = Severity.low
  /// Whether placeholders name the pattern.
  public var namesPatterns = false
  /// What `regex` looks for besides what it knows.
  public var rules: [OwnRule] = []
  /// What detectors find and is none.
  public var allowed = AllowList()
  /// Programs that are there for tools that need one.
  public var external: [ToolName: ExternalTool] = [:]
  /// What they found: it is taken out wherever it stands.
  public var literals: [ToolName: [ExternalTool.Literal]] = [:]

  public init() {}
}

/// Takes what tools find out of texts.
///
/// The tools run one after the other, each on what the one before left. Placeholders are inert: sanitizing twice is the same as
/// sanitizing once. A pure function of text, tools and options. Cost: linear in the text for each tool.
public struct TextSanitizer: Sendable {
  let tools: [ToolName]
  let options: SecurityOptions
  private let paths: PathAnonymizer
  private let literals: [ToolName: LiteralFinder]
  private let own: OwnPatterns
  private let texts: LiteralFinder

  /// - Parameter tools: in any order, each once or more; they run in that of ``ToolName``.
  public init(_ tools: some Sequence<ToolName>, options: SecurityOptions = SecurityOptions()) {
    self.tools = Set(tools).sorted()
    self.options = options
    paths = PathAnonymizer(names: options.names)
    own = OwnPatterns(options.rules.compactMap(\.pattern))
    texts = LiteralFinder(
      options.rules.compactMap { rule in
        rule.literal.map { ExternalTool.Literal(text: $0, pattern: rule.name, severity: rule.severity) }
      })
    literals = Dictionary(
      uniqueKeysWithValues: options.literals.map { ($0.key, LiteralFinder($0.value)) })
  }

  /// What was found and what is left.
  public struct Outcome: Sendable {
    public var text: String
    public var findings: [Finding] = []
  }

  private static let roundLimit = 8

  /// - Parameters:
  ///   - field: what the text is; it decides how short a run `entropy` looks at.
  ///   - path: where the text stands, for the findings.
  ///   - name: the key that the text is the value of, when that tells what it is.
  public func sanitize(
    _ text: String, _ field: FieldType = .general, path: String = "", name: String? = nil
  ) -> Outcome {
    var outcome = Outcome(text: text)
    // What is taken out can leave something recognizable beside it: until nothing is found any more.
    for _ in 0..<Self.roundLimit {
      let before = outcome.findings.count
      // What the user wants gone goes first, whatever tools are on and whatever a list allows.
      if !options.rules.isEmpty {
        let spans = outcome.text.withUTF8 { ownSpans($0) }
        outcome.findings += Self.findings(spans, in: outcome.text, .regex, path)
        if !spans.isEmpty { outcome.text = replacing(spans, in: outcome.text, .regex) }
      }
      for tool in tools {
        let spans = outcome.text.withUTF8 { self.spans($0, tool, field, name) }
        if spans.isEmpty { continue }
        outcome.findings += Self.findings(spans, in: outcome.text, tool, path)
        outcome.text = replacing(spans, in: outcome.text, tool)
      }
      if outcome.findings.count == before { break }
    }
    return outcome
  }

  private func spans(_ text: Bytes, _ tool: ToolName, _ field: FieldType, _ name: String?) -> [TextSpan] {
    let found = found(text, tool, field, name)
    if found.isEmpty || options.allowed.isEmpty || tool.kind != .detector { return found }
    return found.filter { !options.allowed.allows(text[$0.range]) }
  }

  private func ownSpans(_ text: Bytes) -> [TextSpan] {
    var all = SpanCollector()
    for span in own.spans(text) + texts.spans(text) { all.add(span.range, span.pattern, span.severity) }
    return all.sorted()
  }

  private func found(_ text: Bytes, _ tool: ToolName, _ field: FieldType, _ name: String?) -> [TextSpan] {
    switch tool {
    case .regex:
      if let value = name.flatMap({ Assignment.value(text, named: $0) }), !options.allowed.allows(text[value.range]) {
        return [value]
      }
      return PatternDetector.spans(text).filter { $0.severity >= options.leastSeverity }
    case .entropy: return EntropyDetector.spans(text, field)
    case .businessLogic: return BusinessLogicDetector.spans(text)
    case .pathAnonymizer: return paths.names(text).map { TextSpan($0, "user_path", .low) }
    case .trufflehog, .privacyFilter, .llmPII: return literals[tool]?.spans(text) ?? []
    case .capsuleScope, .classifier: return []
    }
  }

  private static func findings(_ spans: [TextSpan], in text: String, _ tool: ToolName, _ path: String) -> [Finding] {
    var scalar = 0
    var byte = 0
    let utf8 = Array(text.utf8)
    func position(_ at: Int) -> Int {
      while byte < at {
        if utf8[byte] & 0xC0 != 0x80 { scalar += 1 }
        byte += 1
      }
      return scalar
    }
    return spans.map { span in
      let start = position(span.range.lowerBound)
      let end = position(span.range.upperBound)
      return Finding(
        tool: tool, pattern: span.pattern, matchedText: String(decoding: utf8[span.range], as: UTF8.self),
        range: start..<end, severity: span.severity, fieldPath: path)
    }
  }

  private func replacing(_ spans: [TextSpan], in text: String, _ tool: ToolName) -> String {
    let utf8 = Array(text.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(utf8.count)
    var at = 0
    for span in spans {
      result += utf8[at..<span.range.lowerBound]
      if tool == .pathAnonymizer {
        result += PathAnonymizer.replacement(utf8[span.range])
      } else {
        result += (options.namesPatterns ? "[REDACTED:\(span.pattern)]" : "[REDACTED]").utf8
      }
      at = span.range.upperBound
    }
    result += utf8[at...]
    return String(decoding: result, as: UTF8.self)
  }
}
