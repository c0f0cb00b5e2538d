internal import AgentAdapters
internal import Basics
internal import GitKit
internal import Ingest
internal import Integrations

/// The running sessions of a repository, as far as what they do may be kept.
enum LiveFold {
  static func sessions(_ repository: Repository, _ environment: HostEnvironment, time: Timestamp) -> LiveSessions {
    LiveSessions(
      repository, time: time, machine: ProcessEnvironment.machine(environment.variables),
      codexHome: environment.codexHome
    ) { agent in
      // Where it can't be told, nothing is kept.
      AgentName(rawValue: agent.rawValue).map {
        (try? HookGate(agent: $0, environment: environment).isCaptured(repository)) ?? false
      } ?? false
    }
  }
}
