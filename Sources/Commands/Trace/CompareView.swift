internal import Basics
internal import TraceAnalysis

/// Two sessions beside each other.
struct CompareView {
  struct Side {
    let summary: RunSummary
    let fidelity: String
    let title: String
    let agent: String
  }

  let a: Side
  let b: Side
  let gap: Int
  let includesQuality: Bool

  private typealias Values = [(name: String, value: RunSummary.Value)]

  var json: JSONValue {
    [
      "schema_version": .string(RunSummary.schema), "status": "ok", "trace_a": .string(a.summary.traceID),
      "trace_b": .string(b.summary.traceID), "fidelity": ["a": .string(a.fidelity), "b": .string(b.fidelity)],
      "burst_gap": .int(gap), "quality_included": .bool(includesQuality),
      "delta": [
        "metrics": .object(triples(a.summary.metrics, b.summary.metrics)), "quality": quality,
        "bursts": .object(
          JSONObject(
            [("available_a", .bool(true)), ("available_b", .bool(true))]
              + triples(a.summary.bursts, b.summary.bursts).members.map { ($0.key, $0.value) })),
        "signals": .object(
          JSONObject(
            triples(a.summary.signals, b.summary.signals).members.map { ($0.key, $0.value) }
              + [("whole_trace", .object(triples(a.summary.wholeTrace, b.summary.wholeTrace)))])),
        "security": .object(triples(a.summary.security, b.summary.security)),
      ],
    ]
  }

  private func triples(_ a: Values, _ b: Values) -> JSONObject {
    JSONObject(zip(a, b).map { ($0.name, .object(triple($0.value, $1.value))) })
  }

  private func triple(_ a: RunSummary.Value, _ b: RunSummary.Value) -> JSONObject {
    let isCount = if case .count = a { true } else { false }
    let delta = RunSummary.delta(a, b)
    return [
      "a": json(a), "b": json(b),
      "delta": isCount ? .optional(delta.flatMap { Int(exactly: $0) }) : .optional(delta),
    ]
  }

  private func json(_ value: RunSummary.Value) -> JSONValue {
    switch value {
    case .count(let count): .optional(count)
    case .amount(let amount): .optional(amount)
    }
  }

  private var quality: JSONValue {
    guard let a = a.summary.quality, let b = b.summary.quality else { return .null }
    let personas = RecordQuality.Persona.allCases.map { persona -> (String, JSONValue) in
      let (first, second) = (a.scores[persona], b.scores[persona])
      guard first != nil || second != nil else { return (persona.rawValue, .null) }
      var triple = triple(.amount(first), .amount(second))
      triple["available"] = true
      return (persona.rawValue, .object(triple))
    }
    return [
      "personas": .object(JSONObject(personas)),
      "overall_utility": .object(triple(.amount(a.overall), .amount(b.overall))),
    ]
  }

  // MARK: Text

  private static let titles = [
    "total_steps": "steps", "total_input_tokens": "input tokens", "total_output_tokens": "output tokens",
    "total_cache_read_tokens": "tokens from cache", "total_cache_creation_tokens": "tokens into cache",
    "total_duration_s": "duration", "cache_hit_rate": "cache hits", "estimated_cost_usd": "cost",
    "burst_count": "bursts", "files": "files", "patches": "patches", "error_signal_count": "errors",
    "test_run_count": "test runs", "tool_call_count": "tool calls",
  ]

  func text(_ context: CommandContext) -> String {
    let style = context.style
    let width = max(12, (min(context.width, 100) - 34) / 2)
    var out = style.dim("compare") + " " + style.trace("t:" + a.summary.traceID.prefix(8)) + " -> "
    out += style.trace("t:" + b.summary.traceID.prefix(8)) + "\n\n"
    func line(_ name: String, _ first: String, _ second: String, _ delta: String = "") {
      out += TextWidth.pad("  " + name, to: 21) + TextWidth.pad(TextWidth.cut(first, to: width), to: width + 1)
      out += TextWidth.pad(TextWidth.cut(second, to: width), to: width + 1) + delta
      while out.last == " " { out.removeLast() }
      out += "\n"
    }
    func title(_ side: Side) -> String { PrintableText.make(PreviewText.make(side.title, limit: 120)) }
    line("", title(a), title(b))
    line("agent", a.agent, b.agent)
    for (first, second) in zip(
      a.summary.metrics + a.summary.bursts + a.summary.wholeTrace,
      b.summary.metrics + b.summary.bursts + b.summary.wholeTrace)
    {
      let delta = RunSummary.delta(first.value, second.value)
      line(
        Self.titles[first.name] ?? first.name, shown(first.name, first.value), shown(second.name, second.value),
        delta.map { $0 == 0 ? style.dim("=") : style.bold(($0 > 0 ? "+" : "-") + number(first.name, abs($0))) } ?? "")
    }
    guard let first = a.summary.quality, let second = b.summary.quality else { return out }
    out += "\n  " + style.dim("how useful the records are, of 100") + "\n"
    for persona in RecordQuality.Persona.allCases {
      let (one, other) = (first.scores[persona], second.scores[persona])
      let delta = RunSummary.delta(.amount(one), .amount(other))
      line(
        persona == .rl ? "reinforcement" : persona.rawValue, one.map { "\($0)" } ?? "–", other.map { "\($0)" } ?? "–",
        delta.map { $0 == 0 ? style.dim("=") : style.bold(($0 > 0 ? "+" : "-") + Self.fixed(abs($0), 1)) } ?? "")
    }
    return out
  }

  private func shown(_ name: String, _ value: RunSummary.Value) -> String {
    switch value {
    case .count(let count): count.map { number(name, Double($0)) } ?? "–"
    case .amount(let amount): amount.map { number(name, $0) } ?? "–"
    }
  }

  private func number(_ name: String, _ value: Double) -> String {
    switch name {
    case "estimated_cost_usd": return "$" + Self.fixed(value, 2)
    case "cache_hit_rate": return Self.fixed(value * 100, 1) + " %"
    case "total_duration_s": return Self.duration(Int(exactly: value.rounded()) ?? Int.max)
    default:
      var digits = String(Int(exactly: value.rounded()) ?? Int.max)
      var at = digits.count - 3
      while at > 0 {
        digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
        at -= 3
      }
      return digits
    }
  }

  private static func duration(_ seconds: Int) -> String {
    seconds < 120
      ? "\(seconds) s" : seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h \(seconds % 3600 / 60) min"
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = digits == 1 ? 10 : 100
    let whole = Int(exactly: (value * Double(scale)).rounded()) ?? Int.max
    let fraction = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
