internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Ingest
internal import Integrations
internal import TraceModel
internal import TraceStore
internal import Trails

/// `trace teleport`
struct TraceTeleportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "teleport", abstract: "Move one session, and nothing else, to another repository.",
    subcommands: [TeleportExportCommand.self, TeleportOpenCommand.self, TeleportImportCommand.self])
}

/// `trace teleport export`
struct TeleportExportCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a session to a directory that can be carried away.",
    discussion: """
      The package holds the session as it was captured, secrets included. Commits that its lines landed in go along when \
      no remote-tracking branch has them.
      """)

  @Argument(help: "A trace.")
  var ref: String

  @Option(help: ArgumentHelp("Where the package goes; must not be there yet, or be empty.", valueName: "dir"))
  var output: String

  @Flag(help: "Take the commits along in any case, with their history.")
  var withCommits = false

  @Flag(help: .hidden)
  var fullEventLog = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    if fullEventLog { throw UserFacingError.notImplemented("trace teleport export --full-event-log") }
    let repository = try context.currentRepository(project)
    let trace = try TraceReference.resolve(ref, in: repository).traceID
    guard let record = try StoredRecord(repository).read(trace, .all) else { throw TraceReference.notFound(ref) }
    let directory = context.path(output)
    let report = try TeleportProblem.told {
      try TraceExporter(repository).export(
        trace, record: CanonicalJSON.line(record.toJSON()) + [0x0A], to: directory, allCommits: withCommits,
        time: context.now())
    }
    let json: JSONValue = [
      "status": "ok", "schema_version": .string(TracePackage.schema), "workspace_id": .string(report.workspaceID),
      "trace_id": .string(trace), "output": .string(directory),
      "manifest": .string(directory + "/" + TracePackage.manifestName), "event_count": .int(report.eventCount),
      "snapshot_count": .int(report.snapshotCount), "commit_count": .int(report.commitCount),
      "git_bundle": .string(directory + "/git.bundle"),
      "trace_record": .string(report.recordName), "limitations": .strings(report.limitations),
    ]
    var text = context.style.good("✓") + " \(context.style.trace("t:" + trace.prefix(8))) is in \(directory)\n"
    text += "  events:   \(report.eventCount)\n  commits:  \(report.commitCount)\n"
    text += "  It is as it was captured: look for secrets before you give it away.\n"
    text += "next: opentraces trace teleport import \(output), in another clone\n"
    return CommandResult(json: json, text: text)
  }
}

/// `trace teleport open`
struct TeleportOpenCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Make a new repository of a package.")

  @Argument(help: ArgumentHelp("A directory that export made.", valueName: "package"))
  var package: String

  @Option(help: ArgumentHelp("The new repository; must not be there yet, or be empty.", valueName: "dir"))
  var project: String

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let package = try TeleportProblem.read(package, context)
    let named = context.path(project)
    let directory = Files.exists(named) ? Files.resolvingLinks(named) : named
    guard Files.list(directory).isEmpty, !Files.exists(directory) || Files.isDirectory(directory) else {
      throw UserFacingError(
        code: "PACKAGE_PLACE", kind: "trace teleport", message: "\(directory) is not empty",
        hint: "opentraces trace teleport import adds a package to a repository that is there",
        exitCode: ExitStatus.configuration)
    }
    // Beside its place first: a failure leaves nothing behind.
    let made = directory + ".new-" + Hex.encode(RandomBytes.make(4))
    do {
      let report = try build(made, package, context)
      Files.removeEmptyDirectory(directory)
      try Files.rename(made, to: directory)
      if let repository = try Repository.open(containing: directory) {
        context.refreshIndex(repository, makesOne: true)
      }
      return TeleportView(report: report, project: directory, openedAt: context.now()).result(context)
    } catch {
      try? Files.removeTree(made)
      throw error
    }
  }

  private func build(
    _ directory: String, _ package: TraceImporter.Package, _ context: CommandContext
  ) throws -> TraceImporter.Report {
    try Files.createDirectory(directory)
    let repository = try Repository.create(at: directory)
    try repository.configuration.set("user.name", "opentraces")
    try repository.configuration.set("user.email", "opentraces@local")
    let report = try TeleportProblem.added(package, to: repository, context)
    let id = String(package.workspaceID.suffix(32))
    let marker = ProjectMarker(projectID: id, agents: [], rootCommit: nil)
    let workspace: JSONValue = [
      "schema_version": .string(TracePackage.schema), "workspace_id": .string(package.workspaceID),
      "trace_id": .string(package.traceID), "opened_at": .string(context.now().iso8601),
    ]
    for (name, json) in [
      (ProjectMarker.fileName, JSONValue.object(marker.members)), (".opentraces-trace-workspace.json", workspace),
    ] {
      try Files.writeAtomically(CanonicalJSON.pretty(json) + [0x0A], to: directory + "/" + name)
    }
    return report
  }
}

/// `trace teleport import`
struct TeleportImportCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Add a package to a repository, such as another clone.")

  @Argument(help: ArgumentHelp("A directory that export made.", valueName: "package"))
  var package: String

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let package = try TeleportProblem.read(package, context)
    let repository = try context.repository(project)
    let report = try TeleportProblem.added(package, to: repository, context)
    context.refreshIndex(repository)
    let place = repository.worktree ?? repository.commonDirectory
    return TeleportView(report: report, project: place, openedAt: context.now()).result(context)
  }
}

/// What `open` and `import` say.
private struct TeleportView {
  let report: TraceImporter.Report
  let project: String
  let openedAt: Timestamp

  func result(_ context: CommandContext) -> CommandResult {
    let json: JSONValue = [
      "status": "ok", "schema_version": .string(TracePackage.schema), "trace_id": .string(report.traceID),
      "project": .string(project), "event_log_ref": .string(StoreRefs.events), "event_count": .int(report.eventCount),
      "snapshot_count": .int(report.snapshotCount), "already_there": .bool(report.isKnown),
      "workspace_source": [
        "type": "trace_workspace", "trace_id": .string(report.traceID), "workspace_id": .string(report.workspaceID),
        "opened_at": .string(openedAt.iso8601),
      ],
      "limitations": .strings(report.limitations),
    ]
    let name = context.style.trace("t:" + report.traceID.prefix(8))
    var text =
      report.isKnown
      ? "\(name) was there already; nothing was changed\n"
      : context.style.good("✓") + " \(name) is in \(project)\n  events:   \(report.eventCount)\n"
    if report.limitations.contains("commits_not_included") {
      text += "  Some of its commits are not here: fetch them, and opentraces git-backfill.\n"
    }
    text += "next: opentraces trace get \(report.traceID)\n"
    return CommandResult(json: json, text: text)
  }
}

/// What can go wrong with a package, in the user's words.
private enum TeleportProblem {
  static func read(_ package: String, _ context: CommandContext) throws -> TraceImporter.Package {
    let path = context.path(package)
    guard Files.exists(path) else {
      throw UserFacingError.usage(
        "there is no package at \(package)", command: "trace teleport",
        hint: "opentraces trace teleport export <trace> --output <dir> makes one")
    }
    return try told { try TraceImporter.read(path) }
  }

  static func added(
    _ package: TraceImporter.Package, to repository: Repository, _ context: CommandContext
  ) throws -> TraceImporter.Report {
    guard let report = try told({ try TraceImporter(repository, time: context.now()).add(package) }) else {
      throw UserFacingError(
        code: "STORE_BUSY", kind: "trace teleport", message: "another process is writing the store",
        hint: "try again in a moment", exitCode: ExitStatus.busy)
    }
    return report
  }

  static func told<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let problem as TracePackage.Problem {
      let (hint, code) =
        switch problem.kind {
        case .unknownTrace: ("opentraces status lists the sessions that are kept", ExitStatus.notFound)
        case .place: ("opentraces trace teleport --help", ExitStatus.configuration)
        case .damaged: ("export it again, and copy it whole", ExitStatus.corrupt)
        case .differs: ("opentraces trace get shows what is kept here", ExitStatus.configuration)
        }
      throw UserFacingError(
        code: problem.kind.rawValue, kind: "trace teleport", message: problem.message, hint: hint, exitCode: code)
    }
  }
}
