internal import Basics
internal import TraceAnalysis
public import TraceModel

/// Makes what the index holds of a trace from its record.
public struct DocumentBuilder {
  private let record: TraceRecord
  private let paths: RecordPaths
  private let uses: [(step: Step, use: ToolUse)]

  public init(_ record: TraceRecord) {
    self.record = record
    paths = RecordPaths(record)
    uses = record.steps.flatMap { step in step.toolCalls.map { (step, ToolUse($0)) } }
  }

  /// - Parameter hash: changes when what the document is made of does.
  public func document(hash: String, projectSlug: String) -> SearchDocument {
    var document = SearchDocument(traceID: record.traceID, hash: hash)
    document.sessionID = record.sessionID
    document.projectSlug = projectSlug
    document.agentName = record.agent.name
    document.start = record.timestampStart.flatMap { Timestamp($0)?.iso8601 }
    document.end = record.timestampEnd.flatMap { Timestamp($0)?.iso8601 }
    document.isCommitted = record.outcome.committed
    document.commitSHA = record.outcome.commitSHA ?? record.gitLinks.first?.revision
    document.files = files
    document.skills = skills
    document.signals = signals(document.skills)
    document.candidateKind =
      document.signals.contains { $0.name == "tested_successful_fix_candidate" } ? "bug_fix" : "trace"
    document.facets = facets(document)
    document.texts = texts(document)
    return document
  }

  // MARK: Text

  private static let limits: [SearchDocument.Column: Int] = [
    .title: 240, .summary: 500, .intent: 4000, .action: 4000, .file: 3000, .skill: 3000, .facet: 3000, .body: 200_000,
    .words: 60_000,
  ]

  private func texts(_ document: SearchDocument) -> [SearchDocument.Column: String] {
    let summary = summary
    let description = SummaryText.strip(record.task.description)
    let latest = prompts.last ?? ""
    var texts: [SearchDocument.Column: String] = [:]
    texts[.title] = [SummaryText.cut(summary, 160), description, SummaryText.strip(firstPrompt), record.traceID]
      .first { !$0.isEmpty }
    texts[.summary] = summary
    let intents = description == latest ? [description] : [description, latest]
    texts[.intent] = intents.contains { !$0.isEmpty } ? intents.joined(separator: " ") : summary
    texts[.action] = uses.map { $0.use.command ?? action($0.use) }.joined(separator: " ")
    texts[.file] = document.files.joined(separator: " ")
    let tools = Set(record.steps.flatMap(\.toolCalls).map(\.toolName)).sorted()
    texts[.skill] = (Set(document.skills.map(\.name)).sorted() + tools).joined(separator: " ")
    texts[.facet] =
      (document.facets.map { "\($0.name):\($0.value)" } + document.signals.map(\.name)).joined(separator: " ")
    let body = body
    texts[.body] = body
    let named = [texts[.file] ?? "", texts[.action] ?? "", body].joined(separator: " ")
    texts[.words] = SearchText.words(inside: named, limit: Self.limits[.words] ?? 0)
    for (column, limit) in Self.limits { texts[column] = SummaryText.cut(texts[column] ?? "", limit) }
    return texts
  }

  private var firstPrompt: String? { record.steps.first { $0.role == .user && !($0.content ?? "").isEmpty }?.content }

  /// What people asked for, without what only waved something through.
  private var prompts: [String] {
    record.steps.filter { $0.role == .user && $0.callType != .subagent && $0.parentStep == nil }
      .map { SummaryText.strip($0.content) }
      .filter { !$0.isEmpty && !Trigger.isTrigger($0, rules: .corrected) && !$0.hasPrefix("[Request interrupted") }
  }

  private var summary: String {
    let description = SummaryText.strip(record.task.description)
    if !description.isEmpty, !Trigger.isTrigger(description, rules: .corrected) { return description }
    return prompts.last ?? SummaryText.strip(firstPrompt)
  }

  private func action(_ use: ToolUse) -> String {
    let file = (use.modifiedFiles + use.readFiles).first.map { paths.relative($0) }
    return file.map { "\(use.call.toolName) \($0)" } ?? use.call.toolName
  }

  /// Every prompt, what the agent said, and the ends of what tools were given and answered.
  private var body: String {
    var parts: [String] = []
    var length = 0
    for step in record.steps {
      var texts = [step.content ?? ""]
      for call in step.toolCalls {
        // What a call is about, and the ends of what it writes; paths and commands have columns of their own.
        for (key, value) in call.input.members where !Self.fileKeys.contains(key) && key != "command" {
          if let text = value.string { texts.append(Self.ends(text)) }
        }
      }
      for observation in step.observations {
        texts.append(Self.ends(observation.content ?? observation.outputSummary ?? ""))
        texts.append(observation.error ?? "")
      }
      for text in texts where !text.isEmpty {
        parts.append(text)
        length += text.utf8.count
      }
      if length > 800_000 { break }
    }
    return parts.joined(separator: "\n")
  }

  private static func ends(_ text: String) -> String {
    guard text.unicodeScalars.count > 600 else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) + " … "
      + String(String.UnicodeScalarView(text.unicodeScalars.suffix(400)))
  }

  // MARK: Files, skills

  private static let fileKeys = [
    "file", "file_path", "filepath", "path", "notebook_path", "old_path", "new_path", "target_file",
  ]

  /// Paths of tool calls inside the repository, in order, each with its absolute form behind it.
  private var files: [String] {
    var seen: Set<String> = []
    var files: [String] = []
    func add(_ path: String) {
      guard !path.isEmpty, path.unicodeScalars.count <= 500, !path.contains(where: \.isNewline),
        !["http://", "https://", "ot://"].contains(where: { path.hasPrefix($0) }), seen.insert(path).inserted
      else { return }
      files.append(path)
    }
    for (_, use) in uses {
      let named = Self.fileKeys.compactMap { use.call.input[$0]?.string } + use.modifiedFiles
      for path in named {
        add(paths.relative(path))
        add(path)
      }
    }
    for patch in record.patches { add(patch.filePath) }
    return Array(files.prefix(2000))
  }

  private var skills: [SearchDocument.SkillUse] {
    uses.compactMap { step, use in
      let input = use.call.input
      guard use.call.toolName.lowercased().contains("skill") || input["skill_name"] != nil else { return nil }
      let named = ["name", "skill", "skill_name"].lazy.compactMap { input[$0]?.string }.first
      guard let name = named.map({ $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }), Self.isSkillName(name) else {
        return nil
      }
      return SearchDocument.SkillUse(
        name: name, source: input["source"]?.string ?? "tool_call",
        unitID: "tu:\(record.traceID):skill:\(use.call.toolCallID)", step: step.stepIndex)
    }
  }

  private static func isSkillName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains { "/\\*?[]{}".contains($0) || $0.isNewline }
  }

  // MARK: Signals

  private func signals(_ skills: [SearchDocument.SkillUse]) -> [SearchDocument.Signal] {
    let tests = uses.filter(\.use.isTest)
    let edits = uses.filter { $0.use.kind == .edit }
    let evidence = Array(
      (tests + edits).map { "tu:\(record.traceID):tool:\($0.use.call.toolCallID)" }.prefix(8))
    // What the tests themselves say, in their order.
    let calls = Set(tests.map(\.use.call.toolCallID))
    var results: [Bool] = []
    for observation in record.steps.flatMap(\.observations) where calls.contains(observation.sourceCallID) {
      let text = Self.ends(observation.content ?? observation.outputSummary ?? "").lowercased()
      if Self.tellsFailure(text) || !(observation.error ?? "").isEmpty {
        results.append(false)
      } else if text.contains("passed") || text.contains("success") || text.contains("ok") {
        results.append(true)
      }
    }
    let failed = results.contains(false)
    let passed = results.contains(true)
    let recovered = results.firstIndex(of: false).map { results[$0...].contains(true) } ?? false
    let succeeded = record.outcome.success == true
    var names: [String] = []
    if !tests.isEmpty { names.append("test_command_seen") }
    if failed { names.append("test_failed_seen") }
    if passed { names.append("test_passed_seen") }
    if !edits.isEmpty { names.append("patch_or_edit_seen") }
    if !tests.isEmpty, passed, !edits.isEmpty { names.append("test_passed_after_edit_seen") }
    if recovered { names.append("test_failed_then_passed_seen") }
    if succeeded { names.append("outcome_success") }
    if record.outcome.committed { names.append("outcome_committed") }
    if !tests.isEmpty, recovered, !edits.isEmpty, succeeded || record.outcome.committed {
      names.append("tested_successful_fix_candidate")
    }
    if !skills.isEmpty { names.append("skill_invoked") }
    return names.map { SearchDocument.Signal($0, evidence: evidence) }
  }

  /// Whether an output counts failures, `0 failed` left out.
  private static func tellsFailure(_ text: String) -> Bool {
    for word in ["failed", "failures", "errors", "error"] {
      var rest = text[...]
      while let found = rest.firstRange(of: word) {
        let before = rest[..<found.lowerBound].reversed().drop { $0 == " " }
        let digits = String(before.prefix { $0.isNumber }.reversed())
        if digits != "0" { return true }
        rest = rest[found.upperBound...]
      }
    }
    return text.contains("\nfail") || text.hasPrefix("fail")
  }

  // MARK: Facets

  private func facets(_ document: SearchDocument) -> [SearchDocument.Facet] {
    var seen: Set<String> = []
    var facets: [SearchDocument.Facet] = []
    func add(_ name: String, _ value: String?, source: String = "exact_schema", confidence: String = "high") {
      guard let value, !value.isEmpty, seen.insert(name + "\0" + value).inserted else { return }
      facets.append(SearchDocument.Facet(name, value, source: source, confidence: confidence))
    }
    add("project_slug", document.projectSlug)
    add("agent.name", record.agent.name)
    add("model", record.agent.model)
    add("agent.version", record.agent.version)
    let provider = record.agent.model.flatMap {
      $0.contains("/") ? $0.split(separator: "/").first.map(String.init) : nil
    }
    add("provider.kind", provider ?? record.agent.name.split(separator: "-").first.map(String.init))
    add("outcome.committed", "\(record.outcome.committed)")
    if let success = record.outcome.success { add("outcome.success", "\(success)") }
    for name in Set(document.skills.map(\.name)).sorted() { add("skill.name", name) }
    for name in Set(record.steps.flatMap(\.toolCalls).map(\.toolName)).sorted() { add("tool.name", name) }
    for tier in Set(record.gitLinks.map(\.tier.rawValue)).sorted() { add("git_link_tier", tier) }
    for name in record.dependencies { add("dependency.name", name, source: "dependency") }
    for path in document.files where !path.hasPrefix("/") { add("file.path", path, source: "file_path") }
    for path in document.files {
      let name = path.split(separator: "/").last ?? ""
      guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { continue }
      add("file.kind", String(name[name.index(after: dot)...]).lowercased(), source: "file_path")
    }
    for (_, use) in uses {
      if use.kind == .edit { add("file.operation", "edit", source: "tool_input") }
      if use.kind == .read || use.kind == .search { add("file.operation", "read", source: "tool_input") }
      if let command = use.command {
        for facet in ShellFacets.facets(command, isTest: use.isTest) {
          add(facet.name, facet.value, source: facet.source, confidence: facet.confidence)
        }
      }
    }
    add("source_layer", "canonical")
    return facets
  }
}

/// What a shell command says of itself.
enum ShellFacets {
  private static let keywords: Set<String> = [
    "for", "while", "until", "do", "done", "if", "then", "else", "elif", "fi", "case", "esac", "in", "select",
    "function", "{", "}", "(", ")", "[", "]", "[[", "]]", "&&", "||", "|", ";", ">", ">>", "<", "<<", "2>", "2>>", "&>",
    "!",
  ]
  private static let builders: Set<String> = ["npm", "pnpm", "yarn", "go", "cargo", "mvn", "gradle", "swift"]
  private static let frameworks = ["pytest", "vitest", "jest", "rspec"]

  static func facets(_ command: String, isTest: Bool) -> [SearchDocument.Facet] {
    var facets: [SearchDocument.Facet] = []
    func add(_ name: String, _ value: String, _ source: String = "bash_command", confidence: String = "high") {
      facets.append(SearchDocument.Facet(name, value, source: source, confidence: confidence))
    }
    let words = command.split(whereSeparator: \.isWhitespace).map(String.init)
    var family: String?
    if let first = words.first, !keywords.contains(first), isIdentifier(first) {
      family = builders.contains(first) && words.dropFirst().first == "test" ? first + " test" : first
    }
    if let family { add("bash.command_family", family) }
    if isTest {
      add("bash.action", "test")
    } else if family == "curl" || family == "wget" {
      add("bash.action", "service_probe")
    }
    if isTest,
      let name = frameworks.first(where: { command.contains($0) })
        ?? builders.sorted().map({ $0 + " test" }).first(where: { command.contains($0) })
    {
      add("test.framework", name)
    }
    for word in command.split(whereSeparator: { $0.isWhitespace || "\"'`|;&<>()".contains($0) }) {
      for scheme in ["https", "http"] where word.hasPrefix(scheme + "://") {
        let host = word.dropFirst(scheme.count + 3).prefix { !"/:?#".contains($0) }
        guard !host.isEmpty else { continue }
        add("service.name", String(host), "web_url", confidence: "medium")
        add("service.channel", scheme, "web_url", confidence: "medium")
      }
    }
    return facets
  }

  private static func isIdentifier(_ word: String) -> Bool {
    guard let first = word.first, first.isLetter else { return false }
    return word.allSatisfy { $0.isLetter || $0.isNumber || "_./-".contains($0) }
  }
}
