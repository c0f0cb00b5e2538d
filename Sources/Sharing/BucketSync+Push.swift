public import Basics
public import GitKit
internal import SecurityTools
internal import TraceStore
internal import Trails

extension BucketSync {
  public struct PushReport: Sendable {
    /// Traces that are new at the remote, or other than they were there.
    public var traces: [String] = []
    /// Traces that were at the remote and are not any more.
    public var removed: [String] = []
    public var references: [String] = []
    public var attempts = 0
    public var tip: ObjectID?
    public var digest = ""
  }

  public enum PushResult: Sendable {
    case sent(PushReport, ClearanceState)
    /// Some traces are not cleared, and only all of them were to be sent.
    case refused(ClearanceState)
    /// Nothing is cleared.
    case ineligible(ClearanceState)
  }

  /// Seconds after which a push that others were always faster than gives up.
  static let patience = 60.0

  /// Sends this clone's plane and the notes about what is in it. What has become out of date is filtered first; what is
  /// in the plane then was filtered under the present policy, and nothing else leaves.
  ///
  /// Refs written: ``StoreRefs/shareable(_:)``, those of the remote, what git keeps to track them. A lost race is fetched,
  /// merged and tried again.
  ///
  /// - Parameter isPartial: send what is cleared although something is not.
  public func push(isPartial: Bool, _ progress: any ProgressReporter = SilentProgress()) throws -> PushResult {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    let inputs = try self.inputs()
    let state = try run(.stale, WriterID.get(repository, environment: environment), turn, progress).state
    if !state.isClear, state.cleared == 0 { return .ineligible(state) }
    if !state.isClear, !isPartial { return .refused(state) }
    let report = try send(turn, progress)
    if state.isClear { try remember(inputs) }
    return .sent(report, state)
  }

  func run(
    _ scope: SecurityRun.Scope, _ writer: String, _ turn: ShareTurn, _ progress: any ProgressReporter
  ) throws -> SecurityRun.Report {
    try SecurityRun(repository, policy: policy, writer: writer, time: time, progress: progress).run(scope, turn)
  }

  func tracked(_ reference: String) -> String { StoreRefs.tracking(remote.name) + Paths.name(reference) }

  func send(_ turn: ShareTurn, _ progress: any ProgressReporter) throws -> PushReport {
    var report = PushReport()
    guard var own = try ownPlane() else { return report }
    let before = try repository.resolve(reference: tracked(own.reference))
    let start = MonotonicClock.seconds()
    let filter = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
    let tombstones = try Tombstones(repository)
    // A clone without anything to tell does not say that it is there.
    var wantsPlane = try ["traces", "by-trace", "tombstones"].contains { part in
      try SharePlane(repository, writer: Paths.name(own.reference)).root
        .flatMap { try repository.entry(at: part, in: $0) } != nil
    }
    while true {
      report.attempts += 1
      let plane = try SharePlane(repository, writer: Paths.name(own.reference))
      var specs: [PushSpec] = []
      if wantsPlane { specs.append(PushSpec(from: own.tip, to: own.reference, lease: try lease(own))) }
      let writer = AdaptiveWriter(repository)
      let exchange = NotesExchange(repository, remote: remote.name, time: time)
      let notes = try exchange.outgoing(writer, isDead: tombstones.contains) { line, text in
        (try? plane.mark(line.traceID)) ?? nil != nil && filter.sanitize(text).text == text
          // Programs looked at the plane: what they left of a path, it has.
          && (!policy.asksPrograms || (try? plane.hasEdits(of: line.path, by: line.traceID)) ?? false)
      }
      try writer.flush()
      if let notes { specs.append(PushSpec(from: notes, to: StoreRefs.notes)) }
      if specs.isEmpty { break }
      let outcomes = try transport.push(remote.name, specs)
      switch outcomes[own.reference] {
      case .done?:
        report.references.append(own.reference)
        wantsPlane = false
        try sent(own)
      case .upToDate?: wantsPlane = false
      case .refused(let reason)?: throw RemoteProblem(.refused, "the remote refused \(own.reference): \(reason)")
      case .outdated?, nil: break
      }
      switch outcomes[StoreRefs.notes] {
      case .done?:
        report.references.append(StoreRefs.notes)
        if let notes { try track(notes, as: StoreRefs.trackedNotes(remote.name)) }
      case .refused(let reason)?: throw RemoteProblem(.refused, "the remote refused \(StoreRefs.notes): \(reason)")
      case .upToDate?, .outdated?, nil: break
      }
      if !outcomes.values.contains(.outdated) { break }
      guard MonotonicClock.seconds() - start < Self.patience else {
        throw RemoteProblem(
          .busy, "others were faster for \(Int(Self.patience)) seconds, or a lock was left at the remote")
      }
      try fetch()
      if outcomes[own.reference] == .outdated { try takeOver(&own, turn, progress) }
      MonotonicClock.pause(milliseconds: UInt32.random(in: 5...50))
    }
    report.traces = try changedTraces(from: before, to: own.tip)
    let root = try repository.tree(ofCommit: own.tip)
    report.removed = try (before.map { try changedTraces(from: own.tip, to: $0) } ?? []).filter { trace in
      try root.flatMap { try repository.entry(at: StoreRefs.traceDirectory(trace), in: $0) } == nil
    }
    report.tip = own.tip
    report.digest = try digest([own.tip])
    return report
  }
}
