internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import Sharing
internal import TraceStore

/// `bucket remote`
struct BucketRemoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remote", abstract: "Share filtered traces over a git remote.",
    subcommands: [
      BucketRemoteStatusCommand.self, BucketRemoteDiffCommand.self, BucketRemotePushCommand.self,
      BucketRemotePullCommand.self,
    ], aliases: ["sync"])

  @OptionGroup var global: GlobalOptions
}

/// `bucket remote status`
struct BucketRemoteStatusCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how this clone and its remote stand, and why traces can't leave. Changes nothing.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let view = try RemoteView(ShareContext(context, project), context)
    return CommandResult(
      json: [
        "status": "ok", "schema_version": "opentraces.bucket.sync_status.v1", "remote": .object(view.json),
      ], text: view.text(context.style))
  }
}

/// `bucket remote diff`
struct BucketRemoteDiffCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say whether this clone and its remote differ. Changes nothing.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let view = try RemoteView(ShareContext(context, project), context)
    var json = view.json
    json["different"] = .bool(view.isDifferent)
    return CommandResult(
      json: ["status": "ok", "schema_version": "opentraces.bucket.sync_diff.v1", "remote": .object(json)],
      text: view.text(context.style))
  }
}

/// What `bucket remote status` and `diff` say.
struct RemoteView {
  private let share: ShareContext
  private let gate: SecurityGate
  private let status: BucketSync.Status?

  init(_ share: ShareContext, _ context: CommandContext) throws {
    self.share = share
    gate = SecurityGate(try share.state(), policy: share.policy, hasRemote: share.remote != nil)
    status = try share.sync(context)?.status()
  }

  private var state: String { status?.state.rawValue ?? "unconfigured" }

  var isDifferent: Bool { status.map { $0.state != .current } ?? false }

  var json: JSONObject {
    var json: JSONObject = [
      "schema_version": "opentraces.bucket.remote.v1", "provider": "git", "state": .string(state),
    ]
    if let status, let remote = share.remote {
      json["remote_root"] = .string(remote.url)
      json["url"] = .string(remote.url)
      json["remote_name"] = .string(remote.name)
      json["local_digest"] = .optional(status.localDigest)
      json["remote_digest"] = .optional(status.remoteDigest)
      json["last_sync_digest"] = .optional(status.lastSyncDigest)
      json["remote_updated_at"] = .optional(status.remoteUpdatedAt?.iso8601)
      if let error = status.error { json["error"] = .string(error) }
    } else {
      json["advice"] = "run opentraces setup bucket"
    }
    json["security_gate"] = gate.json
    return json
  }

  func text(_ style: Style) -> String {
    var lines: [String] = []
    if let remote = share.remote, let status {
      let mark =
        switch status.state {
        case .current: style.good("✓ current")
        case .missing: "nothing is there yet"
        case .localAhead: "this clone has more: opentraces bucket remote push"
        case .remoteAhead: "the remote has more: opentraces bucket remote pull"
        case .diverged: "both have more: opentraces bucket remote pull, then push"
        case .error: style.bad("× \(status.error ?? "can't be read")")
        }
      lines.append("\(style.bold("remote"))  \(remote.name)  \(style.dim(remote.url))")
      lines.append("  state          \(mark)")
    } else {
      lines.append("\(style.bold("remote"))  none")
    }
    let verdict = gate.isEligible ? style.good("eligible") : style.bad("blocked")
    lines.append("  security gate  \(verdict) (unfiltered=\(gate.unfiltered), stale=\(gate.stale))")
    if !gate.blockingReasons.isEmpty {
      lines.append("  blocking       \(gate.blockingReasons.joined(separator: ", "))")
    }
    lines += gate.advice.map { "  -> \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// `bucket remote push`
struct BucketRemotePushCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "push", abstract: "Send the filtered traces of this clone, and what is known of them.",
    discussion: """
      Pushes refs/opentraces/bucket/v1/<writer> and the lines of refs/notes/opentraces about its traces. While traces are not \
      cleared nothing is sent, unless --partial is given.
      """)

  @Flag(help: "Say what would be sent, send nothing.")
  var dryRun = false

  @Flag(help: "Send what is cleared and keep the rest here.")
  var partial = false

  @Flag(help: "Accepted for scripts: nothing that others shared is ever overwritten.")
  var force = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    if !dryRun, let result = try Self.unchanged(share, context) { return result }
    if dryRun { return try previewed(share, context) }
    guard let remote = share.remote, let sync = try share.sync(context) else {
      throw unconfigured(SecurityGate(try share.state(), policy: share.policy, hasRemote: false))
    }
    guard share.policy.isConfigured else { throw Self.ineligible(try share.state(), share) }
    let progress = context.progress(.auto, command: "bucket remote push")
    switch try share.reporting({ try sync.push(isPartial: partial, progress) }) {
    case .sent(let report, let state): return Self.sent(report, state, remote, context.style)
    case .refused(let state): return refused(state, context.style)
    case .ineligible(let state): throw Self.ineligible(state, share)
    }
  }

  /// What is out of date is filtered by a push, so that it would leave as well.
  private func previewed(_ share: ShareContext, _ context: CommandContext) throws -> CommandResult {
    let state = try share.state()
    guard share.policy.isConfigured else { return Self.partition(state, pushed: [], remote: [:], context.style) }
    // What is at the remote as it is here does not leave again.
    let (own, sent) = try (share.plane(), share.sentPlane())
    let new = try state.clearedTraces(share.repository).filter { trace in
      let places = try [own, sent].map { plane in
        try plane?.root.flatMap { try share.repository.entry(at: StoreRefs.traceDirectory(trace), in: $0)?.id }
      }
      return places[0] != places[1]
    }
    let pushed = (new + state.stale).sorted()
    return Self.partition(state.withoutStale, pushed: pushed, remote: [:], context.style)
  }

  /// The command without options.
  static let words = ["bucket", "remote", "push"]

  /// The answer when nothing has changed since the last push, here or there; nil otherwise.
  static func unchanged(_ context: CommandContext) throws -> CommandResult? {
    try unchanged(ShareContext(context, nil), context)
  }

  private static func unchanged(_ share: ShareContext, _ context: CommandContext) throws -> CommandResult? {
    guard let remote = share.remote, let sync = try share.sync(context),
      let report = try share.reporting({ try sync.confirm() })
    else { return nil }
    return sent(report, ClearanceState.nothing, remote, context.style)
  }

  private static func sent(
    _ report: BucketSync.PushReport, _ state: ClearanceState, _ remote: BucketRemote, _ style: Style
  ) -> CommandResult {
    var json: JSONObject = [
      "schema_version": "opentraces.bucket.remote.v1", "provider": "git",
      "state": report.references.isEmpty ? "current" : "pushed",
      "remote_root": .string(remote.url), "url": .string(remote.url), "remote_name": .string(remote.name),
      "digest": .string(report.digest), "refs_updated": .strings(report.references), "attempts": .int(report.attempts),
      "removed": .strings(report.removed),
      "skipped_substrates": ["raw_sources"], "context_tree_files_uploaded": 0,
    ]
    json["push_partition"] = ["pushed": .strings(report.traces), "withheld": rows(state)]
    return partition(state, pushed: report.traces, remote: json, style, report: report)
  }

  private static func rows(_ state: ClearanceState) -> JSONValue {
    .array(
      (state.unfiltered + state.stale).sorted().map { trace -> JSONValue in
        ["trace_id": .string(trace), "reason": "not_cleared_for_sync", "sub_reason": "syncable_false"]
      })
  }

  private static func partition(
    _ state: ClearanceState, pushed: [String], remote: JSONObject, _ style: Style,
    report: BucketSync.PushReport? = nil
  ) -> CommandResult {
    let isDryRun = report == nil
    let withheld = state.unfiltered.count + state.stale.count
    let json: JSONValue = [
      "status": "ok", "schema_version": "opentraces.bucket.sync_push.v1", "dry_run": .bool(isDryRun),
      "pushed": .strings(pushed), "withheld": rows(state), "remote": .object(remote), "next_steps": [],
    ]
    var text: String
    if isDryRun {
      text = "would send \(Counted.text(pushed.count, "trace")), \(withheld) would stay here\n"
    } else if report?.references.isEmpty ?? true {
      text = "\(style.good("✓")) the remote has everything already\n"
    } else {
      text =
        "\(style.good("✓")) \(Counted.text(pushed.count, "trace")) sent"
        + (report.map { $0.removed.isEmpty ? "" : ", \(Counted.text($0.removed.count, "trace")) taken away there" }
          ?? "")
        + (withheld > 0 ? ", \(withheld) kept here\n" : "\n")
    }
    if withheld > 0 { text += "next: \(SecurityGate.runCommand)\n" }
    return CommandResult(json: json, text: text)
  }

  private func refused(_ state: ClearanceState, _ style: Style) -> CommandResult {
    let steps = [SecurityGate.runCommand, "opentraces bucket remote push --dry-run  # re-audit the partition"]
    let json: JSONValue = [
      "status": "refused", "schema_version": "opentraces.bucket.sync_push.v1", "dry_run": false, "pushed": [],
      "withheld": Self.rows(state), "remote": [:], "next_steps": .strings(steps),
    ]
    let count = state.unfiltered.count + state.stale.count
    let text =
      "\(style.bad("×")) nothing was sent: \(count) of \(state.total) traces are not cleared\n"
      + steps.map { "  -> \($0)\n" }.joined() + "  -> opentraces bucket remote push --partial  # sends the others\n"
    return CommandResult(json: json, text: text, exitCode: ExitStatus.usage)
  }

  private func unconfigured(_ gate: SecurityGate) -> UserFacingError {
    UserFacingError(
      code: "REMOTE_UNCONFIGURED", kind: "bucket remote push", message: "no remote was chosen, so nothing was sent",
      hint: gate.advice.joined(separator: ", then "), exitCode: ExitStatus.configuration)
  }

  static func ineligible(_ state: ClearanceState, _ share: ShareContext) -> UserFacingError {
    let gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    return UserFacingError(
      code: "NOT_ELIGIBLE", kind: "bucket remote push",
      message: "nothing is cleared, so nothing was sent" + (gate.remediation.map { ": \($0.reason)" } ?? ""),
      hint: gate.advice.joined(separator: ", then "), exitCode: ExitStatus.configuration)
  }
}

/// `bucket remote pull`
struct BucketRemotePullCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Fetch what others share.",
    discussion: "Their traces then answer in trace, trail and search commands. Nothing that is here is overwritten.")

  @Flag(help: "Accepted for scripts: nothing that is here is ever overwritten.")
  var force = false

  @Flag(help: "Accepted for scripts: everything is fetched.")
  var eager = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    let (remote, report) = try Self.fetched(share, context)
    let json: JSONValue = [
      "status": "ok", "schema_version": "opentraces.bucket.sync_pull.v1",
      "remote": [
        "schema_version": "opentraces.bucket.remote.v1", "provider": "git", "state": "pulled",
        "remote_root": .string(remote.url), "url": .string(remote.url), "remote_name": .string(remote.name),
        "digest": .string(report.digest), "changed": .bool(report.isChanged), "writers": .int(report.planes),
        "traces": .int(report.traces), "new_traces": .int(report.newTraces), "notes_updated": .int(report.notes),
        "purged": .strings(report.purged),
      ],
    ]
    let style = context.style
    if !report.purged.isEmpty {
      context.warn("note: \(Counted.text(report.purged.count, "trace")) gone: purged by another clone")
    }
    let text =
      "\(style.good("✓")) \(Counted.text(report.newTraces, "new trace")), \(Counted.text(report.notes, "note")) updated; "
      + "\(report.planes) other \(report.planes == 1 ? "clone shares" : "clones share") with this one\n"
    return CommandResult(json: json, text: text)
  }

  /// Pulls for another command.
  ///
  /// - Returns: what it tells of that.
  static func pull(_ share: ShareContext, _ context: CommandContext) throws -> JSONValue {
    let (remote, report) = try fetched(share, context)
    return [
      "state": "pulled", "remote": .string(remote.name), "new_traces": .int(report.newTraces),
      "search_snapshot": report.newTraces > indexedAtOnce ? "refreshing" : "fresh",
    ]
  }

  private static func fetched(
    _ share: ShareContext, _ context: CommandContext
  ) throws -> (BucketRemote, BucketSync.PullReport) {
    guard let remote = share.remote, let sync = try share.sync(context) else {
      throw UserFacingError(
        code: "REMOTE_UNCONFIGURED", kind: "bucket remote pull", message: "no remote was chosen",
        hint: SecurityGate.setupCommand, exitCode: ExitStatus.configuration)
    }
    let report = try share.reporting { try sync.pull() }
    // Also when nothing came: an earlier pull may have ended before its index was made.
    if report.traces > 0 {
      let isMissing = (try? context.indexer(share.repository)).map { !Files.exists($0.path) } ?? false
      refreshIndex(share, context, changed: isMissing ? report.traces : report.newTraces)
    }
    return (remote, report)
  }

  /// New traces that are put into the search index before the command ends: some tenths of a second.
  private static let indexedAtOnce = 300

  /// What was fetched can be found at once; of a great deal another process sees to it, and meanwhile searches say that
  /// the index is out of date.
  private static func refreshIndex(_ share: ShareContext, _ context: CommandContext, changed: Int) {
    if changed > indexedAtOnce,
      ChildProgram.startDetached(
        context.executable, ["trace", "index", "refresh"],
        environment: context.environment.variables, directory: share.repository.worktree ?? context.directory)
    {
      return
    }
    guard let repository = try? share.repository.reopened() else { return }
    context.refreshIndex(repository, makesOne: true)
  }
}
