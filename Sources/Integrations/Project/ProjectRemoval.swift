public import Basics
public import GitKit
internal import TraceStore

/// Takes a project out of opentraces.
///
/// Without `all`, nothing captured is lost: hooks, settings, an untracked marker and the registry entry go, and the
/// repository is put on the machine's list of excluded ones so that no hook enrolls it again. With `all`, the refs and
/// the local state go as well.
public struct ProjectRemoval {
  /// A deleted reference and what it named, which brings it back until git collects garbage.
  public struct PurgedReference: Hashable, Sendable {
    public let name: String
    public let id: ObjectID
  }

  public struct Result: Sendable {
    /// A marker, a registry entry or an enrolment was there.
    public let removedLocal: Bool
    /// A git hook of ours was there.
    public let removedHook: Bool
    /// `git`, `marker`, `registry`, `enrolment`, `git-refs`, `state`.
    public let removed: [String]
    public let purged: [PurgedReference]
    public let nextSteps: [String]

    public var json: JSONValue {
      [
        "status": "ok", "removed_local": .bool(removedLocal), "removed_hook": .bool(removedHook),
        "purged_refs": .strings(purged.map(\.name)), "remote_changed": false, "next_steps": .strings(nextSteps),
        "next_command": "opentraces init", "removed": .strings(removed),
        "purged_oids": .object(JSONObject(purged.map { ($0.name, .string($0.id.hex)) })),
      ]
    }
  }

  private let repository: Repository
  private let installer: GitHookInstaller
  private let registry: ProjectRegistry

  public init(_ repository: Repository, options: GitHookInstaller.Options, registry: ProjectRegistry) throws {
    self.repository = repository
    self.registry = registry
    installer = try GitHookInstaller(repository, options: options)
  }

  /// Carries the removal out. It can be repeated; what is gone is then not reported again.
  ///
  /// - Throws: ``IntegrationError``, or ``GitError`` when a reference keeps changing under the deletion.
  public func run(all: Bool) throws -> Result {
    var removed: [String] = []
    // First, so that an agent at work does not enroll the repository again half-way.
    for directory in Enrolment.markerDirectories(repository) { try registry.exclude(directory) }
    let hook = try installer.remove().changed
    if hook { removed.append("git") }
    var marker = try removeMarkers()
    if marker.removed { removed.append("marker") }
    if try clearEnrolment() { removed.append("enrolment") }
    if try unregister() { removed.append("registry") }
    let local = removed.contains { $0 != "git" }
    let purged = all ? try purgeReferences() : []
    if !purged.isEmpty { removed.append("git-refs") }
    if all, try removeState() { removed.append("state") }
    if !all, try !repository.references(prefix: "refs/opentraces/local/").isEmpty {
      marker.tracked.append(
        "what was captured stays in refs/opentraces/local, and nothing guards it now: 'git push --mirror' would send it; "
          + "'opentraces remove --all' deletes it")
    }
    let again = "Run 'opentraces init' to set this project up again"
    return Result(
      removedLocal: local, removedHook: hook, removed: removed, purged: purged, nextSteps: marker.tracked + [again])
  }

  /// A tracked marker belongs to everybody and stays.
  private func removeMarkers() throws -> (removed: Bool, tracked: [String]) {
    var removed = false
    var steps: [String] = []
    for directory in Enrolment.markerDirectories(repository) {
      let path = directory + "/" + ProjectMarker.fileName
      guard Files.exists(path) else { continue }
      if try Repository.open(containing: directory)?.isTracked(ProjectMarker.fileName) == true {
        steps.append("\(path) is tracked: run 'git rm \(ProjectMarker.fileName)' to remove it for everybody")
      } else {
        try Files.remove(path)
        removed = true
      }
    }
    return (removed, steps)
  }

  /// Leaves nothing of ours in the repository's configuration: that it is excluded stands in the registry.
  private func clearEnrolment() throws -> Bool {
    let present = try Enrolment.ConfigKey.all.filter { try !repository.configuration.localValues($0).isEmpty }
    for key in present { try Enrolment.clear(key, repository) }
    let shares = try clearSharing()
    return !present.isEmpty || shares
  }

  /// The remote that traces are shared over stays for git; what was written about it goes.
  private func clearSharing() throws -> Bool {
    let configuration = repository.configuration
    var found = false
    for remote in try configuration.remotes() {
      let (key, refspec) = ("remote.\(remote).fetch", StoreRefs.fetchRefspec(remote))
      guard try configuration.localValues(key).contains(refspec) else { continue }
      try configuration.unset(key, value: refspec)
      found = true
    }
    for key in [StoreRefs.remoteKey, StoreRefs.syncKey] where try !configuration.localValues(key).isEmpty {
      try configuration.unset(key)
      found = true
    }
    return found
  }

  private func unregister() throws -> Bool {
    var found = false
    for directory in Enrolment.markerDirectories(repository) where try registry.unregister(directory) { found = true }
    return found
  }

  // MARK: Everything

  private static func isOurs(_ name: String) -> Bool {
    name.hasPrefix("refs/opentraces/") || name == "refs/notes/opentraces"
      || name.hasPrefix("refs/notes/remotes/") && name.hasSuffix("/opentraces")
  }

  /// Deletes our references with the values they were seen to have; looks again when one has moved.
  private func purgeReferences() throws -> [PurgedReference] {
    var attempt = 0
    while true {
      let found = try (repository.references(prefix: "refs/notes/") + repository.references(prefix: "refs/opentraces/"))
        .filter { Self.isOurs($0.name) }
      if found.isEmpty { return [] }
      var transaction = ReferenceTransaction(repository)
      for reference in found { transaction.delete(reference.name, expecting: reference.id) }
      do {
        try transaction.commit(reason: "opentraces: remove")
        return found.map { PurgedReference(name: $0.name, id: $0.id) }
      } catch let error as GitError where (error.code == .moved || error.code == .locked) && attempt < 4 {
        attempt += 1
      }
    }
  }

  /// The directories of the repository and of each linked worktree.
  private func removeState() throws -> Bool {
    let worktrees = repository.commonDirectory + "/worktrees"
    let directories =
      [repository.stateDirectory] + Files.list(worktrees).map { "\(worktrees)/\($0)/opentraces" }
    let found = directories.filter(Files.exists)
    for directory in found { try Files.removeTree(directory) }
    return !found.isEmpty
  }
}
