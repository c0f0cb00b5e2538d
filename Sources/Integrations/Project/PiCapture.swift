public import GitKit

/// Whether the sessions of Pi in a repository are captured, and what decides it.
public enum PiCapture: String, Sendable {
  /// The repository was enrolled for Pi.
  case marker
  /// Every repository is captured.
  case globalDefault = "global_default"
  /// Only repositories that were enrolled for Pi are captured, and this one was not.
  case manual
  /// The repository is excluded.
  case excluded
  /// There is no worktree of a repository.
  case noDirectory = "no_cwd"

  public var isEnabled: Bool { self == .marker || self == .globalDefault }

  /// An exclusion wins, then a marker that names Pi. Under explicit consent the user of this clone has to have named Pi
  /// themselves: a marker may come with the clone, and the list of agents is written by an agent's first touch as well.
  ///
  /// - Throws: ``IntegrationError`` `CORRUPT_CONFIG`, `CORRUPT_MARKER`.
  public init(_ repository: Repository?, environment: HostEnvironment, registry: ProjectRegistry) throws {
    guard let repository, let worktree = repository.worktree else {
      self = .noDirectory
      return
    }
    let enrolment = try Enrolment(repository, excludedProjects: registry.excludedProjects())
    if enrolment.isExcluded {
      self = .excluded
    } else if try registry.piConsent() == "explicit" {
      self = try enrolment.isEnrolled && Enrolment.consents(repository).contains(.pi) ? .marker : .manual
    } else if enrolment.isEnrolled, enrolment.marker?.agents.contains(.pi) ?? false {
      self = .marker
    } else if try registry.trackingMode() == "global" {
      let isWanted = enrolment.isEnrolled || Enrolment.mayEnrolAutomatically(worktree, environment)
      self = isWanted ? .globalDefault : .manual
    } else {
      self = enrolment.isEnrolled && enrolment.agents.contains(.pi) ? .marker : .manual
    }
  }
}
