public import Basics
public import TraceModel

/// Output, reads and searches that fill an agent's context for nothing.
public struct ContextWaste: Sendable {
  public static let schema = "opentraces.context_waste.v2"

  public struct Thresholds: Sendable {
    /// Unicode scalars.
    public var largeOutput = 12_000
    /// Minutes.
    public var fileReadWindow = 20
    public var searchWindow = 10
    /// Reads, or searches, within the window.
    public static let fileReads = 3
    public static let searches = 5

    public init() {}
  }

  public enum Pattern: String, Sendable {
    case largeOutput = "large_output"
    case repeatedFileRead = "repeated_file_read"
    case repeatedSearch = "repeated_search"
  }

  public struct Finding: Sendable {
    public let pattern: Pattern
    public let step: Int
    public let nodeID: String
    public let evidence: JSONObject
    let traceID: String

    public var severity: String { pattern == .repeatedSearch ? "low" : "medium" }
    public var confidence: Double {
      switch pattern {
      case .largeOutput: 0.8
      case .repeatedFileRead: 0.78
      case .repeatedSearch: 0.7
      }
    }
    public var reason: String {
      switch pattern {
      case .largeOutput: "A tool's output takes a large part of the context."
      case .repeatedFileRead: "The same file was read again and again in a short time."
      case .repeatedSearch: "Many searches followed each other in a short time."
      }
    }
    /// The first 16 hex digits of the SHA-256 of trace, step, node and pattern, joined with `:`.
    public var id: String {
      String(Digest.sha256Hex("\(traceID):\(step):\(nodeID):\(pattern.rawValue)").prefix(16))
    }
  }

  public let traceID: String
  public let thresholds: Thresholds
  public private(set) var findings: [Finding] = []
  public private(set) var limitations: [String] = []
  private let rules: AnalysisRules

  public init(_ record: TraceRecord, thresholds: Thresholds = Thresholds(), rules: AnalysisRules = .corrected) {
    traceID = record.traceID
    self.thresholds = thresholds
    self.rules = rules
    let paths = RecordPaths(record)
    var clock = Clock()
    var reads: [String: [Double]] = [:]
    var searches: [Double] = []
    let tools = Dictionary(
      record.steps.flatMap(\.toolCalls).map { ($0.toolCallID, $0.toolName) }
    ) { first, _ in first }
    for step in record.steps.sorted(by: { $0.stepIndex < $1.stepIndex }) {
      clock.advance(to: step)
      for observation in step.observations { add(observation, step, tools[observation.sourceCallID]) }
      for call in step.toolCalls {
        let use = ToolUse(call, rules: rules)
        if use.kind == .read {
          for file in use.readFiles {
            addRead(rules == .corrected ? paths.relative(file) : file, use, step, clock.now, &reads)
          }
        }
        addSearch(use, step, clock.now, &searches)
      }
    }
    if clock.isApproximate { limitations.append("missing_timestamps_window_checks_approximate") }
    if thresholds.largeOutput > Self.recordedLimit,
      record.steps.contains(where: { $0.observations.contains { $0.output.unicodeScalars.count == Self.recordedLimit } }
      )
    {
      limitations.append("outputs_recorded_up_to_\(Self.recordedLimit)_characters")
    }
  }

  /// Unicode scalars of an output that a record keeps.
  private static let recordedLimit = 10_000

  public func count(_ pattern: Pattern) -> Int { findings.count { $0.pattern == pattern } }

  private mutating func add(_ observation: Observation, _ step: Step, _ tool: String?) {
    let length = observation.output.unicodeScalars.count
    guard length >= thresholds.largeOutput else { return }
    add(
      .largeOutput, step, "tu:\(traceID):observation:\(observation.sourceCallID)",
      [
        "output_chars": .int(length), "source_call_id": .string(observation.sourceCallID),
        "tool_name": .optional(tool),
      ])
  }

  private mutating func addRead(
    _ file: String, _ use: ToolUse, _ step: Step, _ now: Double, _ reads: inout [String: [Double]]
  ) {
    let window = Double(thresholds.fileReadWindow * 60)
    let earlier = (reads[file] ?? []).filter { now - $0 <= window }
    reads[file] = earlier + [now]
    guard earlier.count >= Thresholds.fileReads - 1 else { return }
    add(
      .repeatedFileRead, step, "tu:\(traceID):tool:\(use.call.toolCallID)",
      [
        "file_path": .string(file), "read_count": .int(earlier.count + 1),
        "window_minutes": .int(thresholds.fileReadWindow),
      ])
  }

  private mutating func addSearch(_ use: ToolUse, _ step: Step, _ now: Double, _ searches: inout [Double]) {
    guard let family = SearchCommand.family(of: use, rules: rules) else { return }
    let earlier = searches.filter { now - $0 <= Double(thresholds.searchWindow * 60) }
    searches = earlier + [now]
    guard earlier.count >= Thresholds.searches - 1 else { return }
    var evidence: JSONObject = [
      "command_family": .string(family), "search_count": .int(earlier.count + 1),
      "window_minutes": .int(thresholds.searchWindow),
    ]
    if rules == .corrected, use.kind == .search { evidence["tool_name"] = .string(use.call.toolName) }
    add(.repeatedSearch, step, "tu:\(traceID):tool:\(use.call.toolCallID)", evidence)
  }

  private mutating func add(_ pattern: Pattern, _ step: Step, _ node: String, _ evidence: JSONObject) {
    findings.append(
      Finding(pattern: pattern, step: step.stepIndex, nodeID: node, evidence: evidence, traceID: traceID))
  }
}

/// Whether a call searches, and with what.
enum SearchCommand {
  private static let words = ["rg", "grep", "find", "ag", "ack"]
  /// What a command may stand behind.
  private static let openers: Set<String> = ["xargs", "sudo", "time"]

  static func family(of use: ToolUse, rules: AnalysisRules) -> String? {
    if rules == .corrected, use.kind == .search { return use.name }
    guard let command = use.command else { return nil }
    return rules == .peer ? firstWord(in: command) : firstCommand(in: command)
  }

  /// The first of the words anywhere, as a word.
  private static func firstWord(in command: String) -> String? {
    var word = ""
    for character in command + " " {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else {
        if words.contains(word) { return word }
        word = ""
      }
    }
    return nil
  }

  /// The first of the words where a command can stand.
  private static func firstCommand(in command: String) -> String? {
    var expects = true
    for part in command.split(
      omittingEmptySubsequences: true, whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" })
    {
      let pieces = part.split(omittingEmptySubsequences: false) { "|;&(".contains($0) }
      for (number, piece) in pieces.enumerated() {
        if number > 0 { expects = true }
        if piece.isEmpty { continue }
        if expects, words.contains(String(piece)) { return String(piece) }
        expects = openers.contains(String(piece)) && expects
      }
    }
    return nil
  }
}

/// Seconds since 1970 of the step at hand, as far as steps tell.
struct Clock {
  private(set) var now = 0.0
  private(set) var isApproximate = false

  mutating func advance(to step: Step) {
    if let time = step.timestamp.flatMap({ Timestamp($0) }) {
      now = Double(time.microseconds) / 1_000_000
    } else if step.timestamp != nil || !step.toolCalls.isEmpty {
      isApproximate = true
    }
  }
}
