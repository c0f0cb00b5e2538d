internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import Integrations

/// Hands an event of an agent that works around submodules on to those it may concern: a tool call that can change files
/// in one, and the turns of a session that did.
struct SubmoduleHooks {
  let gate: HookGate
  let outer: Repository
  let moment: HookMoment
  let payload: HookPayload

  /// Submodules looked at for one event, at most: each costs the agent some milliseconds.
  private static let limit = 8

  /// Adds what the event means in each submodule that it concerns and that is captured. What fails there is logged there,
  /// or here, and keeps nothing else from happening. Cost: a `stat` where there are no submodules.
  ///
  /// - Parameter note: puts the event into the journal of a repository.
  func add(to job: inout HookJob, _ work: HookWork, note: (Repository) throws -> Void) {
    do {
      for inner in try repositories() {
        let inside = HookWork(agent: work.agent, event: work.event, repository: inner, environment: work.environment)
        do {
          try note(inner)
          job.add(inside, try inside.observe(moment, payload))
        } catch {
          inside.log("\(error)", session: payload.sessionID)
        }
      }
    } catch {
      work.log("\(error)", session: payload.sessionID)
    }
  }

  private func repositories() throws -> [Repository] {
    guard moment != .other, moment != .sessionStart else { return [] }
    let paths = try outer.submodulePaths()
    guard !paths.isEmpty, let root = outer.worktree else { return [] }
    let wanted = paths.filter { isConcerned(root + "/" + $0.description) }
    return try wanted.prefix(Self.limit).compactMap { path in
      guard let inner = try outer.submodule(at: path), try gate.isCaptured(inner), isOpen(in: inner) else { return nil }
      return inner
    }
  }

  private func isConcerned(_ directory: String) -> Bool {
    guard moment == .callBegin || moment == .callEnd else { return true }
    switch payload.reach {
    case .nothing: return false
    case .anything: return true
    case .files(let files):
      let resolved = Files.resolvingLinks(directory)
      return files.contains { file in
        let path = Paths.absolute(file, base: payload.directory ?? outer.worktree ?? "/")
        let real = Files.resolvingLinks(Paths.parent(path)) + "/" + Paths.name(path)
        return Paths.relative(path, to: directory) != nil || Paths.relative(real, to: resolved) != nil
      }
    }
  }

  /// Turns matter where the session has a journal; calls begin one.
  private func isOpen(in inner: Repository) -> Bool {
    if moment == .callBegin || moment == .callEnd { return true }
    return Files.exists(
      Journal(directory: inner.stateDirectory, agent: gate.agent.rawValue, session: payload.sessionID).path)
  }
}
