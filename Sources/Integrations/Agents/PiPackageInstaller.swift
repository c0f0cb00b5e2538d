internal import Basics

/// What registering the package of Pi, or taking it out, did.
public struct PiPackageReport: Sendable {
  public let isDryRun: Bool
  /// The entry that stands in the file now, or would.
  public var source: String
  /// Whether an entry was added.
  public var isAdded = false
  /// Whether entries were taken out.
  public var isRemoved = false
  /// Files that were written or removed, or would be.
  public var changes: [(action: String, path: String)] = []
}

/// Puts our package on the list of packages in a settings file of Pi, and takes it off again.
///
/// The file is read and checked before anything is written. Other entries, the order, the layout, comments, the mode and
/// symbolic links stay as they are. No package is fetched: Pi does that when it starts.
public struct PiPackageInstaller {
  private let package: PiPackage
  private let file: AgentSettingsFile

  public init(_ package: PiPackage, registry: ProjectRegistry) {
    self.package = package
    file = package.file(registry)
  }

  /// Registers the package, unless it is in any form.
  ///
  /// - Throws: ``IntegrationError`` `CORRUPT_PI_SETTINGS`, `PI_SETTINGS_READ_ERROR`, `BUSY`: nothing is changed.
  public func install(dryRun: Bool = false) throws -> PiPackageReport {
    try file.locked(dryRun) {
      let before = try file.read()
      var settings = try PiSettings(before, file)
      var report = PiPackageReport(isDryRun: dryRun, source: settings.registered.first ?? package.source)
      guard settings.registered.isEmpty else { return report }
      let memory = SettingsMemory(file: before, blanks: settings.blanks)
      try settings.install(package.source)
      report.isAdded = true
      var edits = FileEdits()
      try file.write(settings.text, to: &edits)
      report.changes = edits.descriptions
      if !dryRun { try file.apply(edits, before: before, remembering: memory) }
      return report
    }
  }

  /// - Throws: as ``install(dryRun:)``.
  public func remove(dryRun: Bool = false) throws -> PiPackageReport {
    try file.locked(dryRun) {
      let before = try file.read()
      var settings = try PiSettings(before, file)
      var report = PiPackageReport(isDryRun: dryRun, source: settings.registered.first ?? package.source)
      report.isRemoved = !settings.registered.isEmpty
      var edits = FileEdits()
      if report.isRemoved {
        let memory = try file.memory()
        try settings.remove(memory)
        try file.restore(settings.text, memory, to: &edits)
      }
      report.changes = edits.descriptions
      guard !dryRun else { return report }
      try file.apply(edits, before: before)
      // The directory of a file that we made and took away again.
      if report.isRemoved, !Files.exists(file.path) { Files.removeEmptyDirectory(Paths.parent(file.path)) }
      try file.remember(nil)
      return report
    }
  }
}
