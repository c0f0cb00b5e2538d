internal import Basics
internal import GitKit
internal import Sharing
internal import TraceStore

/// What is kept of sessions: the bucket and its gate, the search index, the event log.
extension DoctorReport {
  mutating func addBucket() throws {
    guard let repository else {
      json["bucket"] = ["state": "not-built"]
      return sections.append(
        Section(title: "Bucket", rows: [Row(mark: .none, label: "bucket", value: "not in a repository")]))
    }
    let share = try ShareContext(repository, context)
    let state = try share.state()
    let gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    json["bucket"] = [
      "root": .string(repository.commonDirectory), "digest": .string(try share.plane().digest),
      "trace_records": [
        "object_count": .int(state.total), "unfiltered_count": .int(state.unfiltered.count),
        "security_stale_count": .int(state.stale.count),
      ],
      "sync": ["eligible": .bool(gate.isEligible), "blocked_reasons": .strings(gate.blockingReasons)],
      "security_remediation": gate.remediation?.json ?? .null, "security_gate": gate.json,
      "state": state.total == 0 ? "not-built" : "ok",
    ]
    var section = Section(title: "Bucket")
    section.rows.append(Row(mark: .none, label: "sessions", value: "\(state.total)"))
    section.rows.append(
      Row(mark: .none, label: "remote", value: share.remote?.name ?? "none", detail: share.remote?.url ?? ""))
    section.rows.append(
      Row(
        mark: gate.isEligible ? .good : .none, label: "security gate",
        value: gate.isEligible ? "eligible" : "blocked", detail: gate.advice.joined(separator: ", then ")))
    sections.append(section)
    if let first = gate.advice.first, state.total > 0, share.remote != nil {
      let rest = gate.advice.dropFirst().joined(separator: ", then ")
      advise(first, "so that all sessions may leave" + (rest.isEmpty ? "" : "; then \(rest)"))
    }
  }

  mutating func addSearch() throws {
    guard let repository else { return }
    let snapshot = try TraceIndexStatusCommand.snapshot(context.indexer(repository))
    let told = snapshot["state"]?.string ?? "unknown"
    let state = ["ok": "ok", "stale": "stale", "missing": "missing", "wrong_schema": "stale"][told] ?? "error"
    let advice = "opentraces trace index rebuild"
    json["trace_index"] = [
      "state": .string(state), "rebuild_advice": .string(advice), "legacy_index_state": "missing",
      "search_snapshot": .object(snapshot), "search_snapshot_advice": .optional(state == "ok" ? nil : advice),
    ]
    sections.append(
      Section(
        title: "Trace search",
        rows: [
          Row(
            mark: state == "ok" ? .good : state == "error" ? .warning : .none, label: "index", value: state,
            detail: state == "ok" ? snapshot["trace_count"]?.int.map { "\($0) traces" } ?? "" : advice)
        ]))
  }

  /// A log with more batches or events is not read: `bucket verify --full` does that.
  private static let batchLimit = 1000
  private static let eventLimit = 4000

  mutating func addEventLog() throws {
    guard let repository else { return }
    let log = try EventLog(repository)
    let batches = try log.batchCount()
    var object: JSONObject = [
      "ref": .string(StoreRefs.events), "exists": .bool(log.tip != nil), "head": .optional(log.tip?.hex),
      "batch_count": .int(batches), "event_count": .int(try log.tail()?.sequence ?? 0),
    ]
    var row = Row(mark: .none, label: "event log", value: "missing")
    if log.tip == nil {
      object["state"] = "missing"
    } else if batches > Self.batchLimit || (object["event_count"]?.int ?? 0) > Self.eventLimit {
      for key in ["batch_parents_linear", "content_hashes_valid", "event_chain_valid"] { object[key] = .null }
      object["state"] = "unverified_large"
      object["doctor_scan_skipped"] = true
      object["skip_reason"] = "it is large: opentraces bucket verify --full reads it"
      row = Row(mark: .none, label: "event log", value: "not looked at", detail: "opentraces bucket verify --full")
    } else {
      let faults = try EventLogVerifier(log).faults()
      let kinds = Set(faults.map(\.kind))
      object["batch_parents_linear"] = .bool(!kinds.contains("event_parents"))
      object["content_hashes_valid"] = .bool(!kinds.contains("event_content"))
      object["event_chain_valid"] = .bool(!kinds.contains("event_chain"))
      object["state"] = faults.isEmpty ? "ok" : "invalid"
      object["errors"] = .array(faults.prefix(20).map(\.json))
      row = Row(
        mark: faults.isEmpty ? .good : .bad, label: "event log", value: faults.isEmpty ? "ok" : "damaged",
        detail: faults.isEmpty ? "\(object["event_count"]?.int ?? 0) events" : faults.first?.detail ?? "")
      if !faults.isEmpty {
        object["advice"] = "opentraces bucket verify --full"
        fail(
          "opentraces bucket verify --full",
          "the event log is damaged: opentraces bucket verify --full, then bucket repair")
      }
    }
    json["trail_event_log"] = .object(object)
    sections.append(Section(title: "Trace Trails", rows: [row]))
  }
}
