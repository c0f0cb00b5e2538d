public import Basics
public import GitKit
internal import TraceStore

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

  let repository: Repository
  let remote: BucketRemote
  let policy: ClearancePolicy
  let environment: [String: String]
  let time: Timestamp
  let transport: GitTransport

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

  static let patterns = [StoreRefs.shareablePrefix + "*", StoreRefs.notes]

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

  func trackedPlanes() throws -> [String: ObjectID] {
    Dictionary(try repository.references(prefix: StoreRefs.tracking(remote.name)).map { ($0.name, $0.id) }) {
      first, _ in first
    }
  }

  func ownPlane() throws -> (reference: String, tip: ObjectID)? {
    guard let writer = try WriterID.read(repository, environment: environment),
      let tip = try SharePlane(repository, writer: writer).tip
    else { return nil }
    return (StoreRefs.shareable(writer), tip)
  }

  /// Digest of what some planes hold: of their content alone. Cost: a tree each.
  func digest(_ tips: [ObjectID]) throws -> String {
    var lines: Set<String> = []
    for tip in tips {
      guard let root = try repository.tree(ofCommit: tip) else { continue }
      let parts = try ["traces", "tombstones"].map { try repository.entry(at: $0, in: root)?.id.hex ?? "-" }
      lines.insert(parts.joined(separator: " "))
    }
    return "sha256:" + Digest.sha256Hex(lines.sorted().joined(separator: "\n"))
  }
}
