public import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore

/// The Agent Trace format, record version 0.1.0 (https://agent-trace.dev): one record per commit and agent.
///
/// Lines without an owner are left out: nobody knows whether a person wrote them. The published JSON schema wants a
/// version of two numbers; the specification and its examples say `0.1.0`, and so do we.
public struct AgentTraceFormat {
  public static let version = "0.1.0"
  private let reader: AttributionReader

  public init(_ reader: AttributionReader) { self.reader = reader }

  /// The records of one commit, by the name of the agent. Cost: the text of the files with owned lines, for the hashes.
  public func records(of attribution: CommitAttribution) throws -> [JSONValue] {
    let byAgent = Dictionary(grouping: attribution.entries) { attribution.agent(of: $0.traceID) ?? "" }
    return try byAgent.sorted { $0.key < $1.key }.map { agent, entries in
      let commit = attribution.commit
      let traces = Set(entries.map(\.traceID)).sorted()
      var record: JSONObject = [
        "version": .string(Self.version),
        "id": .string(TraceID.uuid(of: ["opentraces.agent_trace.v1", commit.id.hex, agent])),
        "timestamp": .string(commit.committerTime.iso8601), "vcs": ["type": "git", "revision": .string(commit.id.hex)],
      ]
      // A record names one version of a tool: that of the latest session.
      if let version = traces.compactMap({ attribution.rows[$0]?.agentVersion }).last, !agent.isEmpty {
        record["tool"] = ["name": .string(agent), "version": .string(version)]
      }
      let files = Dictionary(grouping: entries, by: \.path).sorted { $0.key < $1.key }
      record["files"] = .array(try files.map { try file($0.key, $0.value, attribution) })
      let tiers = JSONObject(traces.map { ($0, .strings(attribution.tiers[$0] ?? [])) })
      record["metadata"] = ["dev.opentraces": ["evidence_tiers": .object(tiers)]]
      return .object(record)
    }
  }

  private func file(
    _ path: BytePath, _ entries: [CommitAttribution.Entry], _ attribution: CommitAttribution
  ) throws -> JSONValue {
    let lines = try reader.lines(path, in: attribution.commit)
    var traces: [String] = []
    for entry in entries where !traces.contains(entry.traceID) { traces.append(entry.traceID) }
    let conversations = traces.map { trace in
      conversation(trace, entries.filter { $0.traceID == trace }, lines, attribution)
    }
    return ["path": .string(path.description), "conversations": .array(conversations)]
  }

  private func conversation(
    _ trace: String, _ entries: [CommitAttribution.Entry], _ lines: [Substring], _ attribution: CommitAttribution
  ) -> JSONValue {
    var contributor: JSONObject = ["type": "ai"]
    if let model = attribution.rows[trace]?.agentModel, model.utf8.count <= 250 {
      contributor["model_id"] = .string(model)
    }
    let ranges = LineRanges.merged(entries.flatMap(\.ranges)).map { range -> JSONValue in
      let text = lines[min(range.lowerBound - 1, lines.count)..<min(range.upperBound, lines.count)]
      return [
        "start_line": .int(range.lowerBound), "end_line": .int(range.upperBound),
        "content_hash": .string(Murmur3.contentHash(text.joined(separator: "\n"))),
      ]
    }
    let steps = Set(entries.map(\.step)).sorted()
    return [
      "url": .string("opentraces://\(trace)"), "contributor": .object(contributor), "ranges": .array(ranges),
      "related": .array(steps.map { ["type": "step", "url": .string("opentraces://\(trace)/step_\($0)")] }),
    ]
  }
}
