internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Integrations
internal import SecurityTools
internal import Sharing
internal import TraceModel
internal import TraceStore

/// `bucket security`
struct BucketSecurityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "security", abstract: "Which tools have to go over a trace before it may leave, and whether they did.",
    subcommands: [BucketSecurityStatusCommand.self, BucketSecurityPolicyCommand.self, BucketSecurityRunCommand.self])

  @OptionGroup var global: GlobalOptions
}

/// `bucket security status`
struct BucketSecurityStatusCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how many traces are cleared. Changes nothing.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    let state = try share.state()
    let gate = SecurityGate(state, policy: share.policy, hasRemote: share.remote != nil)
    let json: JSONValue = [
      "status": "ok",
      "security": [
        "policy": .string(share.policyName), "total": .int(state.total), "filtered": .int(state.cleared),
        "unfiltered": .int(state.unfiltered.count), "stale": .int(state.stale.count),
        "configured_tools": .strings(share.policy.tools.map(\.rawValue)),
        "filtering_configured": .bool(share.policy.isConfigured), "security_version": .string(TrailVersions.security),
        "remediation": gate.remediation?.json ?? .null, "security_gate": gate.json,
      ],
    ]
    let style = context.style
    let tools = share.policy.tools.map(\.rawValue).joined(separator: ", ")
    var text = "\(style.bold("security"))  policy \(share.policyName)" + (tools.isEmpty ? "\n" : ": \(tools)\n")
    text += "  cleared     \(state.cleared) of \(state.total)\n"
    if !state.stale.isEmpty { text += "  out of date \(state.stale.count)\n" }
    if !state.unfiltered.isEmpty { text += "  unfiltered  \(state.unfiltered.count)\n" }
    if let remediation = gate.remediation { text += "next: \(remediation.command)\n" }
    return CommandResult(json: json, text: text)
  }
}

/// `bucket security policy`
struct BucketSecurityPolicyCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show or choose the tools.",
    discussion: "The tools are those of 'config set security.<tool>.enabled', which other commands use as well.")

  @Option(help: "off, basic, recommended or strict.")
  var policy: String?

  @Option(help: ArgumentHelp("A tool to turn on or off; repeatable.", valueName: "name"))
  var tool: [String] = []

  @Flag(help: "Turn the tools on.")
  var enable = false

  @Flag(help: "Turn the tools off.")
  var disable = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if enable && disable { throw ValidationError("give --enable or --disable, and not both") }
    if policy != nil && (!tool.isEmpty || enable || disable) {
      throw ValidationError("--policy sets all tools: give it without --tool, --enable and --disable")
    }
    if !tool.isEmpty && !enable && !disable { throw ValidationError("--tool goes with --enable or --disable") }
    if tool.isEmpty && (enable || disable) { throw ValidationError("--enable and --disable go with --tool") }
    if let policy, SecurityPolicy(rawValue: policy) == nil {
      throw ValidationError("--policy takes off, basic, recommended or strict, not '\(policy)'")
    }
    if let unknown = tool.first(where: { ToolName(rawValue: $0) == nil }) {
      let known = ToolName.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("there is no tool '\(unknown)'; the tools are \(known)")
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let before = try SecuritySettings(context.environment).enabled
    var wanted = Set(before)
    if let policy = policy.flatMap({ SecurityPolicy(rawValue: $0) }) {
      wanted = Set(policy.tools)
    } else {
      for name in tool.compactMap({ ToolName(rawValue: $0) }) {
        if enable { wanted.insert(name) } else { wanted.remove(name) }
      }
    }
    let enabled = wanted.subtracting(before).sorted()
    let disabled = Set(before).subtracting(wanted).sorted()
    if !enabled.isEmpty || !disabled.isEmpty { try SecuritySettings.enable(wanted, context.environment) }
    if !disabled.isEmpty {
      let names = disabled.map(\.rawValue).joined(separator: ", ")
      context.warn(
        "note: \(names) \(disabled.count == 1 ? "is" : "are") off for 'security sanitize --use-config' and in other repositories as well"
      )
    }
    let settings = try SecuritySettings(context.environment)
    let name = SecurityPolicy.named(settings.enabled)?.rawValue ?? "custom"
    let json: JSONValue = [
      "status": "ok",
      "security": [
        "scope": "bucket", "policy": .string(name), "enabled": .strings(settings.enabled.map(\.rawValue)),
        "available_policies": .object(
          JSONObject(SecurityPolicy.allCases.map { ($0.rawValue, .strings($0.tools.map(\.rawValue))) })),
        "tools": .array(ToolName.allCases.map(settings.info)),
      ],
      "changes": ["enabled": .strings(enabled.map(\.rawValue)), "disabled": .strings(disabled.map(\.rawValue))],
    ]
    var text = "\(context.style.bold("policy"))  \(name)\n"
    text += ToolName.allCases.map { SecurityToolText.line(settings.info($0), context.style) }.joined()
    if !enabled.isEmpty || !disabled.isEmpty, !settings.enabled.isEmpty { text += "next: \(SecurityGate.runCommand)\n" }
    return CommandResult(json: json, text: text)
  }
}

/// `bucket security run`
struct BucketSecurityRunCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Filter traces, so that they may leave.",
    discussion: """
      What is filtered goes to refs/opentraces/bucket/v1/<writer>; what was captured stays as it is in the private plane, which \
      never leaves. A trace that a tool could not look at is not cleared.
      """)

  @Flag(help: "All traces that are not cleared.")
  var all = false

  @Option(help: "One trace.")
  var trace: String?

  @Option(help: "Progress on standard error: auto, plain, json or never.")
  var progress = "auto"

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if all == (trace != nil) { throw ValidationError("give --all or --trace") }
    _ = try ProgressOption.parse(progress)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let share = try ShareContext(context, project)
    if !share.policy.isConfigured { return try notConfigured(share, context) }
    var scope = SecurityRun.Scope.all
    if let trace {
      guard let found = try? TraceReference.resolve(trace, in: share.repository),
        try Bucket(share.repository).traceTree(found.traceID) != nil
      else { return notFound(trace, share) }
      scope = .trace(found.traceID)
    }
    let report = try share.filter(
      scope, context.progress(ProgressOption.parse(progress), command: "bucket security run"), context)
    for failure in report.failed.prefix(10) { context.warn("not cleared: \(failure.trace): \(failure.reason)") }
    let state = try share.state()
    let gate = SecurityGate(state, policy: share.policy, hasRemote: true)
    var run: JSONObject = [
      "status": "ok", "configured_tools": .strings(share.policy.tools.map(\.rawValue)), "filtering_configured": true,
      "total": .int(report.total), "filtered": .int(report.filtered.count),
      "already_filtered": .int(report.alreadyFiltered), "still_blocked": 0, "failed": .int(report.failed.count),
      "failures": .array(
        report.failed.map { failure -> JSONValue in
          ["trace_id": .string(failure.trace), "reason": .string(failure.reason)]
        }),
      "trace_ids": .strings(report.filtered), "ref": .optional(try share.writer().map(StoreRefs.shareable)),
    ]
    if let remediation = gate.remediation { run["remediation"] = remediation.json }
    if case .trace(let id) = scope { run["trace_id"] = .string(id) }
    let style = context.style
    let isGood = report.failed.isEmpty || !report.filtered.isEmpty || report.alreadyFiltered > 0
    var text = isGood ? style.good("✓") : style.bad("×")
    text += " \(report.filtered.count) filtered, \(report.alreadyFiltered) were already"
    if !report.failed.isEmpty { text += ", \(style.bad("\(report.failed.count) not cleared"))" }
    let next =
      report.failed.isEmpty
      ? share.remote == nil ? SecurityGate.setupCommand : "opentraces bucket remote push"
      : "opentraces security tools list  # what is missing; or bucket security policy --policy recommended"
    text += "\nnext: \(next)\n"
    return CommandResult(json: ["status": "ok", "security_run": .object(run)], text: text)
  }

  private func notConfigured(_ share: ShareContext, _ context: CommandContext) throws -> CommandResult {
    let state = try share.state()
    let gate = SecurityGate(state, policy: share.policy, hasRemote: true)
    let json: JSONValue = [
      "status": "ok",
      "security_run": [
        "status": "not_configured", "configured_tools": [], "filtering_configured": false, "total": .int(state.total),
        "filtered": 0, "already_filtered": 0, "still_blocked": .int(state.total), "failed": 0, "trace_ids": [],
        "remediation": gate.remediation?.json ?? .null,
      ],
    ]
    return CommandResult(
      json: json, text: "no security tool is enabled, so nothing is cleared\nnext: \(SecurityGate.policyCommand)\n",
      exitCode: ExitStatus.usage)
  }

  private func notFound(_ trace: String, _ share: ShareContext) -> CommandResult {
    CommandResult(
      json: [
        "status": "ok",
        "security_run": [
          "status": "not_found", "configured_tools": .strings(share.policy.tools.map(\.rawValue)),
          "filtering_configured": true, "total": 0, "filtered": 0, "already_filtered": 0, "still_blocked": 0,
          "failed": 0, "trace_ids": [], "trace_id": .string(trace),
        ],
      ], text: "this clone captured no trace \(trace)\nnext: opentraces trace query\n", exitCode: ExitStatus.usage)
  }
}
