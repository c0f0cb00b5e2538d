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
  private var scores: [String: (severity: Severity, score: Double)] = [:]
  private var words = 0
  private var identifiers = 0

  init(_ sensitivity: Sensitivity) { self.sensitivity = sensitivity }

  private static let weights: [String: Double] = [
    "internal_hostname": 0.6, "aws_account_id": 0.7, "db_connection_string": 0.7, "internal_url": 0.4,
  ]

  mutating func look(_ text: Bytes) {
    for span in BusinessLogicDetector.spans(text) {
      scores[span.pattern] = (span.severity, Self.weights[span.pattern] ?? 0.4)
    }
    for word in text.split(whereSeparator: { $0 <= 0x20 || "\"'`,;()[]{}<>".utf8.contains($0) }) {
      words += 1
      let dashes = word.count { $0 == UInt8(ascii: "-") }
      let hex = word.count { ByteSet.hex.contains($0) }
      if word.count == 36, dashes == 4, hex == 32 { identifiers += 1 }
      if (32...64).contains(word.count), hex == word.count { identifiers += 1 }
      let slashes = word.count { $0 == UInt8(ascii: "/") }
      if slashes >= sensitivity.depth, word.first == UInt8(ascii: "/") {
        scores["deep_file_path"] = (.low, 0.2)
      }
    }
  }

  func verdict() -> Verdict {
    var scores = scores
    let density = words == 0 ? 0 : Double(identifiers) / Double(words)
    if identifiers >= 3, density >= sensitivity.density {
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
