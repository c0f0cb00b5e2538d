internal import Basics
internal import TraceAnalysis
internal import TraceModel

/// What `--waste` says, in `trace get` and `trace map` alike.
struct WasteView {
  let waste: ContextWaste
  let fidelity: String

  var json: JSONValue {
    let limits = waste.thresholds
    return [
      "schema_version": .string(ContextWaste.schema), "status": "ok", "trace_id": .string(waste.traceID),
      "fidelity": .string(fidelity),
      "thresholds": [
        "large_output_chars": .int(limits.largeOutput), "file_read_window_minutes": .int(limits.fileReadWindow),
        "file_read_repeat_threshold": .int(ContextWaste.Thresholds.fileReads),
        "search_window_minutes": .int(limits.searchWindow),
        "search_repeat_threshold": .int(ContextWaste.Thresholds.searches),
      ],
      "findings": .array(
        waste.findings.map {
          [
            "finding_id": .string($0.id), "kind": "context_waste", "pattern": .string($0.pattern.rawValue),
            "severity": .string($0.severity), "confidence": .double($0.confidence), "reason": .string($0.reason),
            "step_index": .int($0.step), "node_id": .string($0.nodeID), "evidence": .object($0.evidence),
          ]
        }),
      "summary": [
        "context_waste_count": .int(waste.findings.count), "large_output_count": .int(waste.count(.largeOutput)),
        "repeated_file_read_count": .int(waste.count(.repeatedFileRead)),
        "repeated_search_count": .int(waste.count(.repeatedSearch)),
      ],
      "limitations": .strings(waste.limitations),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard !waste.findings.isEmpty else { return "no context waste found\n" }
    return waste.findings.map { finding in
      let what = finding.evidence["file_path"]?.string ?? finding.evidence["command_family"]?.string
      let count = ["output_chars", "read_count", "search_count"].compactMap { finding.evidence[$0]?.int }.first ?? 0
      return TextWidth.pad(finding.pattern.rawValue, to: 20) + " step " + TextWidth.padLeft("\(finding.step)", to: 5)
        + "  " + TextWidth.padLeft("\(count)", to: 7) + "  "
        + style.path(TextWidth.cut(PrintableText.make(what ?? ""), to: max(16, context.width - 46)))
    }.joined(separator: "\n") + "\n"
  }
}

/// What `--run-intel` says, in `trace get` and `trace map` alike.
struct RunSignalsView {
  let signals: RunSignals
  let fidelity: String

  var json: JSONValue {
    let counts: [RunSignals.Kind] = [.resteer, .recovery, .loop, .failure]
    return [
      "schema_version": .string(RunSignals.schema), "status": "ok", "trace_id": .string(signals.traceID),
      "fidelity": .string(fidelity),
      "signals": .array(
        signals.signals.map {
          [
            "kind": .string($0.kind.rawValue), "severity": .string($0.severity), "confidence": .double($0.confidence),
            "reason": .string($0.reason), "step_index": .int($0.step), "node_id": .string($0.nodeID),
            "matched_text": .string(PreviewText.make($0.text, limit: 160)), "evidence_ref": .string($0.reference),
            "evidence": .object($0.evidence),
          ]
        }),
      "counts": .object(JSONObject(counts.map { ($0.rawValue, .int(signals.count($0))) })),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard !signals.signals.isEmpty else { return "no run signals found\n" }
    return signals.signals.map { signal in
      let name = TextWidth.pad(signal.kind.rawValue, to: 9)
      let painted =
        switch signal.kind {
        case .failure: style.bad(name)
        case .recovery: style.good(name)
        case .loop, .resteer: style.partial(name)
        }
      let text = PrintableText.make(PreviewText.make(signal.text, limit: 160))
      return painted + " step " + TextWidth.padLeft("\(signal.step)", to: 5) + "  "
        + TextWidth.cut(text, to: max(16, context.width - 24))
    }.joined(separator: "\n") + "\n"
  }
}
