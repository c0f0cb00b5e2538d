internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import Ingest
internal import Integrations

/// What an event of an agent means for the capture.
enum HookMoment {
  case sessionStart
  /// The user has asked for something: calls that never ended were interrupted.
  case turnStart
  case callBegin
  case callEnd
  /// The turn, or the session, is over.
  case turnEnd
  case other
}

/// What a hook does in a repository once its event is in the journal: looks at the worktree around tool calls, and folds
/// the session into the store at the end of a turn.
struct HookWork {
  let agent: AgentName
  let event: String
  let repository: Repository
  let environment: HostEnvironment

  /// What remains to be done when the agent has gone on.
  struct Rest {
    /// To look at the worktree.
    var looks = false
    /// What was seen of files at the boundary that gives rise to the look.
    var glimpse: BoundaryRecorder.Glimpse?
    /// Whether it is the first look of all.
    var isFirst = false
    /// Whether a tool is about to change what is looked at.
    var isUrgent = false
    var folds = false

    var isNothing: Bool { !looks && !folds }
    /// Milliseconds from the hook's start that the agent waits at most.
    ///
    /// Only the first look has to be over before the tool changes something; for the others the times of the files tell.
    var wait: Int32 { looks && isFirst ? 300 : 0 }
  }

  /// Does what the agent has to wait for.
  func observe(_ moment: HookMoment, _ payload: HookPayload) throws -> Rest {
    let recorder = BoundaryRecorder(repository)
    let isFirst = !recorder.hasBaseline
    switch moment {
    case .callBegin:
      guard let window = window(of: payload) else { return Rest() }
      return Rest(
        looks: true, glimpse: try recorder.begin(window, mentioned: mentionedFiles(payload)), isFirst: isFirst,
        isUrgent: true)
    case .callEnd:
      guard let window = window(of: payload) else { return Rest() }
      return Rest(looks: true, glimpse: try recorder.end(window, mentioned: mentionedFiles(payload)), isFirst: isFirst)
    case .sessionStart: return Rest(looks: isFirst, isFirst: isFirst)
    case .turnStart: try recorder.giveUp(agent: agent.rawValue, session: payload.sessionID)
    case .turnEnd:
      try recorder.stop(agent: agent.rawValue, session: payload.sessionID)
      return Rest(looks: true, folds: true)
    case .other: break
    }
    return Rest()
  }

  /// Does the rest.
  func finish(_ rest: Rest) {
    if rest.looks { attempt { try BoundaryRecorder(repository).settle(rest.glimpse) } }
    guard rest.folds else { return }
    attempt {
      let report = try LiveFold.sessions(repository, environment, time: .now()).fold()
      for problem in report?.diagnostics ?? [] where problem.code == "session_failed" { log(problem.text) }
    }
    attempt { try SearchRefresh.run(repository) }
  }

  private func attempt(_ body: () throws -> Void) {
    do { try body() } catch { log("\(error)") }
  }

  // MARK: Calls

  private func window(of payload: HookPayload) -> ToolWindow? {
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
  private func mentionedFiles(_ payload: HookPayload) -> [BytePath] {
    guard let root = repository.worktree else { return [] }
    return payload.mentioned.compactMap { word in
      let path = Paths.absolute(word, base: payload.directory ?? root)
      guard let inside = Paths.relative(path, to: root), !inside.isEmpty, !inside.hasPrefix(".git/"),
        Files.status(path)?.isRegularFile ?? false
      else { return nil }
      return BytePath(inside)
    }
  }

  // MARK: Log

  /// Leaves a line about a failure.
  func log(_ error: String, session: String? = nil) {
    let entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string("\(agent.rawValue) \(event)"), "session_id": .optional(session), "error": .string(error),
    ]
    do {
      try HookLog(repository).append(.object(entry))
    } catch {
      // Where neither can be written, nothing can be said.
      try? HookLog(environment).append(.object(entry))
    }
  }
}
