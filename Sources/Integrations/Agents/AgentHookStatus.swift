public import Basics

/// What of an agent's hooks is installed. Settings that can't be read are part of the answer. Cost: a small file per event.
public struct AgentHookStatus: Sendable {
  /// One event.
  public struct Part: Sendable {
    public let event: String
    public let isRegistered: Bool
    public let hasScript: Bool
    /// The version that the script was rendered for; nil when there is no script, or it carries none.
    public let version: String?
  }

  public let agent: AgentName
  public let parts: [Part]
  /// The version of the program.
  public let version: String
  public let directory: String
  public let settingsFile: String
  /// What is wrong with the settings.
  public let error: IntegrationError?

  public init(_ hooks: AgentHooks, registry: ProjectRegistry, version: String) {
    agent = hooks.agent
    self.version = version
    directory = hooks.directory
    settingsFile = hooks.settingsFile
    let file = AgentSettingsFile(
      path: hooks.settingsFile, agent: hooks.agent, registry: registry, corruptCode: hooks.corruptCode,
      readErrorCode: hooks.readErrorCode)
    var registered: Set<String> = []
    do {
      registered = try HookSettings(file.read(), hooks, file).registered
      error = nil
    } catch {
      self.error =
        error as? IntegrationError ?? .unreadableSettings(file.path, "\(error)", code: file.readErrorCode)
    }
    parts = hooks.events.map { event in
      let path = hooks.path(of: event)
      let script = (try? Files.readIfPresent(path)) ?? nil
      return Part(
        event: event.name, isRegistered: registered.contains(event.name),
        hasScript: Files.status(path)?.isExecutable ?? false, version: script.flatMap { HookScripts.version(of: $0) })
    }
  }

  public var isInstalled: Bool { parts.allSatisfy { $0.isRegistered && $0.hasScript } }
  /// Something is there, but not all of it.
  public var isPartial: Bool { !isInstalled && parts.contains { $0.isRegistered || $0.hasScript } }
  /// Events at which the agent runs a script that is not there: it reports an error each time.
  public var broken: [String] { parts.filter { $0.isRegistered && !$0.hasScript }.map(\.event) }

  /// The version of all scripts; nil when they differ or carry none.
  public var deployedVersion: String? {
    let versions = Set(parts.filter(\.hasScript).map(\.version))
    return versions.count == 1 ? versions.first ?? nil : nil
  }

  /// Scripts that another version wrote: `version-missing` or `version-drift`.
  public var drift: [(event: String, reason: String)] {
    parts.filter { $0.isRegistered && $0.hasScript && $0.version != version }
      .map { ($0.event, $0.version == nil ? "version-missing" : "version-drift") }
  }

  public var json: JSONValue {
    func byEvent(_ value: (Part) -> JSONValue) -> JSONValue { .object(JSONObject(parts.map { ($0.event, value($0)) })) }
    return [
      "installer": .string(agent.rawValue), "installed": .bool(isInstalled), "partial": .bool(isPartial),
      "scripts_present": byEvent { .bool($0.hasScript) }, "script_versions": byEvent { .optional($0.version) },
      "deployed_version": .optional(deployedVersion), "cli_version": .string(version),
      "drift": .array(drift.map { ["artifact": .string($0.event), "reason": .string($0.reason)] }),
      "registered": byEvent { .bool($0.isRegistered) }, "broken": .strings(broken), "hooks_dir": .string(directory),
      "settings_file": .string(settingsFile), "error": .optional(error?.message),
    ]
  }
}
