internal import Basics
internal import GitKit
internal import Integrations

/// Hooks of agents and of git.
extension DoctorReport {
  mutating func addIntegrations(_ registry: ProjectRegistry) throws {
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
}
