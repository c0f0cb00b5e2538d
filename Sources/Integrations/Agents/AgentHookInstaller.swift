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

  private static let emptyFile = Array("{}\n".utf8)

  /// - Throws: ``IntegrationError`` `CORRUPT_SETTINGS` or `CORRUPT_HOOKS`, `…_READ_ERROR`, `BUSY`: nothing is changed.
  public func install(dryRun: Bool = false) throws -> AgentHookReport {
    try locked(dryRun) {
      var report = AgentHookReport(hooks: hooks, isDryRun: dryRun)
      let before = try read()
      let isBlank = before.map(HookMemory.isBlank) ?? true
      var settings = try HookSettings(isBlank ? Self.emptyFile : before ?? [], hooks)
      let memory = HookMemory(file: before, blanks: settings.blanks)
      let isFirst = settings.registered.isEmpty
      (report.added, report.removed) = try settings.install()
      var edits = FileEdits()
      for event in hooks.events {
        let script = HookScripts.render(event.name, of: hooks.agent, version: version, binary: binary)
        try edits.write(Array(script.utf8), mode: 0o755, to: hooks.path(of: event))
      }
      if settings.text.bytes != before { try write(settings.text.bytes, &edits) }
      report.changes = edits.descriptions
      guard !dryRun else { return report }
      guard try read() == before else { throw IntegrationError.busy(hooks.settingsFile) }
      if isFirst { try remember(memory) }
      try edits.apply()
      return report
    }
  }

  /// - Throws: as ``install(dryRun:)``.
  public func remove(dryRun: Bool = false) throws -> AgentHookReport {
    try locked(dryRun) {
      var report = AgentHookReport(hooks: hooks, isDryRun: dryRun)
      var edits = FileEdits()
      let memory = try HookMemory(settings: registry.settings(), key: key)
      if let before = try read(), !HookMemory.isBlank(before) {
        var settings = try HookSettings(before, hooks)
        report.removed = try settings.remove(blanks: memory?.blanks ?? [:])
        if !report.removed.isEmpty {
          let isBare = settings.text.bytes == Self.emptyFile
          switch memory?.file {
          case .absent where isBare: edits.remove(hooks.settingsFile)
          case .blank(let text) where isBare: try write(text, &edits)
          default: try write(settings.text.bytes, &edits)
          }
        }
      }
      for event in hooks.events where Files.exists(hooks.path(of: event)) {
        edits.remove(hooks.path(of: event))
        if !report.removed.contains(event.name) { report.removed.append(event.name) }
      }
      report.removed = hooks.events.map(\.name).filter(report.removed.contains)
      report.changes = edits.descriptions
      guard !dryRun else { return report }
      try edits.apply()
      _ = Files.removeEmptyDirectory(hooks.directory)
      try remember(nil)
      return report
    }
  }

  private func locked<R>(_ isDryRun: Bool, _ body: () throws -> R) throws -> R {
    do {
      guard !isDryRun else { return try body() }
      let path = Paths.parent(registry.path) + "/settings.lock"
      guard let lock = try FileLock.acquire(path, timeout: 5) else { throw IntegrationError.busy(path) }
      defer { lock.release() }
      return try body()
    } catch let error as SystemError where error.isPermission {
      throw IntegrationError.unwritable("\(error)")
    }
  }

  private func read() throws -> [UInt8]? {
    do {
      return try Files.readIfPresent(hooks.settingsFile)
    } catch let error as SystemError {
      throw IntegrationError.unreadableSettings(hooks.settingsFile, "\(error)", code: hooks.readErrorCode)
    }
  }

  private func write(_ text: [UInt8], _ edits: inout FileEdits) throws {
    let mode = Files.status(hooks.settingsFile).map { $0.mode & 0o7777 } ?? 0o644
    try edits.write(text, mode: mode, to: hooks.settingsFile)
  }

  // MARK: Memory

  private var key: [String] { ["integrations", hooks.agent.rawValue, Files.resolvingLinks(hooks.settingsFile)] }

  private func remember(_ memory: HookMemory?) throws {
    guard memory != nil || Files.exists(registry.path) else { return }
    try registry.update { settings in
      var all = settings[key[0]]?.object ?? [:]
      var files = all[key[1]]?.object ?? [:]
      files[key[2]] = memory?.json
      all[key[1]] = files.isEmpty ? nil : .object(files)
      settings[key[0]] = all.isEmpty ? nil : .object(all)
    }
  }
}
