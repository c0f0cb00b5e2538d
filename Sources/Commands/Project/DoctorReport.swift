internal import Basics
internal import GitKit
internal import Integrations
internal import TraceModel

/// What `doctor` finds. Cost: settings and scripts, what is kept of the state of the bucket, the event log where it is not
/// large.
struct DoctorReport {
  var json: JSONObject = [:]
  var security = Section(title: "Security")
  var sections: [Section] = []
  var isHealthy = true
  /// The first thing to do, and why.
  var nextCommand: (command: String, step: String)?

  let context: CommandContext
  let repository: Repository?
  let settings: SecuritySettings

  init(_ context: CommandContext) throws {
    self.context = context
    repository = try Repository.open(containing: context.directory)
    settings = try SecuritySettings(context.environment, repository: repository)
    let registry = ProjectRegistry(context.environment)
    addVersions()
    try addSecurity()
    try addProjects(registry)
    try addIntegrations(registry)
    try addBucket()
    try addSearch()
    try addEventLog()
  }

  /// What `--security` shows.
  var securityJSON: JSONObject {
    var object: JSONObject = [:]
    for key in ["security_version", "schema_version", "security"] { object[key] = json[key] }
    return object
  }

  mutating func fail(_ command: String, _ step: String) {
    isHealthy = false
    advise(command, step)
  }

  mutating func advise(_ command: String, _ step: String) {
    if nextCommand == nil { nextCommand = (command, step) }
  }

  // MARK: Versions, projects

  mutating func addVersions() {
    json["cli"] = [
      "installed_version": .string(ProductVersion.text), "latest_version": .null, "upgrade_available": false,
      "check_state": .string(
        context.environment.variables["OPENTRACES_DISABLE_VERSION_CHECK"] == "1" ? "disabled" : "unavailable"),
      "source": .null, "cache_path": .null,
    ]
    json["security_version"] = .string(TrailVersions.security)
    json["schema_version"] = .string(TraceRecord.currentSchemaVersion)
    sections.append(
      Section(
        title: "Versions",
        rows: [
          Row(mark: .none, label: "opentraces", value: ProductVersion.text),
          Row(mark: .none, label: "records", value: TraceRecord.currentSchemaVersion),
          Row(mark: .none, label: "security", value: TrailVersions.security),
        ]))
  }

  mutating func addProjects(_ registry: ProjectRegistry) throws {
    let mode = try registry.trackingMode()
    json["tracking_mode"] = .string(mode)
    var paths = Set(try registry.projects().map(\.path))
    if let repository, try Enrolment(repository).isEnrolled, let worktree = repository.worktree {
      paths.insert(worktree)
    }
    json["opted_in_projects"] = ["count": .int(paths.count), "paths": .strings(paths.sorted())]
    var section = Section(title: "Projects")
    section.rows.append(Row(mark: .none, label: "tracking mode", value: mode))
    section.rows.append(
      Row(
        mark: .none, label: "enrolled", value: "\(paths.count)",
        detail: paths.sorted().prefix(3).joined(separator: ", ") + (paths.count > 3 ? ", …" : "")))
    sections.append(section)
  }

}
