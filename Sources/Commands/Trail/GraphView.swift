internal import Basics
internal import GitKit
internal import Trails

/// What `trail graph --json` says.
struct GraphView {
  let facts: GraphFacts
  let showsEntities: Bool

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.trail.graph.v1",
      "mode": facts.pivot == nil ? "commit" : "trace", "pivot_trace_id": .optional(facts.pivot),
      "page": .int(facts.pageNumber), "has_more": .bool(facts.page.hasMore),
      "observed_head_id": .optional(facts.head?.hex), "commits": .array(facts.commits.map(commit)),
    ]
  }

  private func commit(_ graph: GraphCommit) -> JSONValue {
    let commit = graph.commit
    let coverage = facts.coverage(of: graph)
    return [
      "sha": .string(commit.id.hex), "short_sha": .string(commit.id.short), "subject": .string(commit.subject),
      "timestamp": .string(commit.committerTime.iso8601), "parents": .strings(commit.parents.map(\.hex)),
      "refs": .array(facts.decorations.names(of: commit.id).map(reference)),
      "lane": .optional(graph.row.map { $0.lane }), "source": .string(graph.source.rawValue),
      "coverage": ["attributed": .int(coverage?.attributed ?? 0), "total": .int(coverage?.total ?? 0)],
      "traces": .array(graph.shares.map { share($0, of: graph) }),
    ]
  }

  private func reference(_ name: RefName) -> JSONValue {
    ["kind": .string(name.kind.rawValue), "name": .string(name.name), "is_head": .bool(name.isHead)]
  }

  private func share(_ share: GraphCommit.Share, of graph: GraphCommit) -> JSONValue {
    var object: JSONObject = [
      "trace_id": .string(share.traceID), "session_id": .string(share.sessionID),
      "line_count": .int(share.lineCount), "deletions": .int(deletions(share, of: graph)),
      "files": .strings(share.files.map(\.description)),
      "lifecycle": .string(facts.lifecycle(of: share.traceID) ?? "provisional"),
      "source": .string(graph.source.rawValue),
      "trail_evidence": .array(graph.anchors.filter { $0.traceID == share.traceID }.map(evidence)),
    ]
    if showsEntities {
      let contribution = facts.entities[graph.commit.id]?[share.traceID]
      object["entities"] = .array((contribution?.entities ?? []).map(EntityText.json))
    }
    return .object(object)
  }

  private func deletions(_ share: GraphCommit.Share, of graph: GraphCommit) -> Int {
    graph.anchors.count { $0.traceID == share.traceID && WholeFileText.isDeletion($0.kind) }
  }

  private func evidence(_ anchor: Anchor) -> JSONValue {
    guard var row = AnchorRow.json(anchor).object else { return .null }
    let survival = facts.survivals[anchor.patchID]
    row["current_survival"] = .object(
      survival.map { SurvivalView.current($0, head: facts.head) } ?? ["survival_state": "unknown"])
    return .object(row)
  }
}
