public import Basics

/// What can be searched of a stretch of a session. The private plane keeps one of each fold beside the transcript, so that
/// making the index reads no transcript.
public struct SearchPart: Hashable, Sendable {
  /// Those of another one are not read: the transcript is.
  static let format = 3

  /// What the session was asked for, as its record says it.
  public var description = ""
  public var firstPrompt = ""
  /// The last one that asks for something.
  public var latestPrompt = ""
  /// What people asked for, all of it.
  public var prompts = ""
  /// What the agent said last.
  public var answer = ""
  /// Of concepts, those that stand in the text.
  public var aliases: [String] = []
  /// What tool calls did: commands, or tools and files.
  public var actions = ""
  /// What people and the agent said, and the ends of what tools were given and answered.
  public var body = ""
  /// The words inside of names in camel case.
  public var words = ""
  /// Inside of the repository and as the session names them, in order.
  public var files: [String] = []
  public var tools: [String] = []
  public var skills: [SearchDocument.SkillUse] = []
  /// What calls tell of themselves.
  public var facets: [SearchDocument.Facet] = []
  public var dependencies: [String] = []
  public var isSuccessful: Bool?
  /// A commit that the session made.
  public var commitSHA: String?
  /// Calls that ran tests, and calls that edited: the first of each.
  public var testCalls: [String] = []
  public var editCalls: [String] = []
  /// Commands that ran tests, each once: the first ones.
  public var testCommands: [String] = []
  public var sawFailure = false
  public var sawSuccess = false
  /// Whether tests passed after they had failed.
  public var recovered = false

  /// Calls of a kind that are kept as evidence.
  static let evidenceLimit = 8
  /// Unicode scalars of a session's body.
  static let bodyLimit = 200_000

  /// Unicode scalars of a session's prompts, and of the last answer.
  static let promptLimit = 8000
  static let answerLimit = 3000

  public init() {}

  /// Adds what came later.
  public mutating func add(_ later: SearchPart) {
    if description.isEmpty { description = later.description }
    if firstPrompt.isEmpty { firstPrompt = later.firstPrompt }
    if !later.latestPrompt.isEmpty { latestPrompt = later.latestPrompt }
    if prompts.utf8.count < 4 * Self.promptLimit { prompts = Self.join(prompts, later.prompts, " ") }
    if !later.answer.isEmpty { answer = later.answer }
    aliases = Self.union(aliases, later.aliases)
    actions = Self.join(actions, later.actions, " ")
    if body.utf8.count < 4 * Self.bodyLimit { body = Self.join(body, later.body, "\n") }
    words = Self.join(words, later.words, " ")
    files = Self.union(files, later.files)
    tools = Self.union(tools, later.tools)
    skills += later.skills
    facets = Self.union(facets, later.facets)
    dependencies = Self.union(dependencies, later.dependencies)
    isSuccessful = later.isSuccessful ?? isSuccessful
    commitSHA = later.commitSHA ?? commitSHA
    testCalls = Array((testCalls + later.testCalls).prefix(Self.evidenceLimit))
    editCalls = Array((editCalls + later.editCalls).prefix(Self.evidenceLimit))
    testCommands = Array(Self.union(testCommands, later.testCommands).prefix(Self.evidenceLimit))
    recovered = recovered || later.recovered || sawFailure && later.sawSuccess
    sawFailure = sawFailure || later.sawFailure
    sawSuccess = sawSuccess || later.sawSuccess
  }

  private static func join(_ first: String, _ second: String, _ between: String) -> String {
    first.isEmpty ? second : second.isEmpty ? first : first + between + second
  }

  private static func union<Value: Hashable>(_ first: [Value], _ second: [Value]) -> [Value] {
    if second.isEmpty { return first }
    var seen = Set(first)
    return first + second.filter { seen.insert($0).inserted }
  }
}

// MARK: Stored form

extension SearchPart {
  /// One line of JSON.
  public var bytes: [UInt8] {
    let json: JSONValue = [
      "format": .int(Self.format), "description": .string(description), "first_prompt": .string(firstPrompt),
      "latest_prompt": .string(latestPrompt), "prompts": .string(prompts), "answer": .string(answer),
      "aliases": .strings(aliases), "actions": .string(actions), "body": .string(body),
      "words": .string(words), "files": .strings(files), "tools": .strings(tools),
      "skills": .array(skills.map { [.string($0.name), .string($0.source), .string($0.unitID), .int($0.step)] }),
      "facets": .array(
        facets.map { [.string($0.name), .string($0.value), .string($0.source), .string($0.confidence)] }),
      "dependencies": .strings(dependencies), "success": .optional(isSuccessful), "commit": .optional(commitSHA),
      "test_calls": .strings(testCalls), "edit_calls": .strings(editCalls), "test_commands": .strings(testCommands),
      "saw_failure": .bool(sawFailure),
      "saw_success": .bool(sawSuccess), "recovered": .bool(recovered),
    ]
    return CanonicalJSON.line(json) + [0x0A]
  }

  /// Nil for text of another format.
  public init?(_ bytes: some Collection<UInt8>, _ parser: JSONParser) {
    guard let part = try? parser.parse(bytes, { SearchPart($0) }) else { return nil }
    self = part
  }

  private init?(_ json: JSONView) {
    guard json["format"]?.int == Self.format else { return nil }
    func text(_ key: StaticString) -> String { json[key]?.string ?? "" }
    func texts(_ key: StaticString) -> [String] { json[key].map(Self.texts) ?? [] }
    func flag(_ key: StaticString) -> Bool { json[key]?.bool ?? false }
    description = text("description")
    firstPrompt = text("first_prompt")
    latestPrompt = text("latest_prompt")
    prompts = text("prompts")
    answer = text("answer")
    aliases = texts("aliases")
    actions = text("actions")
    body = text("body")
    words = text("words")
    files = texts("files")
    tools = texts("tools")
    skills = (json["skills"].map { Array($0.elements) } ?? []).compactMap { item in
      let fields = Self.texts(item)
      guard fields.count == 3, let step = item.elements.map({ $0 }).last?.int else { return nil }
      return SearchDocument.SkillUse(name: fields[0], source: fields[1], unitID: fields[2], step: step)
    }
    facets = (json["facets"].map { Array($0.elements) } ?? []).compactMap { item in
      let fields = Self.texts(item)
      guard fields.count == 4 else { return nil }
      return SearchDocument.Facet(fields[0], fields[1], source: fields[2], confidence: fields[3])
    }
    dependencies = texts("dependencies")
    isSuccessful = json["success"]?.bool
    commitSHA = json["commit"]?.string
    testCalls = texts("test_calls")
    editCalls = texts("edit_calls")
    testCommands = texts("test_commands")
    sawFailure = flag("saw_failure")
    sawSuccess = flag("saw_success")
    recovered = flag("recovered")
  }

  private static func texts(_ json: JSONView) -> [String] { json.elements.compactMap(\.string) }
}
