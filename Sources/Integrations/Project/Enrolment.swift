internal import Basics
public import GitKit

/// Whether a repository takes part, read from its marker and from its local configuration.
///
/// All worktrees share the configuration; a marker counts in the worktree it lies in and in the main one. Reads
/// `opentraces.enrolled`, `.excluded`, `.agents` and `.projectid`.
public struct Enrolment: Sendable {
  /// The root of the worktree.
  public let worktree: String
  public let marker: ProjectMarker?
  /// Set in the configuration of the repository.
  let isEnrolledInConfig: Bool
  /// Excluded by the marker, by the configuration or by the machine-wide list. Always wins.
  public let isExcluded: Bool
  /// Nil before the first enrolment.
  public let projectID: String?
  public let agents: [AgentName]

  public var hasIdentity: Bool { projectID != nil }
  public var isEnrolled: Bool { isEnrolledInConfig || marker?.projectID != nil }
  /// Sessions in this repository are captured.
  public var isActive: Bool { isEnrolled && !isExcluded }
  public var slug: String? { projectID.map { ProjectIdentity.slug(worktree: worktree, projectID: $0) } }

  /// - Parameter excludedProjects: paths that the machine-wide settings exclude.
  /// - Throws: ``IntegrationError`` `NOT_A_WORKTREE` for a bare repository, `CORRUPT_MARKER`.
  public init(_ repository: Repository, excludedProjects: Set<String> = []) throws {
    guard let worktree = repository.worktree else { throw IntegrationError.notAWorktree(repository.gitDirectory) }
    let configuration = repository.configuration
    let markers = try Self.markerDirectories(repository).compactMap { try ProjectMarker.read(worktree: $0) }
    let named = try configuration.localValues(ConfigKey.agents).flatMap { $0.split(separator: ",").map(String.init) }
    self.worktree = worktree
    marker = markers.first
    isEnrolledInConfig = try Self.flag(ConfigKey.enrolled, configuration)
    isExcluded =
      try Self.flag(ConfigKey.excluded, configuration) || markers.contains(where: \.isExcluded)
      || excludedProjects.contains(worktree)
    let recorded = try configuration.localValues(ConfigKey.projectID).last.flatMap {
      ProjectMarker.isProjectID($0) ? $0 : nil
    }
    projectID = markers.compactMap(\.projectID).first ?? recorded
    agents = marker.flatMap { $0["agents"] == nil ? nil : $0.agents } ?? AgentName.list(named.map(\.trimmed))
  }

  enum ConfigKey {
    static let enrolled = "opentraces.enrolled"
    static let excluded = "opentraces.excluded"
    static let agents = "opentraces.agents"
    static let projectID = "opentraces.projectid"
    /// Agents that the user of this clone enrolled it for, as against a marker that somebody else committed.
    static let consent = "opentraces.consent"
    static let all = [enrolled, excluded, agents, projectID, consent]
  }

  private static func flag(_ key: String, _ configuration: Configuration) throws -> Bool {
    guard let value = try configuration.localValues(key).last?.lowercased() else { return false }
    return ["true", "yes", "on", "1"].contains(value)
  }

  /// The worktrees whose marker counts, the one at hand first.
  static func markerDirectories(_ repository: Repository) -> [String] {
    let main = Paths.name(repository.commonDirectory) == ".git" ? Paths.parent(repository.commonDirectory) : nil
    return [repository.worktree, repository.isLinkedWorktree ? main : nil].compactMap { $0 }
  }

  /// Where the marker of a repository lies, or would be written; nil for a bare one. Without reading it.
  public static func markerPath(in repository: Repository) -> String? {
    let paths = markerDirectories(repository).map { $0 + "/" + ProjectMarker.fileName }
    return paths.first { Files.exists($0) } ?? paths.first
  }
}
