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
  let start = MonotonicClock.seconds()

  /// Milliseconds that an agent waits at most for the first look at a worktree.
  static let baselineWait: Int32 = 300

  /// What remains to be done when the agent has gone on.
  enum Rest {
    case nothing
    /// The first look at a worktree: the agent waits for it as long as it is quick.
    case baseline(Repository, window: OpenWindow?)
    case fold(Repository)
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
    case .baseline(let repository, let window):
      attempt(repository) {
        let recorder = BoundaryRecorder(repository, now: .now())
        try recorder.makeBaseline()
        // Later the call may have ended, and nobody would close the window.
        let isInTime = MonotonicClock.seconds() - start < Double(Self.baselineWait) / 1000
        if let window, isInTime { _ = try recorder.begin(window) }
      }
    case .fold(let repository):
      attempt(repository) {
        let machine = ProcessEnvironment.machine(environment.variables)
        try LiveSessions(repository, time: .now(), machine: machine).fold()
      }
    }
  }

  private func attempt(_ repository: Repository, _ body: () throws -> Void) {
    do { try body() } catch { log("\(error)", nil, repository) }
  }

  // MARK: Where

  /// The repository of the file that a tool writes, else of the agent's working directory.
  private func repository(of payload: HookPayload) -> Repository? {
    var places: [String] = []
    if case .files(let paths) = payload.reach {
      let base = payload.directory ?? Files.currentDirectory
      places = paths.map { Paths.parent(Paths.absolute($0, base: base)) }
    }
    places.append(payload.directory ?? Files.currentDirectory)
    for place in places {
      // A directory that is to be made by the tool lies in one that exists.
      var directory = place
      while !Files.isDirectory(directory), directory.count > 1 { directory = Paths.parent(directory) }
      if let repository = (try? Repository.open(containing: directory)) ?? nil, repository.worktree != nil {
        return repository
      }
    }
    return nil
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
    let recorder = BoundaryRecorder(repository, now: now)
    var line: JSONObject = [
      "type": "opentraces_hook", "event": .string(event), "timestamp": .string(now.iso8601),
      "data": .object(payload.kept),
    ]
    var rest = Rest.nothing
    switch event {
    case "PreToolUse":
      if let window = window(of: payload, in: repository) {
        if !recorder.hasBaseline { rest = .baseline(repository, window: window) }
        if try !recorder.begin(window) { line["limitations"] = ["hook_only"] }
      }
    case "PostToolUse", "PostToolUseFailure":
      if let window = window(of: payload, in: repository), try !recorder.end(window) {
        line["limitations"] = ["hook_only"]
      }
    case "SessionStart":
      line["head"] = .optional(try repository.head()?.hex)
      if !recorder.hasBaseline { rest = .baseline(repository, window: nil) }
    case "UserPromptSubmit": try recorder.giveUp(agent: agent.rawValue, session: payload.sessionID)
    case "Stop", "SessionEnd":
      line["head"] = .optional(try repository.head()?.hex)
      try recorder.giveUp(agent: agent.rawValue, session: payload.sessionID)
      rest = .fold(repository)
    default: break
    }
    try journal.append(.object(line))
    return rest
  }

  private func window(of payload: HookPayload, in repository: Repository) -> OpenWindow? {
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
    return OpenWindow(agent: agent.rawValue, session: payload.sessionID, call: call, paths: paths)
  }

  private func log(_ error: String, _ payload: HookPayload?, _ repository: Repository) {
    let entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string("\(agent.rawValue) \(event)"), "session_id": .optional(payload?.sessionID),
      "error": .string(error),
    ]
    // The log is a convenience.
    try? HookLog(repository).append(.object(entry))
  }
}
