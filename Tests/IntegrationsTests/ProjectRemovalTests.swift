import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct ProjectRemovalTests {
  private let it: InstalledRepository
  private let environment: HostEnvironment
  private let registry: ProjectRegistry
  private var repository: TemporaryRepository { it.repository }
  private let before: [String: String]

  init() throws {
    it = try InstalledRepository()
    environment = HostEnvironment(variables: it.repository.environment.variables)
    registry = ProjectRegistry(environment)
    try it.repository.commit("one")
    before = try it.snapshot()
    _ = try it.installer().install()
    _ = try Enrolment.enrol(it.repository.open(), agents: [], rootCommit: nil, registry: registry)
    for name in ["refs/opentraces/local/bucket/v1", "refs/notes/opentraces", "refs/notes/remotes/o/opentraces"] {
      try it.repository.git("update-ref", name, "HEAD")
    }
    try it.repository.git("update-ref", "refs/notes/commits", "HEAD")
  }

  private func remove(all: Bool) throws -> ProjectRemoval.Result {
    try ProjectRemoval(repository.open(), options: it.options(), registry: registry).run(all: all)
  }

  @Test func plainRemovalKeepsWhatWasCaptured() throws {
    let result = try remove(all: false)
    #expect(result.removedLocal && result.removedHook && result.purged.isEmpty)
    #expect(result.removed == ["git", "marker", "enrolment", "registry"])
    #expect(try GitOracle(repository).references("refs/opentraces").count == 1)
    #expect(!Files.exists(repository.path + "/.opentraces.json"))
    #expect(try registry.projects().isEmpty)
    #expect(try it.snapshot() == before, "hooks and configuration are as they were, byte for byte")
  }

  @Test func removedProjectStaysOut() throws {
    _ = try remove(all: false)
    #expect(try registry.excludedProjects() == [repository.path])
    #expect(try Enrolment.enrolAutomatically(repository.open(), environment: environment, registry: registry) == nil)
    let again = try Enrolment.enrol(repository.open(), agents: [], rootCommit: nil, registry: registry)
    #expect(again.enrolment.isActive)
    #expect(try registry.excludedProjects().isEmpty)
  }

  @Test func removalOfEverythingNamesWhatItDeleted() throws {
    let head = try repository.resolve("HEAD")
    let result = try remove(all: true)
    #expect(
      result.purged.map(\.name) == [
        "refs/notes/opentraces", "refs/notes/remotes/o/opentraces", "refs/opentraces/local/bucket/v1",
      ])
    #expect(result.purged.allSatisfy { $0.id == head })
    #expect(result.json["purged_oids"]?["refs/notes/opentraces"] == .string(head.hex))
    #expect(try GitOracle(repository).references().keys.sorted() == ["refs/heads/main", "refs/notes/commits"])
    #expect(!Files.exists(repository.path + "/.git/opentraces"))
    #expect(try GitOracle(repository).problems().isEmpty)
  }

  @Test func packedReferencesAreDeletedAsWell() throws {
    try repository.git("pack-refs", "--all")
    #expect(try remove(all: true).purged.count == 3)
    #expect(try GitOracle(repository).references("refs/opentraces").isEmpty)
  }

  @Test func trackedMarkerIsLeftToItsOwners() throws {
    try repository.commit("marker")
    let result = try remove(all: true)
    #expect(result.nextSteps.first?.contains("git rm .opentraces.json") == true)
    #expect(Files.exists(repository.path + "/.opentraces.json"))
    #expect(try repository.git("status", "--porcelain").output.isEmpty)
    let excluded = try registry.excludedProjects()
    #expect(try !Enrolment(repository.open(), excludedProjects: excluded).isActive)
  }

  @Test func secondRemovalFindsNothing() throws {
    _ = try remove(all: true)
    let result = try remove(all: false)
    #expect(!result.removedLocal && !result.removedHook && result.removed.isEmpty)
    #expect(result.json.object?.keys.first == "status")
  }
}
