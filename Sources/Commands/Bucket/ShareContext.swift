internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import Sharing
internal import TraceStore

/// What the commands that share need: the repository, the policy, the remote.
struct ShareContext {
  let repository: Repository
  let policy: ClearancePolicy
  /// Nil before `setup bucket`.
  let remote: BucketRemote?
  private let environment: [String: String]

  init(_ context: CommandContext, _ project: String?) throws {
    try self.init(context.currentRepository(project), context)
  }

  init(_ repository: Repository, _ context: CommandContext) throws {
    self.repository = repository
    let settings = try SecuritySettings(context.environment, repository: repository)
    policy = ClearancePolicy(tools: settings.enabled, options: settings.options, own: try settings.ownDigest())
    environment = context.environment.variables
    remote = try BucketRemote(repository)
  }

  /// A text without what the tools of the policy find in it.
  func filtered(_ text: String) -> String {
    TextSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options).sanitize(text).text
  }

  var policyName: String { SecurityPolicy.named(policy.tools)?.rawValue ?? "custom" }

  /// Nil before the first run.
  func writer() throws -> String? { try WriterID.read(repository, environment: environment) }

  func plane() throws -> SharePlane { try SharePlane(repository, writer: writer()) }

  /// What this clone sent last; nil when it has sent nothing.
  func sentPlane() throws -> SharePlane? {
    guard let remote, let writer = try writer() else { return nil }
    let tip = try repository.resolve(reference: StoreRefs.tracking(remote.name) + writer)
    return try tip.map { try SharePlane(repository, tip: $0) }
  }

  func state() throws -> ClearanceState { try ClearanceState(repository, plane: plane(), policy: policy) }

  /// Nil before `setup bucket`.
  func sync(_ context: CommandContext) throws -> BucketSync? {
    remote.map {
      BucketSync(repository, remote: $0, policy: policy, environment: environment, time: context.now())
    }
  }

  /// Keeps what is cleared for the next look.
  func keep(_ state: ClearanceState) throws { try state.save(repository) }

  func purge(_ context: CommandContext) throws -> TracePurge {
    TracePurge(
      repository, writer: try WriterID.get(repository, environment: environment), time: context.now())
  }

  /// Runs something that talks to the remote.
  func reporting<R>(_ body: () throws -> R) throws -> R { try Self.reporting(remote?.name ?? "", body) }

  /// - Parameter remote: as git knows it.
  static func reporting<R>(_ remote: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let problem as RemoteProblem {
      let (code, exit, hint): (String, Int32, String) =
        switch problem.code {
        case .unreachable: ("REMOTE_UNREACHABLE", ExitStatus.network, "git ls-remote \(remote) says more")
        case .busy: ("REMOTE_BUSY", ExitStatus.network, "try again")
        case .locked: ("LOCKED", ExitStatus.busy, "try again when the other process is done")
        case .refused: ("REMOTE_REFUSED", ExitStatus.network, "ask who keeps the remote")
        case .notConfigured: ("NOT_ELIGIBLE", ExitStatus.configuration, SecurityGate.policyCommand)
        }
      throw UserFacingError(
        code: code, kind: "bucket remote", message: problem.message, hint: hint, retryable: true, exitCode: exit)
    }
  }

  func filter(
    _ scope: SecurityRun.Scope, _ progress: any ProgressReporter, _ context: CommandContext
  ) throws -> SecurityRun.Report {
    let writer = try WriterID.get(repository, environment: environment)
    let run = SecurityRun(repository, policy: policy, writer: writer, time: context.now(), progress: progress)
    return try reporting { try run.run(scope) }
  }
}
