internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import Ingest
internal import Integrations

/// One run of an agent's hook: writes the journal, looks at the worktree around tool calls, folds at the end of a turn.
struct AgentHookRun {
  let agent: AgentName
  let event: String
  let environment: HostEnvironment

  /// What remains to be done when the agent has gone on.
  enum Rest {
    case nothing
    /// To look at the worktree, for the first time or again.
    case look(Repository, isFirst: Bool, BoundaryRecorder.Glimpse?)
    case fold(Repository)

    /// Milliseconds from the hook's start that the agent waits at most.
    ///
    /// Only the first look has to be over before the tool changes something; for the others the times of the files tell.
    var wait: Int32 {
      switch self {
      case .nothing, .fold: 0
      case .look(_, let isFirst, _): isFirst ? 300 : 0
      }
    }
  }

  /// Does what the agent has to wait for.
  ///
  /// An excluded project, and one that nobody enrolled under manual tracking, is left alone before anything of the
  /// payload but its directory is looked at.
  func run(_ input: [UInt8]) -> Rest {
    guard let payload = (try? HookPayload(input)) ?? nil, let repository = repository(of: payload) else {
      return .nothing
    }
    do {
      guard try isWanted(repository) else { return .nothing }
      HookDeadline.report("\(agent.rawValue) \(event)", session: payload.sessionID, in: repository)
      return try record(payload, in: repository)
    } catch {
      log("\(error)", payload, repository)
      return .nothing
    }
  }

  /// Does the rest.
  func finish(_ rest: Rest) {
    switch rest {
    case .nothing: break
    case .look(let repository, _, let glimpse):
      attempt(repository) { try BoundaryRecorder(repository).settle(glimpse) }
    case .fold(let repository):
      attempt(repository) {
        try BoundaryRecorder(repository).settle()
        let machine = ProcessEnvironment.machine(environment.variables)
        let report = try LiveSessions(repository, time: .now(), machine: machine, codexHome: environment.codexHome)
          .fold()
        for problem in report?.diagnostics ?? [] where problem.code == "session_failed" {
          log(problem.text, nil, repository)
        }
      }
    }
  }

  private func attempt(_ repository: Repository, _ body: () throws -> Void) {
    do { try body() } catch { log("\(error)", nil, repository) }
  }

  // MARK: Where

  /// The repository of the agent's working directory: the one its transcript belongs to.
  private func repository(of payload: HookPayload) -> Repository? {
    // Where there is none, or none that can be used, there is nothing to do and nowhere to log.
    let found = (try? Repository.open(containing: payload.directory ?? Files.currentDirectory)) ?? nil
    return found?.worktree == nil ? nil : found
  }

  private func isWanted(_ repository: Repository) throws -> Bool {
    let registry = ProjectRegistry(environment)
    let enrolment = try Enrolment(repository, excludedProjects: registry.excludedProjects())
    if enrolment.isExcluded { return false }
    if enrolment.isEnrolled {
      return try enrolment.agents.contains(agent) || registry.trackingMode() == "global"
    }
    return try Enrolment.enrolAutomatically(repository, environment: environment, registry: registry) != nil
  }

  // MARK: What

  private func record(_ payload: HookPayload, in repository: Repository) throws -> Rest {
    let now = Timestamp.now()
    let journal = Journal(directory: repository.stateDirectory, agent: agent.rawValue, session: payload.sessionID)
    let recorder = BoundaryRecorder(repository)
    var line: JSONObject = [
      "type": "opentraces_hook", "event": .string(event), "timestamp": .string(now.iso8601),
      "data": .object(payload.kept),
    ]
    if ["SessionStart", "Stop", "SessionEnd"].contains(event) { line["head"] = .optional(try repository.head()?.hex) }
    try journal.append(.object(line))
    let isFirst = !recorder.hasBaseline
    switch event {
    case "PreToolUse":
      guard let window = window(of: payload, in: repository) else { return .nothing }
      let glimpse = try recorder.begin(window, mentioned: mentionedFiles(payload, repository))
      return .look(repository, isFirst: isFirst, glimpse)
    case "PostToolUse", "PostToolUseFailure":
      guard let window = window(of: payload, in: repository) else { return .nothing }
      let glimpse = try recorder.end(window, mentioned: mentionedFiles(payload, repository))
      return .look(repository, isFirst: isFirst, glimpse)
    case "SessionStart": return isFirst ? .look(repository, isFirst: true, nil) : .nothing
    case "UserPromptSubmit": try recorder.giveUp(agent: agent.rawValue, session: payload.sessionID)
    case "Stop", "SessionEnd":
      try recorder.stop(agent: agent.rawValue, session: payload.sessionID)
      return .fold(repository)
    default: break
    }
    return .nothing
  }

  private func window(of payload: HookPayload, in repository: Repository) -> ToolWindow? {
    guard let call = payload.toolCallID, let root = repository.worktree else { return nil }
    let paths: [BytePath]?
    switch payload.reach {
    case .nothing: return nil
    case .anything: paths = nil
    case .files(let files):
      let base = payload.directory ?? root
      paths = files.compactMap { file in
        let path = Paths.absolute(file, base: base)
        let resolved = Files.resolvingLinks(Paths.parent(path)) + "/" + Paths.name(path)
        let inside = Paths.relative(path, to: root) ?? Paths.relative(resolved, to: Files.resolvingLinks(root))
        return inside.flatMap { $0.isEmpty ? nil : BytePath($0) }
      }
    }
    return ToolWindow(agent: agent.rawValue, session: payload.sessionID, call: call, paths: paths)
  }

  /// Files of the worktree that a shell command names: the ones most likely to be changed by it.
  private func mentionedFiles(_ payload: HookPayload, _ repository: Repository) -> [BytePath] {
    guard let root = repository.worktree else { return [] }
    return payload.mentioned.compactMap { word in
      let path = Paths.absolute(word, base: payload.directory ?? root)
      guard let inside = Paths.relative(path, to: root), !inside.isEmpty, !inside.hasPrefix(".git/"),
        Files.status(path)?.isRegularFile ?? false
      else { return nil }
      return BytePath(inside)
    }
  }

  private func log(_ error: String, _ payload: HookPayload?, _ repository: Repository) {
    let entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string("\(agent.rawValue) \(event)"), "session_id": .optional(payload?.sessionID),
      "error": .string(error),
    ]
    do {
      try HookLog(repository).append(.object(entry))
    } catch {
      // Where neither can be written, nothing can be said.
      try? HookLog(environment).append(.object(entry))
    }
  }
}
