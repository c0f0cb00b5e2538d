public import Basics

/// Whether the package of Pi is registered in a settings file. A file that can't be used is part of the answer.
public struct PiSetupStatus: Sendable {
  public let package: PiPackage
  /// What the file's packages are loaded from, in their order.
  public let packages: [String]
  /// Our entry among them.
  public let registered: String?
  /// What is wrong with the file.
  public let error: IntegrationError?
  /// The program `pi`; nil when there is none on `PATH`.
  public let program: String?

  public var isInstalled: Bool { registered != nil }

  public init(_ package: PiPackage, _ environment: HostEnvironment) {
    self.package = package
    program = environment.program("pi")
    let file = package.file(ProjectRegistry(environment))
    do {
      let settings = try PiSettings(file.read(), file)
      packages = settings.packages
      registered = settings.registered.first
      error = nil
    } catch {
      packages = []
      registered = nil
      self.error =
        error as? IntegrationError
        ?? .unreadableSettings(file.path, "\(error)", code: file.readErrorCode)
    }
  }

  /// `package_spec` is the entry in the file, or what would be put there.
  public var json: JSONValue {
    [
      "installer": "pi", "installed": .bool(isInstalled), "package_name": .string(PiPackage.name),
      "package_spec": .string(registered ?? package.source), "settings_file": .string(package.settingsFile),
      "scope": .string(package.scope.rawValue), "pi_binary": .optional(program),
      "settings_corrupt": .bool(error?.code == "CORRUPT_PI_SETTINGS"), "error": .optional(error?.message),
      "packages": .strings(packages), "local_package_dir": .optional(package.localDirectory),
      "local_package_present": .bool(package.isLocalPresent),
    ]
  }
}
