public import Basics
public import GitKit
internal import SecurityTools
internal import TraceStore
internal import Trails

/// Moves what is shared between this clone and its remote.
///
/// Every reference over there has one writer, but for the notes, whose merge is a union of lines: pushes do not collide,
/// and nothing that is there or here is overwritten. A push or fetch that breaks off leaves both sides as they were.
public struct BucketSync {
  /// How this clone and the remote stand to each other.
  public enum State: String, Sendable {
    case current
    /// The remote has nothing of anybody's.
    case missing
    case localAhead = "local_ahead"
    case remoteAhead = "remote_ahead"
    case diverged
    case error
  }

  public struct Status: Sendable {
    public var state: State
    public var localDigest: String?
    public var remoteDigest: String?
    public var lastSyncDigest: String?
    public var remoteUpdatedAt: Timestamp?
    public var error: String?
    /// Planes of others at the remote that were not fetched yet.
    public var incoming = 0
  }

  private let repository: Repository
  private let remote: BucketRemote
  private let policy: ClearancePolicy
  private let environment: [String: String]
  private let time: Timestamp
  private let transport: GitTransport

  public init(
    _ repository: Repository, remote: BucketRemote, policy: ClearancePolicy, environment: [String: String],
    time: Timestamp
  ) {
    self.repository = repository
    self.remote = remote
    self.policy = policy
    self.environment = environment
    self.time = time
    transport = GitTransport(repository, environment: environment)
  }

  // MARK: Status

  private static let patterns = [StoreRefs.shareablePrefix + "*", StoreRefs.notes]

  /// Asks the remote what it has. Changes nothing. Cost: one conversation with the remote.
  public func status() throws -> Status {
    let tracked = try trackedPlanes()
    var status = Status(state: .current)
    let own = try ownPlane()
    let theirs = try TeamPlane(repository).planes().map(\.tip)
    status.localDigest = try digest([own?.tip].compactMap { $0 } + theirs)
    status.lastSyncDigest = tracked.isEmpty ? nil : try digest(Array(tracked.values))
    let there: [String: ObjectID]
    do {
      there = try transport.references(of: remote.name, Self.patterns)
    } catch let problem as RemoteProblem {
      status.state = .error
      status.error = problem.message
      return status
    }
    let planes = there.filter { $0.key.hasPrefix(StoreRefs.shareablePrefix) }
    if planes.isEmpty {
      status.state = .missing
      return status
    }
    if planes.values.allSatisfy(repository.contains) { status.remoteDigest = try digest(Array(planes.values)) }
    status.remoteUpdatedAt = try planes.values.compactMap { try repository.commit($0)?.committerTime }.max()
    status.incoming = planes.count { name, id in
      name != own?.reference && tracked[StoreRefs.tracking(remote.name) + Paths.name(name)] != id
    }
    let notes = try repository.resolve(reference: StoreRefs.trackedNotes(remote.name))
    let isAhead = own.map { planes[$0.reference] != $0.tip } ?? false || there[StoreRefs.notes] == nil && notes != nil
    switch (isAhead, status.incoming > 0) {
    case (false, false): status.state = .current
    case (true, false): status.state = .localAhead
    case (false, true): status.state = .remoteAhead
    case (true, true): status.state = .diverged
    }
    return status
  }

  private func trackedPlanes() throws -> [String: ObjectID] {
    Dictionary(try repository.references(prefix: StoreRefs.tracking(remote.name)).map { ($0.name, $0.id) }) {
      first, _ in first
    }
  }

  private func ownPlane() throws -> (reference: String, tip: ObjectID)? {
    guard let writer = try WriterID.read(repository, environment: environment),
      let tip = try SharePlane(repository, writer: writer).tip
    else { return nil }
    return (StoreRefs.shareable(writer), tip)
  }

  /// Digest of what some planes hold: of their content alone. Cost: a tree each.
  private func digest(_ tips: [ObjectID]) throws -> String {
    var lines: Set<String> = []
    for tip in tips {
      guard let root = try repository.tree(ofCommit: tip) else { continue }
      let parts = try ["traces", "tombstones"].map { try repository.entry(at: $0, in: root)?.id.hex ?? "-" }
      lines.insert(parts.joined(separator: " "))
    }
    return "sha256:" + Digest.sha256Hex(lines.sorted().joined(separator: "\n"))
  }

  // MARK: Pull

  public struct PullReport: Sendable {
    /// Whether what others share is another than before.
    public var isChanged = false
    public var planes = 0
    public var notes = 0
    public var traces = 0
    public var newTraces = 0
    /// Traces that were here and that another clone purged.
    public var purged: [String] = []
    public var digest = ""
  }

  /// Fetches what others share, joins their notes with ours, and brings the union up to date.
  ///
  /// Refs written: ``StoreRefs/tracking(_:)``, the tracked notes, ``StoreRefs/notes``, ``StoreRefs/team``.
  public func pull() throws -> PullReport {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    let before = Set(try Bucket.union(repository).traceTrees().map(\.name))
    try fetch()
    var report = PullReport()
    let team = TeamPlane(repository)
    if let writer = try WriterID.read(repository, environment: environment) {
      report.purged = try TracePurge(repository, writer: writer, time: time).applyTombstones()
    }
    guard let isChanged = try team.refresh(time: time) else {
      throw RemoteProblem(.locked, "another process is writing to the store")
    }
    report.isChanged = isChanged
    report.planes = try team.planes().count
    report.notes = try receiveNotes()
    let bucket = try Bucket.union(repository)
    let names = try bucket.traceTrees().map(\.name)
    report.traces = names.count
    report.newTraces = names.count { !before.contains($0) }
    report.digest = try digest(try team.planes().map(\.tip) + [ownPlane()?.tip].compactMap { $0 })
    return report
  }

  private func fetch() throws {
    // Patterns fit a remote that has none of it yet.
    try transport.fetch(
      remote.name,
      [
        "+\(StoreRefs.shareablePrefix)*:\(StoreRefs.tracking(remote.name))*",
        "+\(StoreRefs.notes)*:\(StoreRefs.trackedNotes(remote.name))*",
      ])
  }

  private func receiveNotes() throws -> Int {
    let tombstones = try Tombstones(repository)
    let notes = NotesExchange(repository, remote: remote.name, time: time)
    guard let count = try notes.receive(isDead: tombstones.contains) else {
      throw RemoteProblem(.locked, "another process is writing to the store")
    }
    return count
  }

  // MARK: Push

  public struct PushReport: Sendable {
    /// Traces that are new at the remote, or other than they were there.
    public var traces: [String] = []
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
  private static let patience = 60.0

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

  private func run(
    _ scope: SecurityRun.Scope, _ writer: String, _ turn: ShareTurn, _ progress: any ProgressReporter
  ) throws -> SecurityRun.Report {
    try SecurityRun(repository, policy: policy, writer: writer, time: time, progress: progress).run(scope, turn)
  }

  private func tracked(_ reference: String) -> String { StoreRefs.tracking(remote.name) + Paths.name(reference) }

  private func send(_ turn: ShareTurn, _ progress: any ProgressReporter) throws -> PushReport {
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
    report.tip = own.tip
    report.digest = try digest([own.tip])
    return report
  }

  // MARK: Whose the reference of the remote is

  private var sentPath: String { repository.stateDirectory + "/sent.json" }

  /// What this clone sent last, by reference.
  private func lastSent() throws -> JSONObject {
    (try Files.readText(sentPath)).flatMap { try? JSONValue(parsing: $0) }?.object ?? [:]
  }

  private func sent(_ own: (reference: String, tip: ObjectID)) throws {
    try track(own.tip, as: tracked(own.reference))
    var all = try lastSent()
    all["\(remote.url) \(own.reference)"] = .string(own.tip.hex)
    try Files.writeAtomically(CanonicalJSON.line(.object(all)), to: sentPath, mode: 0o600)
  }

  /// A plane that was filtered by other rules has no history, so that what it was before does not leave with it: it takes
  /// the place of what this clone itself sent last, and of nothing else.
  private func lease(_ own: (reference: String, tip: ObjectID)) throws -> ObjectID? {
    guard let there = try repository.resolve(reference: tracked(own.reference)), there != own.tip,
      try lastSent()["\(remote.url) \(own.reference)"]?.string == there.hex,
      try !repository.isAncestor(there, of: own.tip)
    else { return nil }
    return there
  }

  /// The remote has something under this writer's name that is not this clone's. A clone that was copied goes on under a
  /// name of its own; of a name that the environment gives, as machines do whose clones do not live long, the plane
  /// that is there goes on.
  private func takeOver(
    _ own: inout (reference: String, tip: ObjectID), _ turn: ShareTurn, _ progress: any ProgressReporter
  ) throws {
    guard let there = try repository.resolve(reference: tracked(own.reference)) else { return }
    // It is what this clone sent itself: only somebody's lock was in the way.
    if try repository.isAncestor(there, of: own.tip) { return }
    if try lease(own) != nil { return }
    var transaction = ReferenceTransaction(repository)
    let isGiven = !(environment[WriterID.variable] ?? "").isEmpty
    let writer: String
    if isGiven {
      writer = Paths.name(own.reference)
      transaction.set(own.reference, to: there, expecting: own.tip)
    } else {
      writer = try WriterID.renew(repository)
      transaction.delete(own.reference, expecting: own.tip)
    }
    try transaction.commit(reason: "opentraces")
    _ = try run(.all, writer, turn, progress)
    guard let next = try ownPlane() else { throw RemoteProblem(.refused, "the plane can't be made anew") }
    own = next
  }

  /// Traces of a plane that an earlier state of it does not have as they are. Cost: the trees that differ.
  private func changedTraces(from old: ObjectID?, to new: ObjectID) throws -> [String] {
    func children(_ id: ObjectID?) throws -> [TreeEntry] { try id.flatMap { try repository.tree($0) } ?? [] }
    func shards(_ tip: ObjectID?) throws -> [TreeEntry] {
      let root = try tip.flatMap { try repository.tree(ofCommit: $0) }
      return try children(root.flatMap { try repository.entry(at: "traces", in: $0)?.id })
    }
    let before = Dictionary(try shards(old).map { ($0.name, $0.id) }) { first, _ in first }
    return try shards(new).filter { before[$0.name] != $0.id }.flatMap { shard in
      let known = Set(try children(before[shard.name]))
      return try children(shard.id).filter { !known.contains($0) }.map {
        StoreRefs.traceID(ofFile: $0.name.description)
      }
    }.sorted()
  }

  // MARK: Nothing new

  private var memoPath: String { repository.stateDirectory + "/pushed.json" }

  /// All that what is to be pushed depends on.
  private func inputs() throws -> String {
    let tips = try [StoreRefs.bucket, StoreRefs.events, StoreRefs.notes, StoreRefs.team].map {
      try repository.resolve(reference: $0)?.hex ?? "-"
    }
    return (tips + [remote.name, remote.url, policy.digest]).joined(separator: "\n")
  }

  /// What is shared, and what the remote was seen to have.
  private func outputs() throws -> String {
    let all = try [StoreRefs.shareablePrefix, StoreRefs.tracking(remote.name)].flatMap {
      try repository.references(prefix: $0).map { "\($0.name) \($0.id.hex)" }
    }
    let notes = try repository.resolve(reference: StoreRefs.trackedNotes(remote.name))?.hex ?? "-"
    return (all + [notes]).joined(separator: "\n")
  }

  /// Remembers that everything is cleared and sent.
  ///
  /// - Parameter inputs: as they were before: what came in meanwhile is not.
  private func remember(_ inputs: String) throws {
    let key = try Digest.sha256Hex(inputs + "\n" + outputs())
    try Files.writeAtomically(Array(key.utf8), to: memoPath, mode: 0o600, isDurable: false)
  }

  /// When nothing has changed since a push that left nothing here: asks the remote whether it still has it all. Nil when
  /// something has changed, here or there. Sends nothing. Cost: some references, and one conversation.
  public func confirm() throws -> PushReport? {
    guard policy.isConfigured, let own = try ownPlane(),
      try Files.readText(memoPath) == Digest.sha256Hex(inputs() + "\n" + outputs())
    else { return nil }
    let there = try transport.references(of: remote.name, [own.reference, StoreRefs.notes])
    let notes = try repository.resolve(reference: StoreRefs.trackedNotes(remote.name))
    guard there[own.reference] == own.tip, there[StoreRefs.notes] == notes else {
      // What was seen there before is gone: it is not to be counted on.
      if let notes, there[StoreRefs.notes] == nil { try forget(StoreRefs.trackedNotes(remote.name), notes) }
      if there[own.reference] == nil { try forget(tracked(own.reference), own.tip) }
      return nil
    }
    return PushReport(attempts: 1, tip: own.tip, digest: try digest([own.tip]))
  }

  private func forget(_ reference: String, _ tip: ObjectID) throws {
    guard try repository.resolve(reference: reference) == tip else { return }
    var transaction = ReferenceTransaction(repository)
    transaction.delete(reference, expecting: tip)
    try transaction.commit(reason: "opentraces")
  }

  /// Remembers what the remote has, where git did not do it: it does for remotes with a fetch refspec for it.
  private func track(_ tip: ObjectID, as reference: String) throws {
    let known = try repository.resolve(reference: reference)
    if known == tip { return }
    var transaction = ReferenceTransaction(repository)
    transaction.set(reference, to: tip, expecting: known)
    try transaction.commit(reason: "opentraces")
  }
}
