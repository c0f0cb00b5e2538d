/// The tools in the order in which they run, whatever the order in which they are asked for: what judges gets to see
/// nothing that a detector takes out.
public enum ToolName: String, Sendable, CaseIterable, Comparable {
  case regex
  case entropy
  case trufflehog
  case privacyFilter = "privacy_filter"
  case llmPII = "llm_pii"
  case businessLogic = "business_logic"
  case pathAnonymizer = "path_anonymizer"
  case capsuleScope = "capsule_scope"
  case classifier

  public enum Kind: String, Sendable {
    /// Finds passages, which are taken out.
    case detector
    /// Changes passages.
    case transformer
    /// Gives an opinion and changes nothing.
    case judge
  }

  public static func < (a: ToolName, b: ToolName) -> Bool { a.position < b.position }

  private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  public var kind: Kind {
    switch self {
    case .pathAnonymizer, .capsuleScope: .transformer
    case .classifier: .judge
    default: .detector
    }
  }

  /// Whether it is a program of somebody else's.
  public var isExternal: Bool { self == .trufflehog || self == .privacyFilter || self == .llmPII }

  public var displayName: String {
    switch self {
    case .regex: "Regex patterns"
    case .entropy: "Shannon entropy"
    case .trufflehog: "TruffleHog"
    case .privacyFilter: "Privacy-filter (HF NER)"
    case .llmPII: "LLM PII"
    case .businessLogic: "Business-logic signals"
    case .pathAnonymizer: "Path anonymiser"
    case .capsuleScope: "Capsule scope (field exclusion)"
    case .classifier: "Content classifier"
    }
  }
}

/// Sets of tools that go by a name.
public enum SecurityPolicy: String, Sendable, CaseIterable {
  case off, basic, recommended, strict

  public var tools: [ToolName] {
    switch self {
    case .off: []
    case .basic: [.regex, .entropy]
    case .recommended: [.regex, .entropy, .businessLogic, .pathAnonymizer, .classifier]
    case .strict: [.regex, .entropy, .trufflehog, .privacyFilter, .businessLogic, .pathAnonymizer, .classifier]
    }
  }

  /// The policy with exactly these tools; nil, to be shown as `custom`, when there is none.
  public static func named(_ tools: some Collection<ToolName>) -> SecurityPolicy? {
    allCases.first { Set($0.tools) == Set(tools) }
  }
}
