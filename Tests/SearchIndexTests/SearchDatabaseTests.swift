import Basics
import TestSupport
import Testing
import TraceModel

@testable import SearchIndex

@Suite struct SearchDatabaseTests {
  private func document(_ id: String, _ texts: [SearchDocument.Column: String], end: String = "2026-01-01T00:00:00Z")
    -> SearchDocument
  {
    var document = SearchDocument(traceID: id, hash: "h-" + id)
    document.texts = texts
    document.end = end
    return document
  }

  private func database(_ documents: [SearchDocument]) throws -> (SearchDatabase, TemporaryDirectory) {
    let directory = try TemporaryDirectory()
    let writer = try SearchDatabase(writing: directory.path + "/s.sqlite")
    try writer.change { change in
      try change.replace(documents.map(SearchEntry.init))
      try change.finish(builtAt: "now", sourceHash: "x", corpusToken: "t")
    }
    return (try SearchDatabase(reading: directory.path + "/s.sqlite"), directory)
  }

  private func find(_ database: SearchDatabase, _ text: String, _ change: (inout SearchQuery) -> Void = { _ in }) throws
    -> [String]
  {
    var query = SearchQuery()
    query.tokens = SearchText.tokens(text)
    change(&query)
    return try database.search(query).hits.map(\.traceID)
  }

  @Test func everyWordHasToBeFoundInAnyScript() throws {
    let (database, directory) = try database([
      document("a", [.title: "Fix the parser", .body: "the café test failed"]),
      document("b", [.title: "修复解析器", .body: "AND OR NOT"]), document("c", [.title: "parser", .body: "nothing"]),
    ])
    _ = directory
    #expect(try find(database, "parser test") == ["a"])
    #expect(try find(database, "cafe") == ["a"] && find(database, "CAFÉ") == ["a"])
    #expect(try find(database, "修复解析器") == ["b"])
    #expect(try find(database, "AND") == ["b"], "operators are words")
    #expect(try find(database, "pars*").sorted() == ["a", "c"] && find(database, "pars").isEmpty)
    #expect(try find(database, "\"quoted").isEmpty)
  }

  @Test func titlesCountMoreThanBodies() throws {
    let (database, directory) = try database([
      document("body", [.title: "other things", .body: "a word about caching somewhere"]),
      document("title", [.title: "caching", .body: "x"]), document("none", [.title: "z", .body: "z"]),
    ])
    _ = directory
    #expect(try find(database, "caching") == ["title", "body"])
    var query = SearchQuery()
    query.tokens = SearchText.tokens("caching")
    let hit = try #require(try database.search(query).hits.first)
    #expect(hit.score >= 0 && hit.matches.map(\.column) == ["title"] && hit.matches[0].words == ["caching"])
    #expect(hit.snippet?.contains(SearchHit.open) == true)
  }

  @Test func namesAreFoundByTheirParts() throws {
    #expect(
      SearchText.words(inside: "JSONParser readHTTPBody2Now snake_case", limit: 100)
        == "json parser read http body2 now")
    let (database, directory) = try database([
      document(
        "a", [.words: SearchText.words(inside: "CheckpointValidation", limit: 100), .body: "CheckpointValidation"])
    ])
    _ = directory
    for text in ["validation", "checkpoint", "CheckpointValidation"] { #expect(try find(database, text) == ["a"]) }
  }

  @Test func filtersAndPagesHold() throws {
    var one = document("one", [.title: "x"], end: "2026-01-02T00:00:00Z")
    one.facets = [SearchDocument.Facet("outcome.success", "true"), SearchDocument.Facet("tool.name", "Edit")]
    one.files = ["src/a.py", "/r/src/a.py"]
    one.signals = [SearchDocument.Signal("skill_invoked")]
    one.skills = [SearchDocument.SkillUse(name: "review", source: "tool_call", unitID: "u", step: 1)]
    let (database, directory) = try database([one, document("two", [.title: "x"])])
    _ = directory
    #expect(try find(database, "") { $0.facets = [("outcome.success", "TRUE")] } == ["one"])
    #expect(try find(database, "") { $0.absentFacets = ["outcome.success"] } == ["two"])
    #expect(try find(database, "") { $0.tool = "Edit" } == ["one"] && find(database, "") { $0.tool = "edit" }.isEmpty)
    #expect(try find(database, "") { $0.files = "src/*.py" } == ["one"])
    #expect(try find(database, "") { $0.signal = "skill_invoked" } == ["one"])
    #expect(try find(database, "") { $0.since = "2026-01-01T12:00:00Z" } == ["one"])
    #expect(try find(database, "x") { $0.sort = .time } == ["two", "one"])
    #expect(
      try find(database, "x") {
        $0.sort = .recency; $0.limit = 1; $0.offset = 1
      } == ["two"])
    #expect(try database.skills(nil, since: nil).map(\.name) == ["review"])
    #expect(try database.skills("other", since: nil).isEmpty)
  }

  @Test func replacedAndRemovedTracesLeaveNoWordBehind() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/s.sqlite"
    let writer = try SearchDatabase(writing: path)
    try writer.change {
      try $0.replace([document("a", [.title: "first"]), document("b", [.title: "second"])].map(SearchEntry.init))
    }
    try writer.change { change in
      try change.replace([SearchEntry(document("a", [.title: "third"]))])
      try change.remove(["b"])
      try change.finish(builtAt: "n", sourceHash: "s", corpusToken: "t")
    }
    let reader = try SearchDatabase(reading: path)
    #expect(try find(reader, "first").isEmpty && find(reader, "second").isEmpty && find(reader, "third") == ["a"])
    #expect(try reader.meta().traceCount == 1 && reader.hashes() == ["a": "h-a"])
  }

  @Test func damagedFilesAreToldApart() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/s.sqlite"
    func problem() -> SearchDatabase.Problem? {
      do {
        _ = try SearchDatabase(reading: path)
        return nil
      } catch { return error as? SearchDatabase.Problem }
    }
    try Files.writeAtomically(Array("this is no database, whatever it is called".utf8), to: path)
    #expect(problem() == .unreadable)
    try Files.writeAtomically([], to: path)
    #expect(problem() == .missingSchema)
  }

  @Test func tokensKeepPathsAndDropSigns() {
    #expect(SearchText.tokens("src/app.py: fix, FIX! *** a_b -x-").map(\.text) == ["src/app.py", "fix", "a_b", "x"])
    #expect(SearchText.tokens("***").isEmpty && SearchText.tokens("  ").isEmpty)
  }

  @Test func documentsHoldWhatTheSessionSaid() throws {
    var record = TraceRecord(
      traceID: "t", sessionID: "s", agent: AgentIdentity(name: "claude-code", version: "2", model: "anthropic/claude"))
    var prompt = Step(stepIndex: 1, role: .user)
    prompt.content = "<system-reminder>noise</system-reminder>/plan Fix the flaky login test"
    var work = Step(stepIndex: 2, role: .agent)
    work.content = "Looking"
    for (number, (tool, input)) in [("Bash", "pytest -q"), ("Edit", "/r/src/login.py"), ("Bash", "pytest -q")]
      .enumerated()
    {
      var call = ToolCall(toolCallID: "c\(number)", toolName: tool)
      call.input = tool == "Bash" ? ["command": .string(input)] : ["file_path": .string(input)]
      work.toolCalls.append(call)
      var observation = Observation(sourceCallID: call.toolCallID)
      observation.content = ["1 failed", "ok", "3 passed, 0 failed"][number]
      work.observations.append(observation)
    }
    record.steps = [prompt, work]
    record.metadata["cwd"] = "/r"
    record.outcome.commitSHA = "abc"
    let part = SearchPartBuilder.part(of: record)
    #expect(SearchPart(part.bytes, JSONParser()) == part)
    var facts = DocumentBuilder.Facts(traceID: "t", sessionID: "s", projectSlug: "p", agentName: "claude-code")
    facts.model = record.agent.model
    let document = DocumentBuilder(facts, part).document(hash: "h")
    #expect(document.texts[.title] == "Fix the flaky login test")
    #expect(document.files == ["src/login.py", "/r/src/login.py"])
    let signals = document.signals.map(\.name)
    #expect(signals.contains("test_failed_then_passed_seen") && document.candidateKind == "bug_fix")
    let facets = Set(document.facets.map { "\($0.name)=\($0.value)" })
    #expect(
      facets.isSuperset(of: [
        "test.framework=pytest", "file.kind=py", "file.operation=edit", "provider.kind=anthropic",
        "bash.command_family=pytest",
      ]))
    #expect(document.texts[.body]?.contains("3 passed") == true)
  }

  /// The first session of the worked corpus.
  @Test func fixOfTheWorkedCorpusIsFoundAsOne() throws {
    var record = TraceRecord(traceID: "t1", sessionID: "s", agent: AgentIdentity(name: "claude-code"))
    var calls = 0
    func add(_ role: Step.Role, _ text: String?, _ uses: (name: String, input: JSONObject, output: String)...) {
      var step = Step(stepIndex: record.steps.count, role: role)
      step.content = text
      for use in uses {
        calls += 1
        var call = ToolCall(toolCallID: "c\(calls)", toolName: use.name)
        call.input = use.input
        step.toolCalls.append(call)
        var observation = Observation(sourceCallID: call.toolCallID)
        observation.content = use.output
        step.observations.append(observation)
      }
      record.steps.append(step)
    }
    add(.user, "Fix the failing parser test in src/app.py")
    add(.agent, "Looking at it", ("Read", ["file_path": "/r/src/app.py"], "x=1"))
    add(.agent, nil, ("Bash", ["command": "pytest -q tests"], "1 failed, 2 passed"))
    add(.agent, "Editing", ("Edit", ["file_path": "/r/src/app.py"], "ok"))
    add(.agent, nil, ("Bash", ["command": "pytest -q tests"], "3 passed in 0.1s"))
    add(.agent, "Done. Parser test fixed.")
    add(.user, "Actually that's wrong, use pymongo instead")
    add(.agent, nil, ("Write", ["file_path": "/r/src/db.py"], "written"), ("Skill", ["skill": "opentraces"], "body"))
    record.task.description = "Fix the failing parser test in src/app.py"
    record.metadata["cwd"] = "/r"
    record.outcome.success = true
    record.outcome.commitSHA = "4b20"
    let facts = DocumentBuilder.Facts(traceID: "t1", sessionID: "s", projectSlug: "p", agentName: "claude-code")
    let document = DocumentBuilder(facts, SearchPartBuilder.part(of: record)).document(hash: "h")
    let (database, directory) = try database([document])
    _ = directory
    var query = SearchQuery()
    query.tokens = SearchText.tokens("parser test")
    let hit = try #require(try database.search(query).hits.first)
    #expect(hit.candidateKind == "bug_fix" && hit.signals.count == 10 && hit.skills == ["opentraces"])
    #expect(hit.matches.map(\.column).prefix(3) == ["title", "summary", "intent_text"])
    #expect(hit.matches.map(\.column).contains("facet_text") && hit.testCommands == ["pytest -q tests"])
    let facets = Set(hit.facets.map { "\($0.name)=\($0.value)" })
    #expect(facets.isSuperset(of: ["outcome.committed=true", "skill.name=opentraces", "tool.name=Edit"]))
    #expect(try find(database, "") { $0.facets = [("semantic.concept_id", "service:mongodb")] } == ["t1"])
    #expect(try find(database, "") { $0.facets = [("semantic.name", "openai")] }.isEmpty)
  }

  @Test func earlierRecordsOfASessionAreLeftOutUnlessAskedFor() throws {
    func document(_ trace: String, _ session: String, _ agent: String, _ generation: Int) -> SearchDocument {
      var document = SearchDocument(traceID: trace, hash: trace)
      document.sessionID = session
      document.agentName = agent
      document.generation = generation
      document.texts[.title] = "zebra \(trace)"
      document.skills = [SearchDocument.SkillUse(name: "review", source: "tool_call", unitID: trace, step: 1)]
      return document
    }
    let (database, directory) = try database([
      document("a1", "a", "pi", 1), document("a2", "a", "pi", 2), document("a3", "a", "pi", 3),
      document("b", "b", "pi", 1),
      document("c", "a", "claude-code", 1),
    ])
    _ = directory
    for words in ["", "zebra"] {
      #expect(try Set(find(database, words) { $0.limit = 9 }) == ["a3", "b", "c"])
      #expect(
        try Set(
          find(database, words) {
            $0.limit = 9
            $0.includesSuperseded = true
          }) == ["a1", "a2", "a3", "b", "c"])
    }
    #expect(try database.skills(nil, since: nil).map(\.uses) == [3])
    #expect(try database.skills(nil, since: nil, includesSuperseded: true).map(\.uses) == [5])
  }

  @Test func manyAndFewPathsAreFoundAlike() throws {
    let documents = (0..<30).map { number -> SearchDocument in
      var document = SearchDocument(traceID: "t\(number)", hash: "h")
      document.files = (0..<10).map { "src/\(number)/\($0).go" } + (number == 7 ? ["one/only.zig"] : [])
      return document
    }
    let (database, directory) = try database(documents)
    _ = directory
    func count(_ glob: String) throws -> Int {
      var query = SearchQuery()
      query.files = glob
      return try database.search(query).total
    }
    #expect(try count("*.go") == 30 && count("src/7/*") == 1 && count("*.zig") == 1 && count("src/?/1.go") == 10)
    #expect(try count("*.rs") == 0 && count("*") == 30 && count("one/only.zig") == 1)
  }

  @Test func skillsAreFoundInCallsInBodiesReadAndInMetadata() {
    var record = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: "claude-code"))
    func call(_ id: String, _ name: String, _ input: JSONObject) -> ToolCall {
      var call = ToolCall(toolCallID: id, toolName: name)
      call.input = input
      return call
    }
    var step = Step(stepIndex: 4, role: .agent)
    step.toolCalls = [
      call("c1", "Skill", ["skill": " /review "]), call("c2", "Skill", ["skill": "a/b"]),
      call("c3", "Bash", ["command": "cat '/home/u/.claude/skills/deploy/SKILL.md' /x/SKILL.md"]),
      call("c4", "Read", ["file_path": "/home/u/.agents/skills/skills/SKILL.md"]),
      call("c5", "mcp", ["skill_name": "lint\u{200B}er"]), call("c6", "Read", ["file_path": "/r/a.py"]),
    ]
    record.steps = [step]
    record.metadata["skill_invocations"] = [
      ["tool_call_id": "c3", "skill_name": "deploy"], ["skill_name": "standup", "source": "told", "step_index": 2],
      ["name": ".."],
    ]
    func skills() -> [String] {
      SearchPartBuilder.part(of: record).skills.map { "\($0.name) \($0.source) \($0.unitID) \($0.step)" }
    }
    #expect(
      skills() == [
        "review tool_call tu:t:skill:c1 4", "deploy skill_body_read tu:t:skill:c3 4",
        "standup told tu:t:skill:metadata:1 2",
      ])
    record.agent.name = "pi"
    #expect(skills()[1] == "deploy pi_skill_body_read tu:t:skill:c3 4")
  }

  @Test func partsOfASessionJoinToThePartOfTheWhole() throws {
    var record = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: "claude-code"))
    func step(_ index: Int, _ role: Step.Role, _ text: String, _ command: String? = nil, _ answer: String = "") -> Step
    {
      var step = Step(stepIndex: index, role: role)
      step.content = text
      if let command {
        var call = ToolCall(toolCallID: "c\(index)", toolName: "Bash")
        call.input = ["command": .string(command)]
        step.toolCalls = [call]
        var observation = Observation(sourceCallID: call.toolCallID)
        observation.content = answer
        step.observations = [observation]
      }
      return step
    }
    record.steps = [
      step(1, .user, "Fix the flaky login test"), step(2, .agent, "first", "pytest -q", "1 failed"),
      step(3, .user, "Make the lobby test pass as well"), step(4, .agent, "second", "pytest -q lobby", "3 passed"),
      step(5, .user, "ok"), step(6, .agent, "third", "git status", "clean"),
    ]
    let whole = SearchPartBuilder(record.steps, trace: "t", path: { $0 }).part(record)
    for cut in 1..<record.steps.count {
      func part(_ steps: ArraySlice<Step>) -> SearchPart {
        SearchPartBuilder(Array(steps), trace: "t", path: { $0 }).part(record)
      }
      var joined = part(record.steps[..<cut])
      joined.add(part(record.steps[cut...]))
      #expect(joined.latestPrompt == "Make the lobby test pass as well" && joined.firstPrompt == whole.firstPrompt)
      #expect(joined.testCalls == whole.testCalls && joined.testCommands == whole.testCommands)
      #expect(joined.recovered && joined.sawFailure && joined.sawSuccess, "across a cut at \(cut)")
      #expect(joined.actions == whole.actions && Set(joined.facets) == Set(whole.facets))
      let lines = Set(whole.body.split(separator: "\n"))
      #expect(Set(joined.body.split(separator: "\n")) == lines)
    }
  }

  @Test func snippetsMarkWholeWordsInAnyText() {
    var random = SeededGenerator(seed: 7)
    let words = ["parse", "parser", "Ünder", "été", "x", "tax", "PARSE", "日本", "src/app.py", "-", "\n", "🙂"]
    let prefix = WordFinder(SearchText.tokens("pars*"))
    let marked = WordFinder.snippet("a parser, parsing", prefix.matches(in: "a parser, parsing"))
    #expect(marked == "a \(SearchHit.open)parser\(SearchHit.close), parsing", "the whole word; one of them is enough")
    let finder = WordFinder(SearchText.tokens("parse tax"))
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 1...80, using: &random)).map { _ in
        words.randomElement(using: &random) ?? ""
      }.joined(separator: " ")
      let matches = finder.matches(in: text)
      let expected = text.split(separator: " ").filter { ["parse", "tax"].contains($0.lowercased()) }
      #expect(matches.isEmpty == expected.isEmpty, "\(text)")
      guard !matches.isEmpty else { continue }
      let snippet = WordFinder.snippet(text, matches)
      let (open, close) = (String(SearchHit.open), String(SearchHit.close))
      #expect(
        snippet.contains(open + "parse" + close) || snippet.lowercased().contains(open + "parse" + close)
          || snippet.contains(open + "tax" + close), "\(snippet)")
      let plain = snippet.replacing(open, with: "").replacing(close, with: "").replacing("…", with: "")
      #expect(text.contains(plain), "a piece of the text: \(plain)")
      #expect(snippet.utf8.count < WordFinder.snippetLength + 60)
    }
  }
}
