internal import AgentAdapters
internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Ingest
internal import Integrations
internal import TraceStore
internal import Trails

/// `init`
struct InitCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Enroll this repository, install its git hooks, import existing sessions.")

  @Option(name: .long, help: "An agent whose sessions are kept: claude-code, codex-cli or pi. Can be repeated.")
  var agent: [String] = []

  @Flag(inversion: .prefixedNo, help: "Import the sessions of these agents that are on disk already.")
  var importExisting: Bool?

  @Flag(name: .customLong("start-fresh"), help: "Import nothing.")
  var startFresh = false

  @Option(help: "Progress on standard error: auto, plain, json or never.")
  var progress: String = "auto"

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    for name in agent where AgentName(name: name) == nil {
      throw ValidationError("unknown agent '\(name)': --agent takes claude-code, codex-cli or pi")
    }
    if startFresh && importExisting == true { throw ValidationError("--start-fresh excludes --import-existing") }
    _ = try ProgressOption.parse(progress)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try openRepository(context)
    let agents = agent.compactMap { AgentName(name: $0) }
    let registry = ProjectRegistry(context.environment)
    let change = try Enrolment.enrol(
      repository, agents: agents, rootCommit: try Self.rootCommit(repository), registry: registry)
    let hooks = try Self.installHooks(repository, context)
    let sessions = try SessionImport(context, progress: progress).run(
      repository, agents: change.enrolment.agents, imports: startFresh ? false : importExisting)
    for diagnostic in sessions.report?.diagnostics ?? [] { context.warn("warning: \(diagnostic.text)") }
    let backfill = try backfillIfWanted(repository, sessions, context)
    context.refreshIndex(repository)
    let view = InitView(
      change: change, hooks: hooks, agentsToSetUp: agentsToSetUp(change.enrolment.agents, context), sessions: sessions,
      backfill: backfill,
      importExisting: startFresh ? false : importExisting, repository: repository)
    return CommandResult(json: view.json, text: view.text(context.style))
  }

  /// Enrolled agents whose running sessions are not captured yet, as far as the usual settings files tell.
  private func agentsToSetUp(_ agents: [AgentName], _ context: CommandContext) -> [AgentName] {
    let environment = context.environment
    return agents.filter { agent in
      switch agent {
      case .pi:
        let packages = [PiPackage.Scope.global, .project].map { scope in
          PiPackage(environment, directory: context.directory, scope: scope, checkouts: [], prefersLocal: false)
        }
        return !packages.contains { PiSetupStatus($0, environment).isInstalled }
      case .claudeCode, .codexCLI:
        let hooks: AgentHooks = agent == .claudeCode ? .claudeCode(environment) : .codex(environment)
        return !AgentHookInstaller(
          hooks, registry: ProjectRegistry(environment), version: ProductVersion.text, binary: context.executable
        ).isInstalled
      }
    }
  }

  /// Ties past commits to sessions that have just come in, when the person at the terminal says so.
  private func backfillIfWanted(
    _ repository: Repository, _ sessions: SessionImport.Outcome, _ context: CommandContext
  ) throws -> Backfill.Report? {
    // Who gave the flag wants no questions.
    guard importExisting == nil, let report = sessions.report, report.imported + report.refreshed > 0,
      context.confirm("Tie past commits to these sessions now?") == true
    else { return nil }
    let reporter = context.progress(try ProgressOption.parse(progress), command: "init")
    let tied = try Backfill(repository, time: context.now(), progress: reporter).run(
      Backfill.Options(maxCommits: 5000, windowHours: 168))
    if let tied { BurstFates.prepare(repository, of: tied.tracesLinked) }
    return tied
  }

  private func openRepository(_ context: CommandContext) throws -> Repository {
    do {
      return try context.repository()
    } catch let error as UserFacingError where error.code == "NOT_A_GIT_REPO" {
      throw UserFacingError(
        code: error.code, kind: error.kind, message: error.message,
        hint: "git init, then opentraces init", exitCode: ExitStatus.network)
    }
  }

  /// The first commit without parents, by time; nil before the first commit.
  static func rootCommit(_ repository: Repository) throws -> String? {
    guard let head = try repository.head() else { return nil }
    return try repository.walk(from: [head], order: .oldestFirst, limit: 1).first?.hex
  }

  /// A failure to install the hooks leaves the repository enrolled and is told.
  static func installHooks(_ repository: Repository, _ context: CommandContext) throws -> GitSetupReport? {
    do {
      return try GitHookInstaller(repository, options: context.hookOptions).install()
    } catch let error as IntegrationError {
      context.warn("warning: git hooks were not installed: \(error.message)")
      if let hint = error.hint { context.warn("hint: \(hint)") }
      return nil
    }
  }
}

extension CommandContext {
  var hookOptions: GitHookInstaller.Options {
    GitHookInstaller.Options(binary: executable, version: ProductVersion.text)
  }
}

/// The import part of `init`.
struct SessionImport {
  struct Outcome {
    let found: Int
    let report: ImportReport?
  }

  private let context: CommandContext
  private let progress: String

  init(_ context: CommandContext, progress: String) {
    self.context = context
    self.progress = progress
  }

  func run(_ repository: Repository, agents: [AgentName], imports: Bool?) throws -> Outcome {
    let reporter = context.progress(try ProgressOption.parse(progress), command: "init")
    let importer = SessionImporter(
      repository, time: context.now(), machine: ProcessEnvironment.machine(context.environment.variables),
      progress: reporter)
    let homes = try context.sessionHomes()
    let found = importer.discover(homes, agents: agents.compactMap { SessionAgent(rawValue: $0.rawValue) })
    let wanted =
      try imports
      ?? (found.isEmpty || Bucket(repository).tip != nil
        ? nil
        : context.confirm(
          "Import \(found.count) existing \(found.count == 1 ? "session" : "sessions") of this repository?"))
    guard wanted == true else { return Outcome(found: found.count, report: nil) }
    guard var report = try importer.run(found) else { throw UserFacingError.storeBusy }
    report.diagnostics += importer.unreadable(projects: homes.claudeProjects, found: found)
    return Outcome(found: found.count, report: report)
  }
}
