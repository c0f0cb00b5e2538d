internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import Integrations

/// One run of a hook of Claude Code or Codex CLI.
struct AgentHookRun {
  let agent: AgentName
  let event: String
  let environment: HostEnvironment

  /// Does what the agent has to wait for; nil when there is nothing more to do.
  ///
  /// An excluded project, and one that nobody enrolled under manual tracking, is left alone before anything of the
  /// payload but its directory is looked at.
  func run(_ input: [UInt8]) -> HookJob? {
    let gate = HookGate(agent: agent, environment: environment)
    guard let payload = (try? HookPayload(input)) ?? nil, let repository = gate.repository(of: payload.directory) else {
      return nil
    }
    let work = HookWork(agent: agent, event: event, repository: repository, environment: environment)
    do {
      guard try gate.admits(repository) else { return nil }
      HookDeadline.report("\(agent.rawValue) \(event)", session: payload.sessionID, in: repository)
      try note(payload, in: repository)
      var job = HookJob(work, try work.observe(moment, payload))
      SubmoduleHooks(gate: gate, outer: repository, moment: moment, payload: payload)
        .add(to: &job, work) { try note(payload, in: $0) }
      return job
    } catch {
      work.log("\(error)", session: payload.sessionID)
      return nil
    }
  }

  private var moment: HookMoment {
    switch event {
    case "SessionStart": .sessionStart
    case "UserPromptSubmit": .turnStart
    case "PreToolUse": .callBegin
    case "PostToolUse", "PostToolUseFailure": .callEnd
    case "Stop", "SessionEnd": .turnEnd
    default: .other
    }
  }

  private func note(_ payload: HookPayload, in repository: Repository) throws {
    var line: JSONObject = [
      "type": "opentraces_hook", "event": .string(event), "timestamp": .string(Timestamp.now().iso8601),
      "data": .object(payload.kept),
    ]
    if ["SessionStart", "Stop", "SessionEnd"].contains(event) { line["head"] = .optional(try repository.head()?.hex) }
    try Journal(directory: repository.stateDirectory, agent: agent.rawValue, session: payload.sessionID)
      .append(.object(line))
  }
}
