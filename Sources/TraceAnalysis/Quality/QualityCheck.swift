public import TraceModel

/// One thing that is looked at in a record.
struct QualityCheck {
  let weight: Double
  /// From 0 to 1; nil where the question does not arise.
  let score: Double?

  init(_ weight: Double, _ score: Double?) {
    self.weight = weight
    self.score = score
  }

  init(_ weight: Double, _ passes: Bool) { self.init(weight, passes ? 1 : 0) }

  /// A part of all, three decimals.
  static func ratio(_ part: Int, _ all: Int, ofNone: Double = 0) -> Double {
    all == 0 ? ofNone : (Double(part) / Double(all) * 1000).rounded() / 1000
  }
}

/// How useful a record is to those who read it, from 0 to 100.
///
/// Source: the reference's table of persona scores; no model judges.
public struct RecordQuality: Sendable {
  public enum Persona: String, Sendable, CaseIterable {
    case conformance, training, rl, analytics, domain
  }

  /// Nil for a persona that has nothing to look at.
  public let scores: [Persona: Double]
  /// The mean of the scores; nil without any.
  public let overall: Double?

  /// Cost: the record's JSON, once.
  public init(_ record: TraceRecord) {
    let facts = QualityFacts(record)
    let checks: [Persona: [QualityCheck]] = [
      .conformance: facts.conformance, .training: facts.training, .rl: facts.reinforcement,
      .analytics: facts.analytics, .domain: facts.domain,
    ]
    let scores = checks.compactMapValues(Self.score)
    self.scores = scores
    overall = scores.isEmpty ? nil : Self.rounded(scores.values.sorted().reduce(0, +) / Double(scores.count))
  }

  private static func score(_ checks: [QualityCheck]) -> Double? {
    let known = checks.compactMap { check in check.score.map { (check.weight, $0) } }
    let weights = known.reduce(0) { $0 + $1.0 }
    guard weights > 0 else { return nil }
    return rounded(known.reduce(0) { $0 + $1.0 * $1.1 } / weights * 100)
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
