internal import Basics
internal import GitKit
internal import Integrations
internal import SearchIndex
internal import SecurityTools
internal import Sharing
internal import TraceModel
internal import TraceStore

/// What `doctor` finds. Cost: settings and scripts, what is kept of the state of the bucket, the event log where it is not
/// large.
struct DoctorReport {
  /// One line for people.
  struct Row {
    enum Mark { case good, warning, bad, none }

    let mark: Mark
    let label: String
    let value: String
    var detail = ""
  }

  /// Some lines under a title.
  struct Section {
    let title: String
    var rows: [Row] = []
  }

  private(set) var json: JSONObject = [:]
  private(set) var security = Section(title: "Security")
  private(set) var sections: [Section] = []
  private(set) var isHealthy = true
  /// The first thing to do, and why.
  private(set) var nextCommand: (command: String, step: String)?

  private let context: CommandContext
  private let repository: Repository?
  private let settings: SecuritySettings

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

  private mutating func fail(_ command: String, _ step: String) {
    isHealthy = false
    advise(command, step)
  }

  private mutating func advise(_ command: String, _ step: String) {
    if nextCommand == nil { nextCommand = (command, step) }
  }

  // MARK: Versions, projects

  private mutating func addVersions() {
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

  private mutating func addProjects(_ registry: ProjectRegistry) throws {
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

  // MARK: Security

  private mutating func addSecurity() throws {
    var tools: [JSONValue] = []
    for tool in ToolName.allCases {
      let info = settings.info(tool)
      let state = info["state"]?.string ?? "disabled"
      let isBroken = state == "missing" || state == "unreachable"
      let detail = info["detail"]?.string
      let enable = info["setup_cmd"]?.string ?? "opentraces bucket security policy --tool \(tool.rawValue) --enable"
      let disable = info["disable_cmd"]?.string ?? "opentraces bucket security policy --tool \(tool.rawValue) --disable"
      tools.append([
        "name": .string(tool.displayName), "tool": .string(tool.rawValue), "state": .string(state),
        "detail": .optional(detail), "enable_cmd": .string(enable), "disable_cmd": .string(disable),
        "blocks": .bool(isBroken),
      ])
      security.rows.append(
        Row(
          mark: isBroken ? .bad : state == "enabled" ? .good : .none, label: tool.rawValue, value: state,
          detail: detail ?? ""))
      if isBroken {
        fail(
          "opentraces security tools info \(tool.rawValue)",
          "\(tool.rawValue) is on and can't run, so nothing can be cleared: set it up, or turn it off with \(disable)")
      }
    }
    tools.append(addReview())
    let marker = try repository.flatMap { try Enrolment($0).marker }
    let review = marker?.reviewPolicy
    tools.append([
      "name": "Human review",
      "state": .string(review.map { $0 == "auto" ? "not-required" : "required" } ?? "not-initialized"),
      "detail": .null, "review_policy": .optional(review),
    ])
    json["security"] = [
      "version": .string(TrailVersions.security), "tools": .array(tools),
      "classifier_sensitivity": .string(settings.options.sensitivity), "review_policy": .optional(review),
      "blocked_reasons": ["parse_error", "trufflehog_finding"],
    ]
    let hog = settings.info(.trufflehog)
    json["trufflehog"] = [
      "enabled": hog["enabled"] ?? false, "binary_version": hog["detail"] ?? .null, "status": hog["state"] ?? .null,
    ]
    sections.append(security)
  }

  /// Seconds that the model is waited for.
  private static let patience = 5.0

  private mutating func addReview() -> JSONValue {
    let model = settings.endpoint("llm_review")
    let isOn = settings.isEnabled(section: "llm_review")
    let reach = isOn ? model.reach(within: Self.patience) : nil
    let state = reach.map { $0.isReachable ? "enabled" : "unreachable" } ?? "disabled"
    var json: JSONObject = [
      "enabled": .bool(isOn), "status": .string(state), "api_format": .string(model.format.rawValue),
      "backend": .string(model.label), "model": .string(model.model), "base_url": .string(model.baseURL),
      "api_key_env": .string(model.keyVariable),
    ]
    if let reach { json["reachable"] = .bool(reach.isReachable) }
    self.json["llm_review"] = .object(json)
    security.rows.append(
      Row(
        mark: reach.map { $0.isReachable ? .good : .bad } ?? .none, label: "llm review", value: state,
        detail: isOn
          ? "\(model.label) / \(model.model)" + (state == "unreachable" ? ": \(reach?.message ?? "")" : "") : ""))
    if state == "unreachable" {
      fail("opentraces setup llm-review --test", "the reviewing model does not answer: \(reach?.message ?? "")")
    }
    return [
      "name": "LLM trace review", "state": .string(state),
      "detail": .string("\(model.format.rawValue) / \(model.model)"),
      "enable_cmd": "opentraces setup llm-review", "disable_cmd": "opentraces setup llm-review --disable",
      "api_format": .string(model.format.rawValue), "backend": .string(model.label), "model": .string(model.model),
      "base_url": .string(model.baseURL), "api_key_env": .string(model.keyVariable),
      "probe_status": .string(reach == nil ? "not_run" : state), "reachable": .optional(reach?.isReachable),
    ]
  }

  // MARK: Integrations

  private mutating func addIntegrations(_ registry: ProjectRegistry) throws {
    var section = Section(title: "Agent integrations")
    var hooks: [JSONValue] = []
    var items: [JSONValue] = []
    func item(_ name: String, _ deployed: String?, _ drift: [String]) -> JSONValue {
      [
        "name": .string(name), "installed": true, "deployed_version": .optional(deployed),
        "cli_version": .string(ProductVersion.text), "drift": .strings(drift),
      ]
    }
    for agent in [AgentHooks.claudeCode(context.environment), .codex(context.environment)] {
      let status = AgentHookStatus(agent, registry: registry, version: ProductVersion.text)
      let name = agent.agent.rawValue
      hooks.append(status.json)
      let drift = Array(Set(status.drift.map(\.reason))).sorted()
      if status.isInstalled { items.append(item(name, status.deployedVersion, drift)) }
      section.rows.append(row(status, drift))
      if !status.broken.isEmpty || status.error != nil {
        fail(
          "opentraces setup \(name)",
          status.error?.message
            ?? "\(name) runs scripts that are not there (\(status.broken.joined(separator: ", "))): opentraces setup \(name)"
        )
      } else if drift.contains("version-drift") {
        fail(
          "opentraces setup \(name)", "the hooks of \(name) were written by another version: opentraces setup \(name)")
      }
    }
    let pi = PiSetupStatus(
      PiPackage(context.environment, directory: context.directory, scope: .global, checkouts: [], prefersLocal: false),
      context.environment)
    hooks.append(pi.json)
    if pi.isInstalled { items.append(item("pi", nil, [])) }
    section.rows.append(
      Row(mark: pi.isInstalled ? .good : .none, label: "pi", value: pi.isInstalled ? "installed" : "not installed"))
    try addGit(&section, &hooks, &items, item)
    json["hooks"] = .array(hooks)
    json["integrations"] = [
      "cli_version": .string(ProductVersion.text), "items": .array(items),
      "drift": .array(items.filter { $0["drift"]?.array?.isEmpty == false }),
    ]
    sections.append(section)
  }

  private func row(_ status: AgentHookStatus, _ drift: [String]) -> Row {
    let name = status.agent.rawValue
    if let error = status.error { return Row(mark: .bad, label: name, value: "unreadable", detail: error.message) }
    if !status.broken.isEmpty {
      return Row(
        mark: .bad, label: name, value: "broken", detail: "no script for " + status.broken.joined(separator: ", "))
    }
    if status.isPartial {
      return Row(mark: .warning, label: name, value: "partly installed", detail: "opentraces setup \(name)")
    }
    if !drift.isEmpty {
      return Row(
        mark: .warning, label: name, value: "installed",
        detail: "drift: \(drift.joined(separator: ", ")); run 'opentraces setup \(name)'")
    }
    return Row(
      mark: status.isInstalled ? .good : .none, label: name, value: status.isInstalled ? "installed" : "not installed")
  }

  private mutating func addGit(
    _ section: inout Section, _ hooks: inout [JSONValue], _ items: inout [JSONValue],
    _ item: (String, String?, [String]) -> JSONValue
  ) throws {
    guard let repository, repository.worktree != nil else {
      hooks.append(GitHookState.outsideRepository)
      json["post_commit_hook"] = ["state": "missing", "installed": false, "chained_in_post_commit": false]
      return section.rows.append(Row(mark: .none, label: "git", value: "not in a repository"))
    }
    let state = try GitHookInstaller(repository, options: context.hookOptions).status()
    hooks.append(state.json)
    let drift = Array(Set(state.drift.map(\.reason))).sorted()
    if state.isInstalled { items.append(item("git", state.deployedVersion, drift)) }
    let post = state.hooks.first { $0.hook == .postCommit }
    let log = HookLog(repository)
    let hasRun = Files.exists(log.path)
    let word =
      post?.ownedPresent != true
      ? "missing" : post?.chainPresent != true ? "installed_not_chained" : hasRun ? "ok" : "installed_never_ran"
    json["post_commit_hook"] = [
      "state": .string(word), "installed": .bool(post?.ownedPresent ?? false),
      "chained_in_post_commit": .bool(post?.chainPresent ?? false), "log_path": .string(log.path),
    ]
    if state.isPartial {
      section.rows.append(
        Row(mark: .bad, label: "git", value: "broken", detail: "some hooks are not run: opentraces setup git"))
      return fail(
        "opentraces setup git", "some of the git hooks are not there, or git does not run them: opentraces setup git")
    }
    let hasDrift = drift.contains("version-drift")
    section.rows.append(
      Row(
        mark: hasDrift ? .warning : state.isInstalled ? .good : .none, label: "git",
        value: state.isInstalled ? "installed" : "not installed",
        detail: drift.isEmpty
          ? state.hookDirectory : "drift: \(drift.joined(separator: ", ")); run 'opentraces setup git'"))
    if hasDrift { fail("opentraces setup git", "the git hooks were written by another version: opentraces setup git") }
  }

  // MARK: What is kept

  private mutating func addBucket() throws {
    guard let repository else {
      json["bucket"] = ["state": "not-built"]
      return sections.append(
        Section(title: "Bucket", rows: [Row(mark: .none, label: "bucket", value: "not in a repository")]))
    }
    let share = try ShareContext(repository, context)
    let state = try share.state()
    let gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    json["bucket"] = [
      "root": .string(repository.commonDirectory), "digest": .string(try share.plane().digest),
      "trace_records": [
        "object_count": .int(state.total), "unfiltered_count": .int(state.unfiltered.count),
        "security_stale_count": .int(state.stale.count),
      ],
      "sync": ["eligible": .bool(gate.isEligible), "blocked_reasons": .strings(gate.blockingReasons)],
      "security_remediation": gate.remediation?.json ?? .null, "security_gate": gate.json,
      "state": state.total == 0 ? "not-built" : "ok",
    ]
    var section = Section(title: "Bucket")
    section.rows.append(Row(mark: .none, label: "sessions", value: "\(state.total)"))
    section.rows.append(
      Row(mark: .none, label: "remote", value: share.remote?.name ?? "none", detail: share.remote?.url ?? ""))
    section.rows.append(
      Row(
        mark: gate.isEligible ? .good : .none, label: "security gate",
        value: gate.isEligible ? "eligible" : "blocked", detail: gate.advice.joined(separator: ", then ")))
    sections.append(section)
    if let first = gate.advice.first, state.total > 0, share.remote != nil {
      let rest = gate.advice.dropFirst().joined(separator: ", then ")
      advise(first, "so that all sessions may leave" + (rest.isEmpty ? "" : "; then \(rest)"))
    }
  }

  private mutating func addSearch() throws {
    guard let repository else { return }
    let snapshot = try TraceIndexStatusCommand.snapshot(context.indexer(repository))
    let told = snapshot["state"]?.string ?? "unknown"
    let state = ["ok": "ok", "stale": "stale", "missing": "missing", "wrong_schema": "stale"][told] ?? "error"
    let advice = "opentraces trace index rebuild"
    json["trace_index"] = [
      "state": .string(state), "rebuild_advice": .string(advice), "legacy_index_state": "missing",
      "search_snapshot": .object(snapshot), "search_snapshot_advice": .optional(state == "ok" ? nil : advice),
    ]
    sections.append(
      Section(
        title: "Trace search",
        rows: [
          Row(
            mark: state == "ok" ? .good : state == "error" ? .warning : .none, label: "index", value: state,
            detail: state == "ok" ? snapshot["trace_count"]?.int.map { "\($0) traces" } ?? "" : advice)
        ]))
  }

  /// A log with more batches or events is not read: `bucket verify --full` does that.
  private static let batchLimit = 1000
  private static let eventLimit = 4000

  private mutating func addEventLog() throws {
    guard let repository else { return }
    let log = try EventLog(repository)
    let batches = try log.batchCount()
    var object: JSONObject = [
      "ref": .string(StoreRefs.events), "exists": .bool(log.tip != nil), "head": .optional(log.tip?.hex),
      "batch_count": .int(batches), "event_count": .int(try log.tail()?.sequence ?? 0),
    ]
    var row = Row(mark: .none, label: "event log", value: "missing")
    if log.tip == nil {
      object["state"] = "missing"
    } else if batches > Self.batchLimit || (object["event_count"]?.int ?? 0) > Self.eventLimit {
      for key in ["batch_parents_linear", "content_hashes_valid", "event_chain_valid"] { object[key] = .null }
      object["state"] = "unverified_large"
      object["doctor_scan_skipped"] = true
      object["skip_reason"] = "it is large: opentraces bucket verify --full reads it"
      row = Row(mark: .none, label: "event log", value: "not looked at", detail: "opentraces bucket verify --full")
    } else {
      let faults = try EventLogVerifier(log).faults()
      let kinds = Set(faults.map(\.kind))
      object["batch_parents_linear"] = .bool(!kinds.contains("event_parents"))
      object["content_hashes_valid"] = .bool(!kinds.contains("event_content"))
      object["event_chain_valid"] = .bool(!kinds.contains("event_chain"))
      object["state"] = faults.isEmpty ? "ok" : "invalid"
      object["errors"] = .array(faults.prefix(20).map(\.json))
      row = Row(
        mark: faults.isEmpty ? .good : .bad, label: "event log", value: faults.isEmpty ? "ok" : "damaged",
        detail: faults.isEmpty ? "\(object["event_count"]?.int ?? 0) events" : faults.first?.detail ?? "")
      if !faults.isEmpty {
        object["advice"] = "opentraces bucket verify --full"
        fail(
          "opentraces bucket verify --full",
          "the event log is damaged: opentraces bucket verify --full, then bucket repair")
      }
    }
    json["trail_event_log"] = .object(object)
    sections.append(Section(title: "Trace Trails", rows: [row]))
  }

  // MARK: For people

  func text(_ sections: [Section], _ style: Style) -> String {
    var lines: [String] = []
    for section in sections where !section.rows.isEmpty {
      lines.append(style.bold(section.title))
      for row in section.rows {
        let mark =
          switch row.mark {
          case .good: style.good("✓")
          case .warning: style.partial("⚠")
          case .bad: style.bad("✗")
          case .none: style.dim("·")
          }
        let value = TextWidth.pad(row.value, to: row.detail.isEmpty ? 0 : 14)
        lines.append(
          "  \(mark) \(TextWidth.pad(row.label, to: 16)) \(value)"
            + (row.detail.isEmpty ? "" : " \(style.dim(row.detail))"))
      }
    }
    if let nextCommand { lines += ["", "next: \(nextCommand.command)", style.dim("  \(nextCommand.step)")] }
    return lines.joined(separator: "\n") + "\n"
  }
}
