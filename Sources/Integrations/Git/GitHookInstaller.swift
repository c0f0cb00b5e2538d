internal import Basics
public import GitKit

/// Puts our scripts among the git hooks of a repository and takes them out again.
///
/// Writes files of the hooks directory and of `<common dir>/hooks`, `transfer.hideRefs`, `remote.<name>.fetch` and, for
/// the `config` strategy, `hook.opentraces-<hook>.*`. Tracked files are never written. What is already so stays untouched.
public struct GitHookInstaller {
  /// How git is made to run our scripts.
  public enum Strategy: String, CaseIterable, Sendable {
    /// `file` where possible, else `config` where git knows it.
    case auto
    /// Lines in the hook files.
    case file
    /// Entries in the git configuration; needs git 2.54.
    case config
    /// Not at all: the user adds the lines.
    case manual
  }

  public struct Options: Sendable {
    /// Absolute path of the installed executable.
    public var binary: String
    public var version: String
    public var strategy: Strategy
    /// Nil when unknown; the `config` strategy is then out of reach.
    public var gitVersion: GitVersion?

    public init(binary: String, version: String, strategy: Strategy = .auto, gitVersion: GitVersion? = nil) {
      self.binary = binary
      self.version = version
      self.strategy = strategy
      self.gitVersion = gitVersion
    }

    var canNameHooksInConfig: Bool { gitVersion.map { $0 >= GitSettings.configHooksSince } ?? false }
  }

  let repository: Repository
  let options: Options
  let directory: HooksDirectory
  var settings: GitSettings { GitSettings(repository: repository) }

  /// - Throws: ``IntegrationError`` `NOT_A_WORKTREE` for a bare repository.
  public init(_ repository: Repository, options: Options) throws {
    guard let worktree = repository.worktree else {
      throw IntegrationError.notAWorktree(repository.gitDirectory)
    }
    self.repository = repository
    self.options = options
    directory = try HooksDirectory(repository, worktree: worktree)
  }

  /// The installer for the repository that contains a directory.
  ///
  /// - Throws: ``IntegrationError`` `NOT_A_GIT_REPO` or `NOT_A_WORKTREE`.
  public init(at path: String, options: Options) throws {
    guard let repository = try Repository.open(containing: path) else {
      throw IntegrationError.notAGitRepository(path)
    }
    try self.init(repository, options: options)
  }

  // MARK: Status

  public func status() throws -> GitHookState {
    GitHookState(
      hooks: try GitHook.allCases.map(status), hookDirectory: directory.path, hooksPathSource: directory.source,
      version: options.version, hidesPrivateRefs: try settings.hidesPrivateRefs,
      remotesWithNotes: try settings.remotesWithNotes())
  }

  private func status(_ hook: GitHook) throws -> GitHookState.Hook {
    let owned = directory.ownedPath(hook)
    let script = try Files.readIfPresent(owned)
    let file = try HookFile(at: directory.hookPath(hook), hook: hook)
    let strategy = try activeStrategy(hook, file)
    return GitHookState.Hook(
      hook: hook, ownedPresent: Files.status(owned)?.isExecutable ?? false,
      chainPresent: strategy != nil, deployedVersion: script.flatMap { HookScripts.version(of: $0) },
      strategy: strategy?.rawValue, managedBy: file.manager, reason: problem(with: file, hook))
  }

  private func activeStrategy(_ hook: GitHook, _ file: HookFile) throws -> Strategy? {
    let path = directory.hookPath(hook)
    let runs = Files.status(path)?.isExecutable ?? false
    if case .chainedByHand = file.kind, runs { return .manual }
    if case .shell(let text, _) = file.kind, runs,
      directory.chain(hook, isShared: file.isShared).isCurrent(in: text, path: path)
    {
      return .file
    }
    let named = try settings.hasHook(hook, script: directory.ownedPath(hook))
    return named && options.canNameHooksInConfig ? .config : nil
  }

  /// Why the hook can't be edited; nil when it can.
  private func problem(with file: HookFile, _ hook: GitHook) -> String? {
    if case .chainedByHand = file.kind { return nil }
    if let problem = directory.problem { return problem }
    guard case .unmanaged(let reason) = file.kind else { return nil }
    return "\(directory.hookPath(hook)) \(reason)"
  }

  // MARK: Installing

  /// Installs or renews everything.
  ///
  /// - Returns: a report; its error is `HOOKS_PATH_UNMANAGED` when some hook needs a line added by hand. Everything else
  ///   is then in place.
  /// - Throws: ``IntegrationError``: `CORRUPT_HOOKS`, `PERMISSION_DENIED`, `BUSY`. Nothing was changed for the first.
  public func install(dryRun: Bool = false) throws -> GitSetupReport {
    if options.strategy == .config && !options.canNameHooksInConfig {
      throw IntegrationError(
        code: "BAD_USAGE", kind: "install", message: "the strategy 'config' needs git 2.54 or later.",
        hint: "use --strategy file", exitCode: 2)
    }
    return try perform(.install, dryRun: dryRun) { files, config in
      for hook in GitHook.allCases {
        let script = HookScripts.render(hook, version: options.version, binary: options.binary)
        try files.write(Array(script.utf8), mode: 0o755, to: directory.ownedPath(hook))
      }
      for hook in GitHook.allCases { try planHook(hook, &files, &config) }
      try settings.planInstall(&config)
    }
  }

  private func planHook(_ hook: GitHook, _ files: inout FileEdits, _ config: inout ConfigEdits) throws {
    let file = try HookFile(at: directory.hookPath(hook), hook: hook)
    switch wantedStrategy(hook, file) {
    case .file:
      try settings.planHookRemoval(hook, &config)
      try planChain(hook, isShared: file.isShared, &files)
    case .config:
      try planUnchaining(hook, in: directory.path, &files)
      try settings.planHook(hook, script: directory.ownedPath(hook), &config)
    case .auto, .manual:
      try settings.planHookRemoval(hook, &config)
    }
  }

  private func wantedStrategy(_ hook: GitHook, _ file: HookFile) -> Strategy {
    if case .chainedByHand = file.kind { return .manual }
    switch options.strategy {
    case .config, .manual: return options.strategy
    case .file: return problem(with: file, hook) == nil ? .file : .manual
    case .auto:
      if problem(with: file, hook) == nil { return .file }
      return options.canNameHooksInConfig ? .config : .manual
    }
  }

  private func planChain(_ hook: GitHook, isShared: Bool, _ files: inout FileEdits) throws {
    let path = directory.hookPath(hook)
    let chain = directory.chain(hook, isShared: isShared)
    guard let now = try files.content(path) else {
      return try files.write(chain.inserted(into: nil), mode: 0o755, to: path)
    }
    let before = try chain.removed(from: now.text, path: path)
    let text = before.map(\.rest) ?? now.text
    // Whoever may read it may run it.
    let mode = now.mode | (now.mode & 0o444) >> 2
    let isOff = now.mode & 0o111 == 0 && text != nil
    if !isOff, chain.isCurrent(in: now.text, path: path) { return try files.write(now.text, mode: mode, to: path) }
    let disabledMode = before?.origin.disabledMode ?? (isOff ? now.mode : nil)
    try files.write(chain.inserted(into: text, disabledMode: disabledMode), mode: mode, to: path)
  }

  // MARK: Removing

  /// Takes everything out again: hook files, settings and scripts are then as if they had never been touched.
  public func remove(dryRun: Bool = false) throws -> GitSetupReport {
    try perform(.remove, dryRun: dryRun) { files, config in
      // The hooks directory may have been configured after the installation.
      let directories = Set([directory.path, repository.commonDirectory + "/hooks"]).sorted()
      for path in directories {
        for hook in GitHook.allCases { try planUnchaining(hook, in: path, &files) }
      }
      for path in directories {
        for hook in GitHook.allCases { files.remove(path + "/" + hook.ownedName) }
      }
      try settings.planRemoval(&config)
    }
  }

  private func planUnchaining(_ hook: GitHook, in directory: String, _ files: inout FileEdits) throws {
    let path = directory + "/" + hook.rawValue
    guard case .shell = try HookFile(at: path, hook: hook).kind, let now = try files.content(path),
      let before = try HookChain(hook: hook, script: "").removed(from: now.text, path: path)
    else { return }
    guard let rest = before.rest else { return files.remove(path) }
    try files.write(rest, mode: before.origin.disabledMode ?? now.mode, to: path)
  }

  // MARK: Carrying out

  private func perform(
    _ action: GitSetupReport.Action, dryRun: Bool, plan: (inout FileEdits, inout ConfigEdits) throws -> Void
  ) throws -> GitSetupReport {
    do {
      let lock = try dryRun ? nil : takeLock()
      defer { lock?.release() }
      var files = FileEdits()
      var config = ConfigEdits()
      try plan(&files, &config)
      if !dryRun {
        try files.apply()
        if !config.isEmpty { try config.apply(to: repository) }
      }
      return try report(action, dryRun: dryRun, files, config)
    } catch let error as SystemError where error.isPermission {
      throw IntegrationError.unwritable(error.description)
    }
  }

  private func takeLock() throws -> FileLock {
    let path = repository.stateDirectory + "/setup.lock"
    guard let lock = try FileLock.acquire(path, timeout: 5) else { throw IntegrationError.busy(path) }
    return lock
  }

  private func report(
    _ action: GitSetupReport.Action, dryRun: Bool, _ files: FileEdits, _ config: ConfigEdits
  ) throws -> GitSetupReport {
    let changes =
      files.descriptions.map { GitSetupReport.Change(action: $0.action, subject: $0.path) }
      + config.descriptions.map { GitSetupReport.Change(action: $0.action, subject: $0.setting) }
    let state = try status()
    return GitSetupReport(
      action: action, isDryRun: dryRun, changes: changes, state: state,
      error: action == .install && options.strategy != .manual ? unmanaged(in: state) : nil)
  }

  private func unmanaged(in state: GitHookState) -> IntegrationError? {
    if options.strategy != .file && options.canNameHooksInConfig { return nil }
    let left = state.hooks.filter { $0.reason != nil && !$0.chainPresent }
    guard !left.isEmpty else { return nil }
    var reasons: [String] = []
    for hook in left { if let reason = hook.reason, !reasons.contains(reason) { reasons.append(reason) } }
    let names = left.map(\.hook.rawValue).joined(separator: ", ")
    let lines = left.map { "# in \($0.hook.rawValue), before anything else:\n\($0.snippet ?? "")" }
    return .unmanagedHooks(
      "can't add opentraces to \(names): \(reasons.joined(separator: "; ")).",
      hint: "add these lines yourself:\n" + lines.joined(separator: "\n"))
  }
}
