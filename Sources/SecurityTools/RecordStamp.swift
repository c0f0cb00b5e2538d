public import Basics
internal import TraceModel

/// What a record says of the tools that went over it.
public struct RecordStamp {
  private let outcome: DocumentSanitizer.Outcome

  public init(_ outcome: DocumentSanitizer.Outcome) { self.outcome = outcome }

  /// The record with `security` and `metadata.security`. With no tool at all it says that it was not looked at.
  public func applied(to record: JSONValue) -> JSONValue {
    guard var object = record.object else { return record }
    let wasScanned = !outcome.applied.isEmpty
    let flags = outcome.verdicts.reduce(0) { $0 + ($1.payload["flags"]?.array?.count ?? 0) }
    var security = object["security"]?.object ?? [:]
    security["scanned"] = .bool(wasScanned)
    security["redactions_applied"] = .int(wasScanned ? outcome.redactions : 0)
    security["flags_reviewed"] = .int(flags)
    security["classifier_version"] = wasScanned ? .string(TrailVersions.security) : .null
    object["security"] = .object(security)
    var metadata = object["metadata"]?.object ?? [:]
    metadata["security"] = [
      "tools_applied": .strings(outcome.applied.map(\.rawValue)),
      "tools_failed": .strings(outcome.failed.map(\.tool.rawValue)),
      "tools": .object(
        JSONObject(
          outcome.applied.map { ($0.rawValue, tool($0)) }
            + outcome.failed.map { ($0.tool.rawValue, ["status": "unavailable", "error": .string($0.error)]) })),
    ]
    object["metadata"] = .object(metadata)
    return .object(object)
  }

  private func tool(_ tool: ToolName) -> JSONValue {
    let found = outcome.findings.count { $0.tool == tool }
    switch tool {
    case .capsuleScope: return ["fields_excluded": .int(outcome.excluded)]
    case .pathAnonymizer: return ["changes_applied": .int(found)]
    case .classifier:
      guard let verdict = outcome.verdicts.first else { return [:] }
      return [
        "decision": verdict.isFlagged ? "flagged" : "clean", "summary": .string(verdict.summary),
        "flags_count": .int(verdict.payload["flags"]?.array?.count ?? 0),
        "risk_score": verdict.payload["risk_score"] ?? .null, "sensitivity": verdict.payload["sensitivity"] ?? .null,
      ]
    default: return ["findings_count": .int(found), "redactions_applied": .int(found)]
    }
  }
}
