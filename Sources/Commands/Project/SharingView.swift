internal import Basics
internal import GitKit
internal import SecurityTools
internal import Sharing
internal import TraceStore

/// What `status` says of what may leave and what has left. Changes nothing. Cost: what is kept of the state, and the trees of
/// what was sent.
struct SharingView {
  private let repository: Repository
  private let policy: ClearancePolicy
  private let state: ClearanceState
  private let gate: SecurityGate
  private let plane: SharePlane
  /// What this clone sent last.
  private let sent: SharePlane?
  /// The name of the remote; nil before `setup bucket`.
  let remote: String?
  /// Traces that are at the remote, be it as they were.
  let pushed: Int

  init(_ share: ShareContext) throws {
    repository = share.repository
    policy = share.policy
    state = try share.state()
    gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    plane = try share.plane()
    remote = share.remote?.name
    sent = try share.sentPlane()
    let traces = try sent?.root.flatMap { try share.repository.entry(at: "traces", in: $0) }
    let shards = try traces.flatMap { try share.repository.tree($0.id) } ?? []
    pushed = min(state.total, try shards.reduce(0) { try $0 + (share.repository.tree($1.id)?.count ?? 0) })
  }

  var unscanned: Int { state.unfiltered.count }
  var notCleared: Int { state.unfiltered.count + state.stale.count }
  var verdict: String { state.total == 0 ? "empty" : notCleared > 0 ? "not_cleared" : "clear" }
  var blockers: [String] { gate.recordReasons + (unscanned > 0 ? ["unscanned_records"] : []) }
  var isReady: Bool { state.total > 0 && blockers.isEmpty }

  var safety: JSONValue {
    [
      "scanned_count": .int(state.total - unscanned), "unscanned_count": .int(unscanned),
      "not_cleared_count": .int(notCleared), "verdict": .string(verdict),
    ]
  }

  /// Which tools went over a trace as it is shared. Cost: a small blob.
  func security(of trace: String) -> JSONValue {
    let directory = StoreRefs.traceDirectory(trace)
    func blob(_ plane: SharePlane?, _ name: String) -> [UInt8]? {
      plane?.root.flatMap { root in (try? repository.blob(at: "\(directory)/\(name)", in: root)) ?? nil }
    }
    let clear = blob(plane, "clear.json").flatMap { try? JSONValue(parsing: $0) }
    let ran = Set((clear?["tools_ran"]?.array ?? []).compactMap { $0["name"]?.string })
    func tool(_ name: ToolName) -> JSONValue {
      ["enabled": .bool(policy.tools.contains(name)), "ran": .bool(ran.contains(name.rawValue))]
    }
    return [
      "regex": .bool(ran.contains(ToolName.regex.rawValue)), "trufflehog": tool(.trufflehog), "llm": tool(.llmPII),
      "human": false, "pushed": .bool(blob(sent, "clear.json") != nil),
    ]
  }

  func text(_ style: Style) -> String {
    let cleared = "\(state.cleared) of \(state.total) cleared to leave"
    guard let remote else { return style.dim(cleared + ", shared with nobody") }
    return "\(cleared), \(pushed) sent to \(remote)"
      + (notCleared == 0 ? "" : style.dim("  \(gate.advice.first ?? SecurityGate.runCommand)"))
  }
}
