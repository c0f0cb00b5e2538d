public import Basics

/// An opinion about a record, without what it is about.
public struct Verdict: Hashable, Sendable {
  public let name: ToolName
  public let isFlagged: Bool
  public let summary: String
  public let payload: JSONValue

  public var json: JSONValue {
    [
      "name": .string(name.rawValue), "decision": isFlagged ? "flagged" : "clean", "summary": .string(summary),
      "payload": payload,
    ]
  }
}

/// What the tool `classifier` has seen so far, without any of the text: of a record that goes on, it judges what is added with
/// what was there.
public struct ClassifierTally: Hashable, Sendable {
  /// Names of what was seen.
  var patterns: [String: Severity] = [:]
  var words = 0
  var identifiers = 0

  public init() {}

  public init?(json: JSONValue) {
    guard let seen = json["patterns"]?.object, let words = json["words"]?.int,
      let identifiers = json["identifiers"]?.int
    else { return nil }
    for (name, severity) in seen.members { patterns[name] = severity.string.flatMap { Severity(rawValue: $0) } }
    self.words = words
    self.identifiers = identifiers
  }

  public var json: JSONValue {
    let seen = patterns.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value.rawValue)) }
    return ["patterns": .object(JSONObject(seen)), "words": .int(words), "identifiers": .int(identifiers)]
  }
}

/// The tool `classifier`: says what kinds of internal things a record speaks of. Changes nothing.
struct ContentClassifier: Sendable {
  enum Sensitivity: String, CaseIterable, Sendable {
    case low, medium, high

    fileprivate var least: Severity {
      switch self {
      case .low: .high
      case .medium: .medium
      case .high: .low
      }
    }
    fileprivate var density: Double {
      switch self {
      case .low: 0.02
      case .medium: 0.01
      case .high: 0.005
      }
    }
    fileprivate var depth: Int {
      switch self {
      case .low: 8
      case .medium: 6
      case .high: 4
      }
    }
  }

  private let sensitivity: Sensitivity
  private(set) var tally: ClassifierTally

  init(_ sensitivity: Sensitivity, after tally: ClassifierTally = ClassifierTally()) {
    self.sensitivity = sensitivity
    self.tally = tally
  }

  private static let weights: [String: Double] = [
    "internal_hostname": 0.6, "aws_account_id": 0.7, "db_connection_string": 0.7, "internal_url": 0.4,
    "deep_file_path": 0.2,
  ]

  mutating func look(_ text: Bytes) {
    for span in BusinessLogicDetector.spans(text) {
      tally.patterns[span.pattern] = span.severity
    }
    for word in text.split(whereSeparator: { $0 <= 0x20 || "\"'`,;()[]{}<>".utf8.contains($0) }) {
      tally.words += 1
      let dashes = word.count { $0 == UInt8(ascii: "-") }
      let hex = word.count { ByteSet.hex.contains($0) }
      if word.count == 36, dashes == 4, hex == 32 { tally.identifiers += 1 }
      if (32...64).contains(word.count), hex == word.count { tally.identifiers += 1 }
      let slashes = word.count { $0 == UInt8(ascii: "/") }
      if slashes >= sensitivity.depth, word.first == UInt8(ascii: "/") {
        tally.patterns["deep_file_path"] = .low
      }
    }
  }

  func verdict() -> Verdict {
    var scores = Dictionary(
      tally.patterns.map { ($0.key, (severity: $0.value, score: Self.weights[$0.key] ?? 0.4)) }
    ) { first, _ in first }
    let density = tally.words == 0 ? 0 : Double(tally.identifiers) / Double(tally.words)
    if tally.identifiers >= 3, density >= sensitivity.density {
      scores["identifier_density"] = (.medium, 0.3 + min(10 * density, 0.4))
    }
    let flags = scores.filter { $0.value.severity >= sensitivity.least }.sorted { $0.key < $1.key }
    let risk = min(1, flags.map(\.value.score).max() ?? 0)
    let rounded = (risk * 100).rounded() / 100
    let hundredths = String(Int((risk * 100).rounded()) % 100)
    let shown = "\(Int(risk)).\(hundredths.count < 2 ? "0" : "")\(hundredths)"
    return Verdict(
      name: .classifier, isFlagged: !flags.isEmpty,
      summary: flags.isEmpty ? "no classifier flags" : "\(flags.count) flag(s), risk \(shown)",
      payload: [
        "flags": .array(flags.map { ["pattern": .string($0.key), "severity": .string($0.value.severity.rawValue)] }),
        "risk_score": .double(rounded), "sensitivity": .string(sensitivity.rawValue),
      ])
  }
}
