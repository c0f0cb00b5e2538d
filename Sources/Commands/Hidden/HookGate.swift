internal import Basics
internal import GitKit
internal import Integrations

/// Where an agent works, and whether what it does there may be captured. Asked before anything else of a payload is
/// looked at.
struct HookGate {
  let agent: AgentName
  let environment: HostEnvironment

  /// The repository of a directory; nil where there is none that can be used.
  func repository(of directory: String?) -> Repository? {
    // Where it can't be opened, there is nothing to do and nowhere to log.
    let found = (try? Repository.open(containing: directory ?? Files.currentDirectory)) ?? nil
    return found?.worktree == nil ? nil : found
  }

  /// Whether the agent's sessions in a repository are captured. Enrolls the repository when an agent touches it for the
  /// first time under global tracking.
  func admits(_ repository: Repository) throws -> Bool {
    let registry = ProjectRegistry(environment)
    return try answer(repository, registry)
      ?? (Enrolment.enrolAutomatically(repository, environment: environment, registry: registry) != nil)
  }

  /// As ``admits(_:)``, without enrolling anything.
  func isCaptured(_ repository: Repository) throws -> Bool {
    try answer(repository, ProjectRegistry(environment)) ?? false
  }

  /// Nil for a repository that is not enrolled.
  private func answer(_ repository: Repository, _ registry: ProjectRegistry) throws -> Bool? {
    if agent == .pi, try !PiCapture(repository, environment: environment, registry: registry).isEnabled {
      return false
    }
    let enrolment = try Enrolment(repository, excludedProjects: registry.excludedProjects())
    if enrolment.isExcluded { return false }
    guard enrolment.isEnrolled else { return nil }
    return try enrolment.agents.contains(agent) || registry.trackingMode() == "global"
  }
}
