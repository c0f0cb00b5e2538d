internal import Basics
internal import TraceAnalysis
public import TraceModel

/// Takes from steps what can be searched of them. Cost: linear in their text; of long outputs, their ends.
public struct SearchPartBuilder {
  private let steps: [Step]
  private let uses: [(step: Step, use: ToolUse)]
  private let trace: String
  private let answers: [Observation]
  private let earlierCalls: [ToolCall]
  private let path: (String) -> String

  /// - Parameters:
  ///   - answers: to calls of earlier steps.
  ///   - calls: those of earlier steps that had no answer.
  ///   - path: the path inside of the repository of a file that a call names; the same one for others.
  public init(
    _ steps: [Step], trace: String, answers: [Observation] = [], of calls: [ToolCall] = [],
    path: @escaping (String) -> String
  ) {
    self.steps = steps
    self.answers = answers
    earlierCalls = calls
    self.trace = trace
    self.path = path
    uses = steps.flatMap { step in step.toolCalls.map { (step, ToolUse($0)) } }
  }

  /// What can be searched of a record, or of what one grew by: that has answers to calls of earlier steps.
  public static func part(
    of record: TraceRecord, answers: [Observation] = [], of calls: [ToolCall] = []
  ) -> SearchPart {
    let paths = RecordPaths(record)
    let builder = SearchPartBuilder(
      record.steps, trace: record.traceID, answers: answers, of: calls, path: paths.relative)
    var part = builder.part(record)
    part.files += record.patches.map(\.filePath).filter { !part.files.contains($0) }
    return part
  }

  /// - Parameter record: what its steps do not tell.
  public func part(_ record: TraceRecord) -> SearchPart {
    var part = SearchPart()
    part.description = SummaryText.cut(SummaryText.strip(record.task.description), 4000)
    part.dependencies = record.dependencies
    part.isSuccessful = record.outcome.success
    part.commitSHA = record.outcome.commitSHA
    let first = steps.first { $0.role == .user && !($0.content ?? "").isEmpty }?.content
    part.firstPrompt = SummaryText.cut(SummaryText.strip(first), 4000)
    part.latestPrompt = SummaryText.cut(latestPrompt, 4000)
    part.prompts = prompts
    part.answer = answer
    part.actions = SummaryText.cut(uses.map { $0.use.command ?? action($0.use) }.joined(separator: " "), 4000)
    part.body = SummaryText.cut(body, SearchPart.bodyLimit)
    part.files = files
    let named = [part.files.joined(separator: " "), part.actions, part.body].joined(separator: " ")
    part.words = SearchText.words(inside: named, limit: Self.wordLimit)
    part.aliases = aliases(named, record.dependencies)
    part.tools = Set(steps.flatMap(\.toolCalls).map(\.toolName)).sorted()
    part.skills = skills(record)
    part.facets = facets
    addSignals(to: &part)
    return part
  }

  /// Bytes of words inside of names.
  private static let wordLimit = 60_000

  /// What people asked for last, without what only waved something through.
  private var latestPrompt: String {
    for step in steps.reversed() where step.role == .user && step.callType != .subagent && step.parentStep == nil {
      let text = SummaryText.strip(step.content)
      if SummaryText.isUsable(text) { return text }
    }
    return ""
  }

  /// The first prompt up to 4000 scalars and others up to 1500, what programs wrote left out.
  private var prompts: String {
    let texts = steps.lazy.filter { $0.role == .user && $0.callType != .subagent && $0.parentStep == nil }
      .map { SummaryText.strip($0.content) }.filter(SummaryText.isUsable)
    let cut = zip(texts, 0...).map { SummaryText.cut($0, $1 == 0 ? 4000 : 1500) }
    return SummaryText.cut(cut.joined(separator: " "), SearchPart.promptLimit)
  }

  private var answer: String {
    let last = steps.last { step in
      step.role == .agent && step.callType != .subagent && (step.content ?? "").utf8.count > 80
    }
    return SummaryText.cut(last?.content ?? "", SearchPart.answerLimit)
  }

  private func aliases(_ text: String, _ dependencies: [String]) -> [String] {
    var finder = SemanticConcept.Finder()
    finder.look(in: text)
    for name in dependencies { finder.look(in: name + " . dependency " + name) }
    for use in uses { finder.look(in: use.use.call.toolName) }
    return finder.found.sorted()
  }

  private func action(_ use: ToolUse) -> String {
    let file = (use.modifiedFiles + use.readFiles).first.map(path)
    return file.map { "\(use.call.toolName) \($0)" } ?? use.call.toolName
  }

  private var body: String {
    var body = ""
    // What was said before is found already: files that are read again, tests that run again.
    var seen: Set<Substring> = []
    func add(_ text: String?) {
      for line in (text ?? "").split(separator: "\n") where seen.insert(line).inserted {
        body += line
        body += "\n"
      }
    }
    func add(_ observation: Observation) {
      add(Self.ends(observation.content ?? observation.outputSummary ?? ""))
      add(observation.error)
    }
    answers.forEach(add)
    for step in steps {
      add(step.content)
      for call in step.toolCalls {
        // What a call is about, and the ends of what it writes; paths and commands have columns of their own.
        for (key, value) in call.input.members where !Self.fileKeys.contains(key) && key != "command" {
          add(value.string.map { Self.ends($0) })
        }
      }
      step.observations.forEach(add)
      if body.utf8.count > 4 * SearchPart.bodyLimit { break }
    }
    return body
  }

  /// 120 Unicode scalars at the begin and 240 at the end: with more of them, what is kept for searching makes the
  /// repository grow by more than a twentieth.
  private static func ends(_ text: String, _ head: Int = 120, _ tail: Int = 240) -> String {
    let scalars = text.unicodeScalars
    guard text.utf8.count > head + tail, text.utf8.count > 4 * (head + tail) || scalars.count > head + tail else {
      return text
    }
    return String(String.UnicodeScalarView(scalars.prefix(head))) + " … "
      + String(String.UnicodeScalarView(scalars.suffix(tail)))
  }

  // MARK: Files, skills

  private static let fileKeys = [
    "file", "file_path", "filepath", "path", "notebook_path", "old_path", "new_path", "target_file",
  ]

  private var files: [String] {
    var seen: Set<String> = []
    var files: [String] = []
    func add(_ path: String) {
      guard !path.isEmpty, path.unicodeScalars.count <= 500, !path.utf8.contains(0x0A),
        !["http://", "https://", "ot://"].contains(where: { path.hasPrefix($0) }), seen.insert(path).inserted
      else { return }
      files.append(path)
    }
    for (_, use) in uses {
      let named = Self.fileKeys.compactMap { use.call.input[$0]?.string } + use.modifiedFiles
      for name in named where !seen.contains(name) {
        add(path(name))
        add(name)
      }
    }
    return Array(files.prefix(2000))
  }

  /// Calls of skills, then skill bodies that were read, then what only the record's metadata tells.
  private func skills(_ record: TraceRecord) -> [SearchDocument.SkillUse] {
    var seen: Set<String> = []
    var found: [SearchDocument.SkillUse] = []
    func add(_ name: String?, _ source: String, _ unit: String, _ step: Int, once key: String) {
      let trimmed = StepText.trim(name ?? "")
      let name = trimmed.hasPrefix("/") ? String(trimmed.dropFirst()) : trimmed
      guard Self.isSkillName(name), seen.insert("\(name)\0\(key)").inserted else { return }
      found.append(SearchDocument.SkillUse(name: name, source: source, unitID: "tu:\(trace):skill:\(unit)", step: step))
    }
    var called: Set<String> = []
    for (step, use) in uses
    where use.call.toolName.lowercased().contains("skill") || use.call.input["skill_name"] != nil {
      let input = use.call.input
      let named = ["name", "skill", "skill_name"].lazy.compactMap { input[$0]?.string }.first
      called.insert(use.call.toolCallID)
      add(
        named, input["source"]?.string ?? "tool_call", use.call.toolCallID, step.stepIndex,
        once: use.call.toolCallID
          + (input["args"].map { String(decoding: CanonicalJSON.encode($0), as: UTF8.self) } ?? ""))
    }
    for (step, use) in uses {
      for body in SkillBody.named(in: .object(use.call.input)) {
        called.insert(use.call.toolCallID)
        add(
          body.skill, Self.readSource(record.agent.name), use.call.toolCallID, step.stepIndex, once: use.call.toolCallID
        )
      }
    }
    for (number, item) in (record.metadata["skill_invocations"]?.array ?? []).enumerated() {
      let call = item["tool_call_id"]?.string
      if let call, called.contains(call) { continue }
      add(
        item["skill_name"]?.string ?? item["name"]?.string ?? item["skill"]?.string,
        item["source"]?.string ?? "metadata",
        call ?? "metadata:\(number)", item["step_index"]?.int ?? 0, once: "metadata:\(number)")
    }
    return found
  }

  private static func readSource(_ agent: String) -> String {
    switch agent {
    case "codex-cli": "codex_cli_skill_body_read"
    case "pi": "pi_skill_body_read"
    default: "skill_body_read"
    }
  }

  private static func isSkillName(_ name: String) -> Bool {
    let isPlain = name.unicodeScalars.allSatisfy {
      ![.control, .format].contains($0.properties.generalCategory) && !"/\\*?[]{}".unicodeScalars.contains($0)
    }
    return !name.isEmpty && name != "." && name != ".." && isPlain
  }

  // MARK: Facets, signals

  private var facets: [SearchDocument.Facet] {
    var seen: Set<String> = []
    var facets: [SearchDocument.Facet] = []
    func add(_ facet: SearchDocument.Facet) {
      if !facet.value.isEmpty, seen.insert(facet.name + "\0" + facet.value).inserted { facets.append(facet) }
    }
    for (_, use) in uses {
      if use.kind == .edit { add(SearchDocument.Facet("file.operation", "edit", source: "tool_input")) }
      if use.kind == .read || use.kind == .search {
        add(SearchDocument.Facet("file.operation", "read", source: "tool_input"))
      }
      if let command = use.command { ShellFacets.facets(command, isTest: use.isTest).forEach(add) }
    }
    return facets
  }

  private func addSignals(to part: inout SearchPart) {
    let tests = uses.filter(\.use.isTest)
    let edits = uses.filter { $0.use.kind == .edit }
    part.testCalls = tests.prefix(SearchPart.evidenceLimit).map(\.use.call.toolCallID)
    part.editCalls = edits.prefix(SearchPart.evidenceLimit).map(\.use.call.toolCallID)
    var seen: Set<String> = []
    let commands = tests.compactMap(\.use.command).map { SummaryText.cut($0, 240) }.filter { seen.insert($0).inserted }
    part.testCommands = Array(commands.prefix(SearchPart.evidenceLimit))
    // What the tests themselves say, in their order.
    let earlierTests = earlierCalls.filter { ToolUse($0).isTest }.map(\.toolCallID)
    let calls = Set(tests.map(\.use.call.toolCallID) + earlierTests)
    for observation in answers + steps.flatMap(\.observations) where calls.contains(observation.sourceCallID) {
      let text = Self.ends(observation.content ?? observation.outputSummary ?? "", 200, 400).lowercased()
      if Self.tellsFailure(text) || !(observation.error ?? "").isEmpty {
        part.sawFailure = true
      } else if text.contains("passed") || text.contains("success") || text.contains("ok") {
        part.sawSuccess = true
        if part.sawFailure { part.recovered = true }
      }
    }
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
}
