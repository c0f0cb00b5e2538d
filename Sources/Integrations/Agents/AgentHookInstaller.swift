internal import Basics

/// What installing or removing an agent's hooks did.
public struct AgentHookReport: Sendable {
  public let hooks: AgentHooks
  public let isDryRun: Bool
  /// Events that were registered.
  public var added: [String] = []
  /// Events whose command or script was taken out.
  public var removed: [String] = []
  /// Files that were written or removed, or would be.
  public var changes: [(action: String, path: String)] = []

  /// The scripts by event.
  public var installed: [(event: String, path: String)] { hooks.events.map { ($0.name, hooks.path(of: $0)) } }
}

/// Puts scripts beside an agent and registers them in its settings file, and takes both out again.
///
/// Everything that would be changed is read and checked before anything is written. Foreign entries, the order, the
/// layout, comments, the mode and symbolic links stay as they are.
public struct AgentHookInstaller {
  private let hooks: AgentHooks
  private let registry: ProjectRegistry
  private let version: String
  private let binary: String

  /// - Parameter binary: absolute path of the executable that the scripts call.
  public init(_ hooks: AgentHooks, registry: ProjectRegistry, version: String, binary: String) {
    self.hooks = hooks
    self.registry = registry
    self.version = version
    self.binary = binary
  }

  private var file: AgentSettingsFile {
    AgentSettingsFile(
      path: hooks.settingsFile, agent: hooks.agent, registry: registry, corruptCode: hooks.corruptCode,
      readErrorCode: hooks.readErrorCode)
  }

  /// Whether every event is registered and has its script. False for settings that can't be read.
  public var isInstalled: Bool {
    guard let before = try? file.read(), let settings = try? HookSettings(before, hooks, file) else { return false }
    return hooks.events.allSatisfy { settings.registered.contains($0.name) && Files.exists(hooks.path(of: $0)) }
  }

  /// - Throws: ``IntegrationError`` `CORRUPT_SETTINGS` or `CORRUPT_HOOKS`, `…_READ_ERROR`, `BUSY`: nothing is changed.
  public func install(dryRun: Bool = false) throws -> AgentHookReport {
    try file.locked(dryRun) {
      var report = AgentHookReport(hooks: hooks, isDryRun: dryRun)
      let before = try file.read()
      var settings = try HookSettings(before, hooks, file)
      let memory = SettingsMemory(file: before, blanks: settings.blanks)
      let isFirst = settings.registered.isEmpty
      (report.added, report.removed) = try settings.install()
      var edits = FileEdits()
      for event in hooks.events {
        let script = HookScripts.render(event.name, of: hooks.agent, version: version, binary: binary)
        try edits.write(Array(script.utf8), mode: 0o755, to: hooks.path(of: event))
      }
      try file.write(settings.text, to: &edits)
      report.changes = edits.descriptions
      guard !dryRun else { return report }
      try file.apply(edits, before: before, remembering: isFirst ? memory : nil)
      return report
    }
  }

  /// - Throws: as ``install(dryRun:)``.
  public func remove(dryRun: Bool = false) throws -> AgentHookReport {
    try file.locked(dryRun) {
      var report = AgentHookReport(hooks: hooks, isDryRun: dryRun)
      var edits = FileEdits()
      let memory = try file.memory()
      let before = try file.read()
      var settings = try HookSettings(before, hooks, file)
      report.removed = try settings.remove(blanks: memory?.blanks ?? [:])
      if !report.removed.isEmpty { try file.restore(settings.text, memory, to: &edits) }
      for event in hooks.events where Files.exists(hooks.path(of: event)) {
        edits.remove(hooks.path(of: event))
        if !report.removed.contains(event.name) { report.removed.append(event.name) }
      }
      report.removed = hooks.events.map(\.name).filter(report.removed.contains)
      report.changes = edits.descriptions
      guard !dryRun else { return report }
      try file.apply(edits, before: before)
      _ = Files.removeEmptyDirectory(hooks.directory)
      try file.remember(nil)
      return report
    }
  }
}
