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
    let isAhead = own.map { planes[$0.reference] != $0.tip } ?? false
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
    public var objects = 0
    public var attempts = 0
    public var tip: ObjectID?
    public var digest = ""
  }

  /// Seconds after which a push that others were always faster than gives up.
  private static let patience = 60.0

  /// Sends this clone's plane and the notes about what is in it. What is in the plane was filtered; nothing else leaves.
  ///
  /// Refs written: those of the remote; what git keeps to track them. A lost race is fetched, merged and tried again.
  public func push() throws -> PushReport {
    let turn = try ShareTurn(repository)
    defer { turn.end() }
    var report = PushReport()
    guard let own = try ownPlane() else { return report }
    let tracked = try repository.resolve(reference: StoreRefs.tracking(remote.name) + Paths.name(own.reference))
    let start = MonotonicClock.seconds()
    let plane = try SharePlane(repository, writer: Paths.name(own.reference))
    let filter = TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
    var wantsPlane = true
    while true {
      report.attempts += 1
      var specs: [PushSpec] = []
      if wantsPlane { specs.append(PushSpec(from: own.tip, to: own.reference)) }
      let writer = AdaptiveWriter(repository)
      let notes = try NotesExchange(repository, remote: remote.name, time: time).outgoing(writer) { line, text in
        (try? plane.mark(line.traceID)) ?? nil != nil && filter.sanitize(text).text == text
      }
      try writer.flush()
      if let notes { specs.append(PushSpec(from: notes, to: StoreRefs.notes)) }
      let outcomes = try transport.push(remote.name, specs)
      switch outcomes[own.reference] {
      case .done?:
        report.references.append(own.reference)
        wantsPlane = false
        try track(own.tip, as: StoreRefs.tracking(remote.name) + Paths.name(own.reference))
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
      let isBehind = outcomes.values.contains(.outdated)
      if !isBehind { break }
      guard MonotonicClock.seconds() - start < Self.patience else {
        throw RemoteProblem(.busy, "others were faster for \(Int(Self.patience)) seconds")
      }
      try fetch()
      if outcomes[own.reference] == .outdated {
        throw RemoteProblem(.refused, "\(own.reference) of the remote is not this clone's")
      }
      MonotonicClock.pause(milliseconds: UInt32.random(in: 5...50))
    }
    report.traces = try changedTraces(from: tracked, to: own.tip)
    report.tip = own.tip
    report.digest = try digest([own.tip])
    return report
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

  /// Digest of all that a push depends on.
  private func pushKey() throws -> String {
    let references = [StoreRefs.bucket, StoreRefs.events, StoreRefs.notes, StoreRefs.team]
    let all = try [StoreRefs.shareablePrefix, StoreRefs.tracking(remote.name)].flatMap {
      try repository.references(prefix: $0).map { "\($0.name) \($0.id.hex)" }
    }
    let tips = try (references + [StoreRefs.trackedNotes(remote.name)]).map {
      try repository.resolve(reference: $0)?.hex ?? "-"
    }
    return Digest.sha256Hex((tips + all + [remote.name, remote.url, policy.digest]).joined(separator: "\n"))
  }

  /// Remembers that everything is cleared and sent.
  public func remember() throws {
    try Files.writeAtomically(Array(try pushKey().utf8), to: memoPath, mode: 0o600)
  }

  /// When nothing has changed since a push that left nothing here: asks the remote whether it still has it all. Nil when
  /// something has changed, here or there. Cost: some references, and one conversation.
  public func confirm() throws -> PushReport? {
    guard try Files.readText(memoPath) == pushKey(), let own = try ownPlane() else { return nil }
    let outcome = try transport.push(remote.name, [PushSpec(from: own.tip, to: own.reference)])
    guard outcome[own.reference] == .upToDate else { return nil }
    return PushReport(attempts: 1, tip: own.tip, digest: try digest([own.tip]))
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

/// The traces that somebody purged.
struct Tombstones {
  private let traces: Set<String>

  /// Cost: the tombstones of all planes.
  init(_ repository: Repository) throws {
    var traces: Set<String> = []
    let references = try [StoreRefs.shareablePrefix, StoreRefs.trackingPrefix].flatMap {
      try repository.references(prefix: $0)
    }
    for reference in references {
      guard let root = try repository.tree(ofCommit: reference.id),
        let directory = try repository.entry(at: "tombstones", in: root)
      else { continue }
      for shard in try repository.tree(directory.id) ?? [] {
        for stone in try repository.tree(shard.id) ?? [] where stone.name.description.hasSuffix(".json") {
          traces.insert(StoreRefs.traceID(ofFile: String(stone.name.description.dropLast(5))))
        }
      }
    }
    self.traces = traces
  }

  func contains(_ trace: String) -> Bool { traces.contains(trace) }
}
