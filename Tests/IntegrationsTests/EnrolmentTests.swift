import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct EnrolmentTests {
  private let repository: TemporaryRepository
  private let registry: ProjectRegistry
  private let environment: HostEnvironment

  init() throws {
    repository = try TemporaryRepository()
    environment = HostEnvironment(variables: repository.environment.variables)
    registry = ProjectRegistry(environment)
  }

  private func enrol(_ agents: [AgentName] = [], at subdirectory: String = "") throws -> EnrolmentChange {
    try Enrolment.enrol(repository.open(at: subdirectory), agents: agents, rootCommit: nil, registry: registry)
  }

  @Test func subdirectoryEnrolsTheTopLevel() throws {
    try repository.commit("one", files: ["deep/er/file": "x\n"])
    let change = try enrol(at: "deep/er")
    #expect(change.enrolment.worktree == repository.path && change.enrolment.isActive && change.message == nil)
    #expect(Files.exists(repository.path + "/.opentraces.json"))
    #expect(!Files.exists(repository.path + "/deep/er/.opentraces.json"))
    #expect(try registry.projects().map(\.path) == [repository.path])
  }

  @Test func repositoryWithoutCommitsCanBeEnrolled() throws {
    #expect(try enrol().enrolment.isActive)
    #expect(try enrol().enrolment.agents == [.claudeCode])
  }

  @Test func worktreesShareTheEnrolment() throws {
    try repository.commit("one")
    let id = try enrol([.pi]).enrolment.projectID
    let worktree = try repository.addWorktree(branch: "side")
    let there = try Enrolment(worktree.open())
    #expect(there.isActive && there.projectID == id && there.agents == [.pi])
    try Enrolment.exclude(worktree.open())
    #expect(try !Enrolment(repository.open()).isActive)
  }

  @Test func secondEnrolmentKeepsTheIdentityAndAddsAgents() throws {
    let first = try enrol([.claudeCode])
    let marker = try Files.readText(repository.path + "/.opentraces.json")
    #expect(try enrol().message == "Already initialized")
    #expect(try Files.readText(repository.path + "/.opentraces.json") == marker)
    let third = try enrol([.codexCLI, .claudeCode])
    #expect(third.message == "Updated initialized project" && third.agentsAdded == [.codexCLI])
    #expect(third.enrolment.projectID == first.enrolment.projectID)
    #expect(third.enrolment.agents == [.claudeCode, .codexCLI])
  }

  @Test func enrollingLiftsEveryExclusion() throws {
    try repository.write(".opentraces.json", #"{"excluded": true}"#)
    try registry.update { $0["excluded_projects"] = .strings([repository.path, "/else"]) }
    try Enrolment.exclude(repository.open())
    let excluded = try Enrolment(repository.open())
    #expect(excluded.isExcluded && !excluded.isActive)
    let change = try enrol()
    #expect(change.wasExcluded && change.enrolment.isActive)
    #expect(try registry.excludedProjects() == ["/else"])
    #expect(try Files.readText(repository.path + "/.opentraces.json")?.contains("excluded") == false)
  }

  @Test func damagedMarkerKeepsItsIdentity() throws {
    try repository.write(".opentraces.json", "{bad")
    #expect { try enrol() } throws: { ($0 as? IntegrationError)?.code == "CORRUPT_MARKER" }
    #expect(try Files.readText(repository.path + "/.opentraces.json") == "{bad")
  }

  @Test func directoryWithoutRepositoryIsRefused() throws {
    let empty = try TemporaryDirectory()
    #expect { try Enrolment.open(at: empty.path) } throws: {
      ($0 as? IntegrationError)?.code == "NOT_A_GIT_REPO" && ($0 as? IntegrationError)?.exitCode == 4
    }
  }

  @Test func firstTouchWritesNoFileOfTheWorktree() throws {
    let enrolment = try Enrolment.enrolAutomatically(repository.open(), environment: environment, registry: registry)
    #expect(enrolment?.isActive == true && enrolment?.agents == AgentName.allCases)
    #expect(try repository.git("status", "--porcelain").output.isEmpty)
    #expect(try registry.projects().count == 1)
  }

  @Test func firstTouchRespectsExclusionManualModeAndHome() throws {
    let home = HostEnvironment(home: repository.path, opentracesHome: environment.opentracesHome)
    #expect(try Enrolment.enrolAutomatically(repository.open(), environment: home, registry: registry) == nil)
    try Enrolment.exclude(repository.open())
    #expect(try Enrolment.enrolAutomatically(repository.open(), environment: environment, registry: registry) == nil)
    try Enrolment.clearExclusion(repository.open())
    try registry.update { $0["capture"] = ["tracking_mode": "manual"] }
    #expect(try Enrolment.enrolAutomatically(repository.open(), environment: environment, registry: registry) == nil)
    #expect(try registry.projects().isEmpty)
  }
}

@Suite struct ProjectRegistryTests {
  private let directory: TemporaryDirectory
  private let registry: ProjectRegistry
  private var path: String { directory.path + "/state/config.json" }

  init() throws {
    directory = try TemporaryDirectory()
    registry = ProjectRegistry(HostEnvironment(home: directory.path, opentracesHome: directory.path + "/state"))
  }

  @Test func newFileIsPrivate() throws {
    #expect(try registry.register("/w/repo", projectID: "1b79eae17c9946ca95712c9d1299e99b"))
    #expect(Files.status(path).map { $0.mode & 0o777 } == 0o600)
    #expect(try registry.projects().first?.slug == "repo-1b79eae1")
  }

  @Test func unknownKeysStay() throws {
    try directory.write("state/config.json", #"{"future":{"a":[1.0]},"projects":{"/a":{"project_id":"x","more":2}}}"#)
    try registry.register("/a", projectID: "y")
    try registry.register("/b", projectID: "z")
    #expect(try registry.settings()["future"] == ["a": [.number(JSONNumber(lexeme: "1.0"))]])
    #expect(try registry.settings()["projects"]?["/a"]?["more"] == 2)
    #expect(try registry.unregister("/a"))
    #expect(try !registry.unregister("/a"))
    #expect(try registry.projects().map(\.path) == ["/b"])
  }

  @Test(arguments: ["{bad", "[]", #"{"projects":[]}"#])
  func damagedFileIsKept(_ text: String) throws {
    try directory.write("state/config.json", text)
    #expect { try registry.register("/a", projectID: "y") } throws: {
      ($0 as? IntegrationError)?.code == "CORRUPT_CONFIG" && ($0 as? IntegrationError)?.exitCode == 5
    }
    #expect(try Files.readText(path) == text)
  }

  @Test func sameAgainWritesNothing() throws {
    try registry.register("/a", projectID: "y")
    let inode = Files.status(path)?.inode
    #expect(try !registry.register("/a", projectID: "y"))
    #expect(Files.status(path)?.inode == inode)
  }

  @Test func concurrentRegistrationsAllArrive() async throws {
    let registry = registry
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 { group.addTask { try registry.register("/w/\(number)", projectID: "id\(number)") } }
      try await group.waitForAll()
    }
    #expect(try registry.projects().count == 16)
  }
}
