internal import Basics

/// The package that brings opentraces into Pi, and the settings file of Pi that names it.
public struct PiPackage: Sendable {
  public enum Scope: String, Sendable {
    /// The settings of the user.
    case global
    /// The settings of the directory that Pi runs in.
    case project
  }

  public static let name = "opentraces-pi"
  /// The package as Pi fetches it from npm.
  public static let npmSource = "npm:opentraces-pi"

  public let scope: Scope
  public let settingsFile: String
  /// What an installation puts on the list of packages.
  public let source: String
  /// Where the package's source is, or would be in the first of the checkouts; nil without a checkout.
  public let localDirectory: String?
  public let isLocalPresent: Bool

  /// `settings.json` in `PI_CODING_AGENT_DIR` or `~/.pi/agent`, or `.pi/settings.json` for a project.
  ///
  /// - Parameters:
  ///   - directory: the working directory.
  ///   - settingsFile: another file, instead of the one of the scope.
  ///   - checkouts: where the package's source may be, the likeliest first.
  ///   - prefersLocal: registers the source, where it is, instead of the npm package.
  public init(
    _ environment: HostEnvironment, directory: String, scope: Scope = .global, settingsFile: String? = nil,
    checkouts: [String] = [], prefersLocal: Bool = false
  ) {
    let home =
      scope == .project ? directory + "/.pi" : environment.directory("PI_CODING_AGENT_DIR") ?? "~/.pi/agent"
    let candidates = checkouts.map { $0 + "/packages/" + Self.name }
    let present = candidates.first { Files.isDirectory($0) }
    self.scope = scope
    self.settingsFile = Paths.absolute(
      environment.expandingTilde(settingsFile ?? home + "/settings.json"), base: directory)
    localDirectory = present ?? candidates.first
    isLocalPresent = present != nil
    source = prefersLocal ? present ?? Self.npmSource : Self.npmSource
  }

  /// Whether an entry on the list of packages is ours: the npm package in any version, or a directory of its source.
  static func owns(_ source: String) -> Bool {
    if source == name || source == npmSource || source.hasPrefix(npmSource + "@") { return true }
    return source.split(separator: "/").suffix(2) == ["packages", Substring(name)]
  }

  func file(_ registry: ProjectRegistry) -> AgentSettingsFile {
    AgentSettingsFile(
      path: settingsFile, agent: .pi, registry: registry, corruptCode: "CORRUPT_PI_SETTINGS",
      readErrorCode: "PI_SETTINGS_READ_ERROR")
  }
}
