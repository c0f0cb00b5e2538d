public import Basics

/// The machine-wide settings file `config.json` and the projects registered in it.
///
/// Every change takes a lock, keeps what it does not know, and replaces the file in one step. The file is private to its
/// owner when it is made.
public struct ProjectRegistry: Sendable {
  public struct Project: Hashable, Sendable {
    public let path: String
    public let projectID: String
    public let slug: String
  }

  public let path: String

  public init(_ environment: HostEnvironment) { path = environment.opentracesHome + "/config.json" }

  // MARK: Reading

  /// All settings; empty when there is no file.
  ///
  /// - Throws: ``IntegrationError`` `CORRUPT_CONFIG`.
  public func settings() throws -> JSONObject {
    guard let bytes = try Files.readIfPresent(path), !bytes.isEmpty else { return [:] }
    do {
      guard let object = try JSONValue(parsing: bytes).object else {
        throw IntegrationError.corruptConfig(path, "it holds no object")
      }
      if let projects = object["projects"], projects.object == nil {
        throw IntegrationError.corruptConfig(path, "'projects' is no object")
      }
      if let excluded = object["excluded_projects"], excluded.array == nil {
        throw IntegrationError.corruptConfig(path, "'excluded_projects' is no list")
      }
      return object
    } catch let error as JSONError {
      throw IntegrationError.corruptConfig(path, error.message)
    }
  }

  /// The registered projects, sorted by path.
  public func projects() throws -> [Project] {
    let members = try settings()["projects"]?.object?.members ?? []
    return members.compactMap { path, value in
      value["project_id"]?.string.map { Project(path: path, projectID: $0, slug: value["slug"]?.string ?? "") }
    }.sorted { $0.path < $1.path }
  }

  public func excludedProjects() throws -> Set<String> {
    Set(try settings()["excluded_projects"]?.array?.compactMap(\.string) ?? [])
  }

  /// `global` or `manual`.
  public func trackingMode() throws -> String {
    let mode = try settings()["capture"]?["tracking_mode"]?.string
    return mode == "manual" ? "manual" : "global"
  }

  /// Whether the sessions of Pi are captured like those of the others: `auto`, or only where `init --agent pi` said so:
  /// `explicit`. A value that this version does not know is the stricter one.
  public func piConsent() throws -> String {
    let consent = try settings()["capture"]?["pi_consent"]
    return consent == nil || consent == "auto" ? "auto" : "explicit"
  }

  // MARK: Changing

  /// Sets which repositories are captured: `global` or `manual`. Returns whether anything changed.
  @discardableResult
  public func setTrackingMode(_ mode: String) throws -> Bool {
    try setCapture("tracking_mode", mode)
  }

  /// Sets when the sessions of Pi are captured: `auto` or `explicit`. Returns whether anything changed.
  @discardableResult
  public func setPiConsent(_ consent: String) throws -> Bool { try setCapture("pi_consent", consent) }

  private func setCapture(_ key: String, _ value: String) throws -> Bool {
    try update { settings in
      var capture = settings["capture"]?.object ?? [:]
      capture[key] = .string(value)
      settings["capture"] = .object(capture)
    }
  }

  /// Changes the settings under a lock; writes only if they differ afterwards. Returns whether it wrote.
  ///
  /// - Throws: ``IntegrationError`` `CORRUPT_CONFIG`, `BUSY`.
  @discardableResult
  public func update(_ change: (inout JSONObject) throws -> Void) throws -> Bool {
    let lockPath = path + ".lock"
    guard let lock = try FileLock.acquire(lockPath, timeout: 5) else { throw IntegrationError.busy(lockPath) }
    defer { lock.release() }
    let before = try settings()
    var after = before.isEmpty ? ["config_version": "0.2.0", "projects": [:]] : before
    let start = after
    try change(&after)
    if after == start { return false }
    try Files.writeAtomically(CanonicalJSON.pretty(.object(after)), to: path, mode: 0o600)
    return true
  }

  /// Enters a project under the path of its worktree. Returns whether anything changed.
  @discardableResult
  public func register(_ worktree: String, projectID: String) throws -> Bool {
    let slug = ProjectIdentity.slug(worktree: worktree, projectID: projectID)
    return try update { settings in
      var projects = settings["projects"]?.object ?? [:]
      var entry = projects[worktree]?.object ?? [:]
      entry["project_id"] = .string(projectID)
      entry["slug"] = .string(slug)
      projects[worktree] = .object(entry)
      settings["projects"] = .object(projects)
    }
  }

  /// Takes a project out. Returns whether it was registered.
  @discardableResult
  public func unregister(_ worktree: String) throws -> Bool {
    guard Files.exists(path) else { return false }
    return try update { settings in
      guard var projects = settings["projects"]?.object, projects[worktree] != nil else { return }
      projects[worktree] = nil
      settings["projects"] = .object(projects)
    }
  }

  /// Puts a path on the list of excluded projects, so that no agent's first touch enrolls it.
  @discardableResult
  public func exclude(_ worktree: String) throws -> Bool {
    try update { settings in
      let excluded = settings["excluded_projects"]?.array ?? []
      guard !excluded.contains(.string(worktree)) else { return }
      settings["excluded_projects"] = .array(excluded + [.string(worktree)])
    }
  }

  /// Takes a path off the list of excluded projects.
  @discardableResult
  public func clearExclusion(of worktree: String) throws -> Bool {
    guard Files.exists(path) else { return false }
    return try update { settings in
      guard let excluded = settings["excluded_projects"]?.array, excluded.contains(.string(worktree)) else { return }
      settings["excluded_projects"] = .array(excluded.filter { $0 != .string(worktree) })
    }
  }
}
