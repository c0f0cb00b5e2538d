public import Basics
public import TraceModel

/// Where the reading of a session file stopped, and what has to be known of the lines before to read on from there.
///
/// Machine-local and disposable: without it the file is read from its start.
public struct ReadingPoint: Sendable, Hashable {
  /// A tool call that had no answer yet.
  public struct OpenCall: Sendable, Hashable {
    public var call: ToolCall
    var line: Int
    var time: Timestamp?
    var directory: String?
    var isActive: Bool
    /// The step that made it; nil when it stands on an abandoned branch.
    public var step: Int?
  }

  /// What a session cost.
  public struct Spending: Sendable, Hashable {
    /// US dollars by list prices, not rounded.
    var sum = 0.0
    /// Whether the price of every answer is known.
    var isKnown = true
    /// What the agent itself reported.
    var reported: Double?

    /// US dollars, rounded to millionths; nil when nothing was used or a price is not known.
    public var total: Double? {
      (reported ?? (isKnown && sum > 0 ? sum : nil)).map { ($0 * 1_000_000).rounded(.toNearestOrEven) / 1_000_000 }
    }
  }

  /// Physical lines.
  public internal(set) var lineCount = 0
  public internal(set) var stepCount = 0
  public internal(set) var spending = Spending()
  public internal(set) var openCalls: [OpenCall] = []
  /// Whether the user has typed anything: the first prompt describes the session.
  var hasPrompt = false
  /// The last step that is no sub-agent's; 0 when there is none.
  var lastMainStep = 0
  /// Sub-agents that have said something.
  var agents: Set<String> = []
  /// Whether a line told how all of it ended.
  var hasResult = false
  /// Working directories as in ``ParsedSession/directories``.
  var directories: [String] = []
  /// Entries one of which the conversation goes on from.
  var tips: Set<String> = []
  /// Ids of lines that were joined with others, and the keys of the responses that were written last: none of them may
  /// appear again.
  var fragments: Set<String> = []
  var responses: Set<String> = []

  /// Calls and responses that are remembered, counted from the end.
  static let memory = 20

  init() {}
}

extension ReadingPoint {
  public var json: JSONValue {
    [
      "lines": .int(lineCount), "steps": .int(stepCount), "spent": .double(spending.sum),
      "priced": .bool(spending.isKnown), "reported_cost": .optional(spending.reported),
      "open_calls": .array(openCalls.map(\.json)), "prompt": .bool(hasPrompt), "result": .bool(hasResult),
      "last_main_step": .int(lastMainStep), "agents": .strings(agents.sorted()),
      "directories": .strings(directories),
      "tips": .strings(tips.sorted()), "fragments": .strings(fragments.sorted()),
      "responses": .strings(responses.sorted()),
    ]
  }

  /// Reads what ``json`` wrote; nil when something is missing.
  public init?(json: JSONValue) {
    func texts(_ key: String) -> [String]? { json[key]?.array?.compactMap(\.string) }
    guard let lines = json["lines"]?.int, let steps = json["steps"]?.int, let sum = json["spent"]?.double,
      let isKnown = json["priced"]?.bool, let calls = json["open_calls"]?.array,
      let hasPrompt = json["prompt"]?.bool,
      let directories = texts("directories"), let tips = texts("tips"), let fragments = texts("fragments"),
      let responses = texts("responses")
    else { return nil }
    lineCount = lines
    stepCount = steps
    spending = Spending(sum: sum, isKnown: isKnown, reported: json["reported_cost"]?.double)
    openCalls = calls.compactMap(OpenCall.init)
    self.hasPrompt = hasPrompt
    hasResult = json["result"]?.bool ?? true
    lastMainStep = json["last_main_step"]?.int ?? steps
    self.agents = Set(texts("agents") ?? [])
    self.directories = directories
    self.tips = Set(tips)
    self.fragments = Set(fragments)
    self.responses = Set(responses)
  }
}

extension ReadingPoint.OpenCall {
  fileprivate var json: JSONValue {
    [
      "call": call.toJSON(), "line": .int(line), "time": .optional(time?.microseconds),
      "directory": .optional(directory),
      "active": .bool(isActive), "step": .optional(step),
    ]
  }

  fileprivate init?(_ json: JSONValue) {
    // One that can't be read is one that nobody waits for.
    guard let call = json["call"].flatMap({ try? ToolCall(json: $0) }), let line = json["line"]?.int,
      let isActive = json["active"]?.bool
    else { return nil }
    self.call = call
    self.line = line
    time = json["time"]?.int.map { Timestamp(microseconds: $0) }
    directory = json["directory"]?.string
    self.isActive = isActive
    step = json["step"]?.int
  }
}
