import Basics
import GitKit
import TestSupport
import Testing

@testable import Integrations

/// Which repositories Pi's sessions are captured in.
@Suite struct PiCaptureTests {
  private struct Site {
    let work: TemporaryRepository
    let environment: HostEnvironment
    let registry: ProjectRegistry

    init() throws {
      work = try TemporaryRepository()
      environment = HostEnvironment(variables: work.environment.variables)
      registry = ProjectRegistry(environment)
    }

    func repository() throws -> Repository { try #require(try Repository.open(containing: work.path)) }

    func capture() throws -> PiCapture { try PiCapture(repository(), environment: environment, registry: registry) }

    func enrol(_ agents: AgentName...) throws {
      _ = try Enrolment.enrol(repository(), agents: agents, rootCommit: nil, registry: registry)
    }

    func touch() throws -> Enrolment? {
      try Enrolment.enrolAutomatically(repository(), environment: environment, registry: registry)
    }
  }

  @Test func everyRepositoryIsCapturedUnlessSomebodySaysOtherwise() throws {
    let site = try Site()
    #expect(try site.capture() == .globalDefault)
    try site.enrol(.claudeCode)
    #expect(try site.capture() == .globalDefault)
    try site.enrol(.pi)
    #expect(try site.capture() == .marker)
    try Enrolment.exclude(site.repository())
    #expect(try site.capture() == .excluded)
  }

  @Test func manualTrackingCapturesWhatWasEnrolledForPi() throws {
    let site = try Site()
    try site.registry.setTrackingMode("manual")
    #expect(try site.capture() == .manual)
    try site.enrol(.claudeCode)
    #expect(try site.capture() == .manual)
    try site.enrol(.pi)
    #expect(try site.capture() == .marker)
  }

  @Test func explicitConsentIsAMarkerThatNamesPi() throws {
    let site = try Site()
    try site.registry.setPiConsent("explicit")
    #expect(try site.capture() == .manual)
    try site.enrol(.claudeCode)
    #expect(try site.capture() == .manual)
    try site.enrol(.pi)
    #expect(try site.capture() == .marker)
    try site.registry.setPiConsent("auto")
    #expect(try site.capture() == .marker)
  }

  @Test func firstTouchOfAnAgentIsNoConsent() throws {
    let before = try Site()
    #expect(try before.touch()?.agents == AgentName.allCases)
    #expect(try before.capture() == .globalDefault)
    try before.registry.setPiConsent("explicit")
    #expect(try before.capture() == .manual)

    let after = try Site()
    try after.registry.setPiConsent("explicit")
    #expect(try after.touch()?.agents == [.claudeCode, .codexCLI])
    #expect(try after.capture() == .manual)
  }

  @Test func whatTheFirstTouchEnrolledStaysUnderManualTracking() throws {
    let site = try Site()
    _ = try site.touch()
    try site.registry.setTrackingMode("manual")
    #expect(try site.capture() == .marker)
  }

  @Test func homeDirectoryIsCapturedOnRequestOnly() throws {
    let site = try Site()
    let environment = HostEnvironment(home: site.work.path, opentracesHome: site.environment.opentracesHome)
    #expect(try PiCapture(site.repository(), environment: environment, registry: site.registry) == .manual)
    try site.enrol(.claudeCode)
    #expect(try PiCapture(site.repository(), environment: environment, registry: site.registry) == .globalDefault)
  }

  @Test func nothingIsCapturedWithoutAWorktree() throws {
    let site = try Site()
    let bare = try TemporaryRepository(.bare)
    for repository in [nil, try Repository.open(containing: bare.path)] {
      let capture = try PiCapture(repository, environment: site.environment, registry: site.registry)
      #expect(capture == .noDirectory && !capture.isEnabled)
    }
  }

  @Test func consentIsKeptBesideOtherSettingsAndUnknownOnesAreStrict() throws {
    let site = try Site()
    try site.registry.setTrackingMode("manual")
    #expect(try site.registry.piConsent() == "auto")
    #expect(try site.registry.setPiConsent("explicit"))
    #expect(try !site.registry.setPiConsent("explicit"))
    #expect(try site.registry.settings()["capture"] == ["tracking_mode": "manual", "pi_consent": "explicit"])
    for odd in [JSONValue.null, "never", true] {
      try site.registry.update { $0["capture"] = ["pi_consent": odd] }
      #expect(try site.registry.piConsent() == "explicit")
    }
    try site.registry.setPiConsent("auto")
    #expect(try site.registry.piConsent() == "auto")
  }
}
