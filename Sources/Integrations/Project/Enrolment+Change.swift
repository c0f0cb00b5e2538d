public import Basics
public import GitKit

/// What enrolling a project changed.
public struct EnrolmentChange: Sendable {
  public let enrolment: Enrolment
  /// The repository took part before.
  public let wasEnrolled: Bool
  /// An exclusion was lifted.
  public let wasExcluded: Bool
  public let agentsAdded: [AgentName]
  public let registered: Bool

  /// `Already initialized` or `Updated initialized project`; nil for the first time.
  public var message: String? {
    guard wasEnrolled else { return nil }
    return agentsAdded.isEmpty && !registered && !wasExcluded ? "Already initialized" : "Updated initialized project"
  }
}

extension Enrolment {
  /// The enrolment of the repository that contains a directory.
  ///
  /// - Throws: ``IntegrationError`` `NOT_A_GIT_REPO` with exit code 4, `NOT_A_WORKTREE`, `CORRUPT_MARKER`.
  public static func open(at path: String) throws -> (repository: Repository, enrolment: Enrolment) {
    guard let repository = try Repository.open(containing: path) else {
      throw IntegrationError.notAGitRepository(path, exitCode: 4)
    }
    return (repository, try Enrolment(repository))
  }

  /// Enrolls a project because its user asked for it: marker, local configuration, registry. Lifts an exclusion.
  ///
  /// - Parameters:
  ///   - agents: agents to add; none means Claude Code for a new project and no change for an enrolled one.
  ///   - rootCommit: the first commit without parents, for a new marker.
  public static func enrol(
    _ repository: Repository, agents: [AgentName], rootCommit: String?, registry: ProjectRegistry
  ) throws -> EnrolmentChange {
    let before = try Enrolment(repository, excludedProjects: registry.excludedProjects())
    let id = before.projectID ?? ProjectIdentity.mint()
    let known = before.isEnrolled ? before.agents : []
    let added = agents.filter { !known.contains($0) }
    let all = AgentName.list((known + added).map(\.rawValue))
    var marker = before.marker ?? ProjectMarker(projectID: id, agents: all, rootCommit: rootCommit)
    if marker["marker_version"] == nil {
      let fresh = ProjectMarker(projectID: id, agents: all, rootCommit: rootCommit)
      for member in fresh.members.members where marker[member.key] == nil { marker[member.key] = member.value }
    }
    marker.projectID = id
    marker.agents = all
    marker.isExcluded = false
    if marker.rootCommit == nil { marker.rootCommit = rootCommit }
    try writeMarker(marker, for: before, repository)
    try record(id: id, agents: all, in: repository)
    let consents = try consents(repository)
    if !Set(agents).isSubset(of: consents) {
      try set(
        ConfigKey.consent,
        AgentName.allCases.filter { consents.contains($0) || agents.contains($0) }
          .map(\.rawValue).joined(separator: ","), repository)
    }
    if before.isExcluded { try registry.clearExclusion(of: before.worktree) }
    let registered = try registry.register(before.worktree, projectID: id)
    return EnrolmentChange(
      enrolment: try Enrolment(repository), wasEnrolled: before.isEnrolled, wasExcluded: before.isExcluded,
      agentsAdded: before.isEnrolled ? added : [], registered: registered)
  }

  /// Writes the marker where it lies, which for a linked worktree can be the main one; a new one goes to the worktree.
  private static func writeMarker(_ marker: ProjectMarker, for before: Enrolment, _ repository: Repository) throws {
    let home = markerDirectories(repository).first { Files.exists($0 + "/" + ProjectMarker.fileName) }
    try marker.write(worktree: home ?? before.worktree)
  }

  private static func record(id: String, agents: [AgentName], in repository: Repository) throws {
    try set(ConfigKey.enrolled, "true", repository)
    try set(ConfigKey.projectID, id, repository)
    try set(ConfigKey.agents, agents.map(\.rawValue).joined(separator: ","), repository)
    try clear(ConfigKey.excluded, repository)
  }

  /// The agents that the user of this clone enrolled it for by name.
  static func consents(_ repository: Repository) throws -> Set<AgentName> {
    let values = try repository.configuration.localValues(ConfigKey.consent)
    return Set(values.flatMap { $0.split(separator: ",") }.compactMap { AgentName(name: String($0)) })
  }

  private static func set(_ key: String, _ value: String, _ repository: Repository) throws {
    if try repository.configuration.localValues(key) == [value] { return }
    try clear(key, repository)
    try repository.configuration.set(key, value)
  }

  static func clear(_ key: String, _ repository: Repository) throws {
    var edits = ConfigEdits()
    for value in Set(try repository.configuration.localValues(key)).sorted() { edits.remove(key, value) }
    if !edits.isEmpty { try edits.apply(to: repository) }
  }

  /// Enrolls a repository on the first touch of an agent, without writing any file of the worktree.
  ///
  /// Does nothing when it is enrolled or excluded, and never enrolls `/`, the home directory or a bare repository. Under
  /// explicit consent Pi is not among the agents.
  ///
  /// - Returns: the enrolment as it is afterwards; nil when the repository does not take part.
  public static func enrolAutomatically(
    _ repository: Repository, environment: HostEnvironment, registry: ProjectRegistry
  ) throws -> Enrolment? {
    guard let worktree = repository.worktree, mayEnrolAutomatically(worktree, environment) else { return nil }
    let before = try Enrolment(repository, excludedProjects: registry.excludedProjects())
    if before.isExcluded { return nil }
    if !before.isEnrolled {
      let isManual = try registry.trackingMode() == "manual"
      if isManual { return nil }
      let isPiAsked = try registry.piConsent() == "explicit"
      let agents = AgentName.allCases.filter { $0 != .pi || !isPiAsked }
      try record(id: before.projectID ?? ProjectIdentity.mint(), agents: agents, in: repository)
    }
    let after = before.isEnrolled ? before : try Enrolment(repository)
    if let id = after.projectID { try registry.register(worktree, projectID: id) }
    return after
  }

  static func mayEnrolAutomatically(_ worktree: String, _ environment: HostEnvironment) -> Bool {
    worktree != "/" && Files.resolvingLinks(worktree) != Files.resolvingLinks(environment.home)
  }

  /// Sets a member of the marker, which is made when there is none. One that only excludes needs no identity.
  ///
  /// - Throws: ``IntegrationError`` `NOT_A_WORKTREE`, `CORRUPT_MARKER`.
  public static func setMarker(_ key: String, _ value: JSONValue, in repository: Repository) throws {
    let before = try Enrolment(repository)
    var marker = before.marker ?? ProjectMarker(members: ["marker_version": "2"])
    marker[key] = value == false && key == "excluded" ? nil : value
    try writeMarker(marker, for: before, repository)
  }

  /// Excludes a repository in its local configuration, so that no hook enrolls it again.
  public static func exclude(_ repository: Repository) throws {
    try set(ConfigKey.excluded, "true", repository)
  }

  /// Lifts an exclusion made in the local configuration.
  public static func clearExclusion(_ repository: Repository) throws { try clear(ConfigKey.excluded, repository) }
}
