/// What the index holds of one trace.
public struct SearchDocument: Sendable {
  /// The columns that are searched, in the order in which matches are told.
  public enum Column: String, Sendable, CaseIterable {
    case title, summary
    case intent = "intent_text"
    case action = "action_text"
    case file = "file_text"
    case skill = "skill_text"
    case facet = "facet_text"
    /// What people and the agent said, and the ends of outputs.
    case body = "body_text"
    /// The words inside names in camel case.
    case words = "word_text"

    /// How much a match in the column counts.
    var weight: Double {
      switch self {
      case .title: 8
      case .summary: 4
      case .intent: 4
      case .file: 2
      case .action, .skill: 1.5
      case .facet, .body: 1
      case .words: 0.5
      }
    }
  }

  public struct Facet: Hashable, Sendable {
    public let name: String
    public let value: String
    public let source: String
    public let confidence: String

    public init(_ name: String, _ value: String, source: String = "exact_schema", confidence: String = "high") {
      self.name = name
      self.value = value
      self.source = source
      self.confidence = confidence
    }
  }

  public struct Signal: Hashable, Sendable {
    public let name: String
    public let evidence: [String]

    public init(_ name: String, evidence: [String] = []) {
      self.name = name
      self.evidence = evidence
    }
  }

  public struct SkillUse: Hashable, Sendable {
    public let name: String
    public let source: String
    public let unitID: String
    public let step: Int

    public init(name: String, source: String, unitID: String, step: Int) {
      self.name = name
      self.source = source
      self.unitID = unitID
      self.step = step
    }
  }

  public let traceID: String
  /// Changes when what the document is made of does.
  public let hash: String
  public var sessionID = ""
  /// Of the session's record, from 1.
  public var generation = 1
  public var projectSlug = ""
  public var agentName = ""
  /// ISO 8601, UTC.
  public var start: String?
  public var end: String?
  public var texts: [Column: String] = [:]
  /// What people asked for, and what the agent said last.
  public var prompts = ""
  public var answer = ""
  /// What its commits are about.
  public var subjects = ""
  public var files: [String] = []
  public var facets: [Facet] = []
  public var signals: [Signal] = []
  public var skills: [SkillUse] = []
  /// Commands that ran tests, each once.
  public var testCommands: [String] = []
  public var commitSHA: String?
  public var commitSubject: String?
  public var isCommitted: Bool?
  public var candidateKind = "trace"

  public init(traceID: String, hash: String) {
    self.traceID = traceID
    self.hash = hash
  }
}
