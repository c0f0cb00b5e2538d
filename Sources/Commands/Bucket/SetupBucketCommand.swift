internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import Sharing

/// `setup bucket`
struct SetupBucketCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "bucket", abstract: "Choose the git remote that traces are shared over.",
    discussion: """
      --repo takes the name of a remote, default origin, or a URL or path, which becomes the remote 'opentraces'. A plain \
      'git fetch' then brings what others share; only 'opentraces bucket remote push' sends, and only what is filtered.
      """)

  @Flag(help: "Share over a remote. The default.")
  var remote = false

  @Flag(help: "Share with nobody.")
  var localOnly = false

  @Option(help: "git.")
  var provider: String = "git"

  @Option(help: ArgumentHelp("A remote's name, a URL or a path.", valueName: "remote"))
  var repo: String?

  @Option(help: ArgumentHelp("Make a bare repository there and share over it, to try things.", valueName: "dir"))
  var fakeRoot: String?

  @Option(help: "manual: nothing is pushed or pulled by itself. 'daemon' is not built yet.")
  var syncPolicy: String = "manual"

  @Flag(help: "Push when it is set up.")
  var pushNow = false

  @Flag(help: "Pull when it is set up.")
  var pullNow = false

  @Option(help: ArgumentHelp("Turn a security tool on; repeatable.", valueName: "name"))
  var enableSecurityTool: [String] = []

  @Option(help: ArgumentHelp("Turn a security tool off; repeatable.", valueName: "name"))
  var disableSecurityTool: [String] = []

  @Flag(help: "Ask nothing, and leave the security tools as they are.")
  var noSecurityPrompt = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if !["daemon", "manual"].contains(syncPolicy) {
      throw ValidationError("--sync-policy takes daemon or manual, not '\(syncPolicy)'")
    }
    if !["git", "fake"].contains(provider) { throw ValidationError("--provider takes git, not '\(provider)'") }
    if repo?.isEmpty ?? false { throw ValidationError("--repo names no remote") }
    if repo != nil && fakeRoot != nil { throw ValidationError("give --repo or --fake-root, and not both") }
    for name in enableSecurityTool + disableSecurityTool where ToolName(rawValue: name) == nil {
      let known = ToolName.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("there is no tool '\(name)'; the tools are \(known)")
    }
  }

  private func conflict(_ message: String) -> UserFacingError {
    UserFacingError(
      code: "CONFLICTING_OPTIONS", kind: "setup bucket", message: message, hint: "opentraces setup bucket --help",
      exitCode: ExitStatus.configuration)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if pushNow && pullNow { throw conflict("--push-now and --pull-now exclude each other") }
    if localOnly && (pushNow || pullNow) {
      throw conflict("with --local-only there is nothing to push to or pull from")
    }
    if localOnly && (remote || repo != nil || fakeRoot != nil) { throw conflict("--local-only goes with no remote") }
    if let both = enableSecurityTool.first(where: disableSecurityTool.contains) {
      throw conflict("\(both) can't be turned on and off at once")
    }
    if provider == "fake", fakeRoot == nil { throw conflict("--provider fake goes with --fake-root") }
    // Nothing pushes by itself yet: a setting that says so would be a promise.
    if syncPolicy == "daemon" { throw UserFacingError.notImplemented("setup bucket --sync-policy daemon") }
    let repository = try context.repository(project)
    let setup = BucketSetup(repository)
    if localOnly {
      try setup.clear()
      return try result(repository, context, changes: nil, sync: nil)
    }
    try setup.choose(try target(setup, context), syncPolicy: syncPolicy)
    let changes = try setTools(context)
    var installed: GitSetupReport?
    if repository.worktree != nil {
      installed = try? GitHookInstaller(repository, options: context.hookOptions).install(dryRun: false)
    }
    if installed?.error != nil {
      context.warn("warning: the pre-push guard is not installed: opentraces setup git says why")
    }
    return try result(repository, context, changes: changes, sync: try syncNow(repository, context))
  }

  /// The name of the remote.
  private func target(_ setup: BucketSetup, _ context: CommandContext) throws -> String {
    if let fakeRoot { return try setup.bareRepository(at: context.path(fakeRoot)) }
    let wanted = repo ?? "origin"
    if try setup.hasRemote(wanted) { return wanted }
    if let repo, Files.exists(context.path(repo)) { return try setup.addRemote(context.path(repo)) }
    guard let repo, repo.contains("/") || repo.contains(":") else {
      throw UserFacingError(
        code: "NO_SUCH_REMOTE", kind: "setup bucket", message: "there is no git remote '\(wanted)'",
        hint: "git remote add \(wanted) <url>, or --repo with a remote's name or a URL",
        exitCode: ExitStatus.configuration)
    }
    guard !["/", ".", "~"].contains(where: { repo.hasPrefix($0) }) else {
      throw UserFacingError(
        code: "NO_SUCH_REMOTE", kind: "setup bucket", message: "\(context.path(repo)) does not exist",
        hint: "git init --bare \(repo)", exitCode: ExitStatus.configuration)
    }
    return try setup.addRemote(repo)
  }

  /// With no tool on nothing could ever leave: without a person to ask, the recommended ones are turned on.
  private func setTools(_ context: CommandContext) throws -> (enabled: [ToolName], disabled: [ToolName])? {
    let before = Set(try SecuritySettings(context.environment).enabled)
    var wanted = before.union(enableSecurityTool.compactMap { ToolName(rawValue: $0) })
    wanted.subtract(disableSecurityTool.compactMap { ToolName(rawValue: $0) })
    if wanted.isEmpty, !noSecurityPrompt, fakeRoot == nil, disableSecurityTool.isEmpty {
      let isWanted = context.confirm(
        "No security tool is enabled. Use the recommended ones (regex, entropy, business_logic, path_anonymizer, classifier)?"
      )
      if isWanted ?? true { wanted = Set(SecurityPolicy.recommended.tools) }
    }
    if wanted == before { return nil }
    try SecuritySettings.enable(wanted, context.environment)
    return (wanted.subtracting(before).sorted(), before.subtracting(wanted).sorted())
  }

  private func syncNow(_ repository: Repository, _ context: CommandContext) throws -> JSONValue? {
    guard pushNow || pullNow else { return nil }
    let share = try ShareContext(repository, context)
    guard let sync = try share.sync(context) else { return nil }
    if pullNow { return try BucketRemotePullCommand.pull(share, context) }
    guard share.policy.isConfigured else { throw BucketRemotePushCommand.ineligible(try share.state(), share) }
    let progress = context.progress(.auto, command: "setup bucket")
    _ = try share.filter(.all, progress, context)
    switch try share.reporting({ try sync.push(isPartial: false, progress) }) {
    case .sent(let report, _):
      return ["state": "pushed", "pushed": .strings(report.traces), "digest": .string(report.digest)]
    case .refused(let state), .ineligible(let state): throw BucketRemotePushCommand.ineligible(state, share)
    }
  }

  private func result(
    _ repository: Repository, _ context: CommandContext, changes: (enabled: [ToolName], disabled: [ToolName])?,
    sync: JSONValue?
  ) throws -> CommandResult {
    let remote = try BucketRemote(repository)
    let settings = try SecuritySettings(context.environment)
    var json: JSONObject = [
      "status": "ok", "bucket": BucketConfig(remote).json,
      "security_tools": [
        "enabled": .strings(settings.enabled.map(\.rawValue)), "tools": .array(ToolName.allCases.map(settings.info)),
      ],
    ]
    if let changes {
      json["security_tool_changes"] = [
        "enabled": .strings(changes.enabled.map(\.rawValue)), "disabled": .strings(changes.disabled.map(\.rawValue)),
      ]
    }
    if let sync { json["remote_sync"] = sync }
    let style = context.style
    var text: String
    if let remote {
      text = "\(style.good("✓")) traces are shared over \(style.bold(remote.name))  \(style.dim(remote.url))\n"
      text += "  git fetch \(remote.name) brings what others share\n"
      let tools = settings.enabled.map(\.rawValue).joined(separator: ", ")
      text += tools.isEmpty ? "  no security tool is enabled\n" : "  what leaves is filtered by \(tools)\n"
      let next =
        sync != nil
        ? "opentraces bucket remote status"
        : settings.enabled.isEmpty
          ? SecurityGate.policyCommand : "\(SecurityGate.runCommand), then opentraces bucket remote push"
      text += "next: \(next)\n"
    } else {
      text = "\(style.good("✓")) traces stay in this repository\n"
    }
    return CommandResult(json: .object(json), text: text)
  }
}

/// The settings of the bucket as JSON.
struct BucketConfig {
  private let remote: BucketRemote?

  init(_ remote: BucketRemote?) { self.remote = remote }

  var json: JSONValue {
    [
      "storage": .string(remote == nil ? "local" : "remote"), "local_cache": true,
      "remote": [
        "enabled": .bool(remote != nil), "provider": "git", "url": .optional(remote?.url),
        "remote_name": .optional(remote?.name), "visibility": "private",
        "sync_policy": .string(remote?.syncPolicy ?? "manual"),
      ],
      "contexts": ["layer_blob_scope": "project"],
    ]
  }
}
