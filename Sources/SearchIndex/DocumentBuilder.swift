internal import TraceAnalysis
public import TraceModel

/// Makes what the index holds of a trace.
public struct DocumentBuilder {
  /// What is known of the trace beside what can be searched of its steps.
  public struct Facts: Sendable {
    public var traceID: String
    public var sessionID: String
    public var projectSlug: String
    public var agentName: String
    public var agentVersion: String?
    public var model: String?
    /// Of the session's record, from 1.
    public var generation = 1
    /// ISO 8601, UTC.
    public var start: String?
    public var end: String?
    /// What its patches landed in, by revision.
    public var links: [GitLink] = []
    /// The commit that was searched last.
    public var commitSHA: String?
    /// What the commits are about, each once; first that of ``commitSHA``.
    public var subjects: [String] = []

    public init(traceID: String, sessionID: String, projectSlug: String, agentName: String) {
      self.traceID = traceID
      self.sessionID = sessionID
      self.projectSlug = projectSlug
      self.agentName = agentName
    }
  }

  private let facts: Facts
  private let part: SearchPart
  private var isCommitted: Bool { !facts.links.isEmpty || part.commitSHA != nil }

  public init(_ facts: Facts, _ part: SearchPart) {
    self.facts = facts
    self.part = part
  }

  /// - Parameter hash: changes when what the document is made of does.
  public func document(hash: String) -> SearchDocument {
    var document = SearchDocument(traceID: facts.traceID, hash: hash)
    document.sessionID = facts.sessionID
    document.generation = facts.generation
    document.projectSlug = facts.projectSlug
    document.agentName = facts.agentName
    document.start = facts.start
    document.end = facts.end
    document.isCommitted = isCommitted
    document.prompts = part.prompts
    document.answer = part.answer
    document.subjects = SummaryText.cut(facts.subjects.joined(separator: "\n"), 4000)
    document.commitSubject = facts.subjects.first
    document.commitSHA = facts.commitSHA ?? part.commitSHA
    document.files = part.files
    document.skills = part.skills
    document.signals = signals
    document.testCommands = part.testCommands
    document.candidateKind =
      document.signals.contains { $0.name == "tested_successful_fix_candidate" } ? "bug_fix" : "trace"
    document.facets = facets
    document.texts = texts(document)
    return document
  }

  /// In Unicode scalars.
  private static let limits: [SearchDocument.Column: Int] = [
    .title: 240, .summary: 500, .intent: 4000, .action: 4000, .file: 3000, .skill: 3000, .facet: 3000,
    .body: SearchPart.bodyLimit, .words: 60_000,
  ]

  private func texts(_ document: SearchDocument) -> [SearchDocument.Column: String] {
    let (description, latest) = (part.description, part.latestPrompt)
    let summary = SummaryText.isUsable(description) ? description : latest.isEmpty ? part.firstPrompt : latest
    var texts: [SearchDocument.Column: String] = [:]
    texts[.title] = [SummaryText.cut(summary, 160), description, part.firstPrompt, facts.traceID].first { !$0.isEmpty }
    texts[.summary] = summary
    let intents = description == latest ? [description] : [description, latest]
    texts[.intent] = intents.contains { !$0.isEmpty } ? intents.joined(separator: " ") : summary
    texts[.action] = part.actions
    texts[.file] = document.files.joined(separator: " ")
    texts[.skill] = (Set(document.skills.map(\.name)).sorted() + part.tools.sorted()).joined(separator: " ")
    texts[.facet] =
      (document.facets.map { "\($0.name):\($0.value)" } + document.signals.map(\.name)).joined(separator: " ")
    texts[.body] = part.body
    texts[.words] = part.words
    for (column, limit) in Self.limits { texts[column] = SummaryText.cut(texts[column] ?? "", limit) }
    return texts
  }

  private var signals: [SearchDocument.Signal] {
    let evidence = (part.testCalls + part.editCalls).prefix(SearchPart.evidenceLimit).map {
      "tu:\(facts.traceID):tool:\($0)"
    }
    let (tested, edited) = (!part.testCalls.isEmpty, !part.editCalls.isEmpty)
    let succeeded = part.isSuccessful == true
    let all = [
      ("test_command_seen", tested), ("test_failed_seen", part.sawFailure), ("test_passed_seen", part.sawSuccess),
      ("patch_or_edit_seen", edited), ("test_passed_after_edit_seen", tested && part.sawSuccess && edited),
      ("test_failed_then_passed_seen", part.recovered), ("outcome_success", succeeded),
      ("outcome_committed", isCommitted),
      ("tested_successful_fix_candidate", tested && part.recovered && edited && (succeeded || isCommitted)),
      ("skill_invoked", !part.skills.isEmpty),
    ]
    return all.filter(\.1).map { SearchDocument.Signal($0.0, evidence: evidence) }
  }

  private var facets: [SearchDocument.Facet] {
    var seen: Set<String> = []
    var facets: [SearchDocument.Facet] = []
    func add(_ name: String, _ value: String?, source: String = "exact_schema", confidence: String = "high") {
      guard let value, !value.isEmpty, seen.insert(name + "\0" + value).inserted else { return }
      facets.append(SearchDocument.Facet(name, value, source: source, confidence: confidence))
    }
    add("project_slug", facts.projectSlug)
    add("agent.name", facts.agentName)
    add("model", facts.model)
    add("agent.version", facts.agentVersion)
    let provider = facts.model.flatMap { $0.contains("/") ? $0.split(separator: "/").first.map(String.init) : nil }
    add("provider.kind", provider ?? facts.agentName.split(separator: "-").first.map(String.init))
    add("outcome.committed", "\(isCommitted)")
    if let success = part.isSuccessful { add("outcome.success", "\(success)") }
    for name in Set(part.skills.map(\.name)).sorted() { add("skill.name", name) }
    for name in part.tools.sorted() { add("tool.name", name) }
    for tier in Set(facts.links.map(\.tier.rawValue)).sorted() { add("git_link_tier", tier) }
    for name in Set(part.dependencies).sorted() { add("dependency.name", name, source: "dependency") }
    for path in part.files where !path.hasPrefix("/") { add("file.path", path, source: "file_path") }
    for concept in SemanticConcept.all {
      let aliases = concept.aliases.filter(part.aliases.contains)
      if aliases.isEmpty { continue }
      for (name, values) in [
        ("concept_id", [concept.id]), ("name", [concept.name]), ("kind", [concept.kind]), ("alias", aliases),
        ("category", concept.categories),
      ] {
        for value in values { add("semantic." + name, value, source: "heuristic", confidence: "medium") }
      }
    }
    for path in part.files {
      let name = path.split(separator: "/").last ?? ""
      guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { continue }
      add("file.kind", String(name[name.index(after: dot)...]).lowercased(), source: "file_path")
    }
    for facet in part.facets { add(facet.name, facet.value, source: facet.source, confidence: facet.confidence) }
    add("source_layer", "canonical")
    return facets
  }
}
