internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations

/// `setup pi`
struct SetupPiCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "pi", abstract: "Register or remove the package of Pi.",
    discussion: """
      Puts npm:opentraces-pi on the list of packages in Pi's settings; Pi fetches it when it starts next. Other entries, \
      the layout and the comments of the file stay as they are. 'pi install npm:opentraces-pi' does the same.
      """)

  @Flag(help: "Say what would be done and what else capturing takes, change nothing.")
  var dryRun = false

  @Flag(help: "Use .pi/settings.json of this directory instead of the settings of the user.")
  var project = false

  @Option(help: "The settings file; ~/.pi/agent/settings.json unless told.")
  var settingsFile: String?

  @Flag(help: "Register packages/opentraces-pi of this repository, when it is there.")
  var local = false

  @Flag(help: "Take the package off the list again.")
  var remove = false

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let checkouts = Self.checkouts(context)
    let package = PiPackage(
      context.environment, directory: context.directory, scope: project ? .project : .global,
      settingsFile: settingsFile, checkouts: checkouts, prefersLocal: local)
    if local, !package.isLocalPresent, !remove {
      context.warn("warning: packages/\(PiPackage.name) is not there; the package of npm is taken instead")
    }
    let installer = PiPackageInstaller(package, registry: ProjectRegistry(context.environment))
    let report = remove ? try installer.remove(dryRun: dryRun) : try installer.install(dryRun: dryRun)
    let view = PiSetupView(report: report, status: PiSetupStatus(package, context.environment), context: context)
    if remove { return view.removal }
    guard dryRun else { return view.installation }
    let own = PiPackage(
      context.environment, directory: context.directory, scope: .project, checkouts: checkouts, prefersLocal: local)
    return view.plan(
      project: PiSetupStatus(own, context.environment),
      bridge: PiBridgeStatus(
        context.environment, executable: context.executable, directory: context.directory))
  }

  /// Where the package's source may be: in the repository at hand, and in the one that this program was built in.
  private static func checkouts(_ context: CommandContext) -> [String] {
    // A repository that can't be used is not where it is.
    let repository = (try? Repository.open(containing: context.directory)) ?? nil
    let built = context.executable.firstRange(of: "/.build/").map { String(context.executable[..<$0.lowerBound]) }
    return [repository?.worktree, built].compactMap { $0 }
  }
}

/// What `setup pi` says.
private struct PiSetupView {
  let report: PiPackageReport
  /// As it is after the change; as it is now for a dry run.
  let status: PiSetupStatus
  let context: CommandContext

  private static let nextSteps = [
    "Start a new Pi session: it fetches the package; sessions that run already do not load it",
    "Enter /ot-setup in it, or see what else is needed with 'opentraces setup pi --dry-run'",
  ]

  private func result(_ members: JSONObject, _ lines: [String]) -> CommandResult {
    var json = members
    json["changed"] = .bool(!report.changes.isEmpty)
    json["changes"] = .array(report.changes.map { ["action": .string($0.action), "path": .string($0.path)] })
    return CommandResult(json: .object(json), text: lines.joined(separator: "\n") + "\n")
  }

  private var changeLines: [String] {
    if report.changes.isEmpty { return ["  nothing to do"] }
    return report.changes.map { "  \(report.isDryRun ? "would " : "")\($0.action) \($0.path)" }
  }

  private var title: String {
    context.style.bold("Pi package \(report.source) in \(status.package.settingsFile)")
  }

  var installation: CommandResult {
    let steps = report.changes.isEmpty ? [] : Self.nextSteps.map { context.style.dim("next: \($0)") }
    return result(
      [
        "status": "ok", "installed": ["package": .string(report.source)], "added": report.isAdded ? ["package"] : [],
        "config_files": [.string(status.package.settingsFile)], "state": status.json,
        "next_steps": .strings(Self.nextSteps),
      ], [title] + changeLines + steps)
  }

  var removal: CommandResult {
    var json: JSONObject = [
      "status": "ok", "action": "remove", "removed": report.isRemoved ? ["package"] : [], "state": status.json,
    ]
    if report.isDryRun { json["dry_run"] = true }
    return result(json, [context.style.bold("Pi package removed")] + changeLines)
  }

  func plan(project: PiSetupStatus, bridge: PiBridgeStatus) -> CommandResult {
    let steps = [PiStep.package(status)] + bridge.checklist
    return result(
      [
        "status": "ok", "installer": "pi", "package": status.json, "project_package": project.json,
        "bridge": bridge.json, "capture_enabled": .bool(bridge.capture.isEnabled),
        "raw_provider_bodies_default": "off", "steps": .array(steps.map(\.json)), "dry_run": true,
        "plan": [
          [
            "event": "pi-package", "source": .string(report.source), "dest": .string(status.package.settingsFile),
          ]
        ],
        "settings_file": .string(status.package.settingsFile), "writes": [],
      ], [title] + changeLines + steps.map { $0.text(context.style) })
  }
}
