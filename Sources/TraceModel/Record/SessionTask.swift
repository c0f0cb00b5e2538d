public import Basics

/// What the session was asked to do.
public struct SessionTask: Sendable, Hashable, JSONRepresentable {
  /// The first real prompt, shortened.
  public var description: String?
  /// `user_prompt`.
  public var source: String?
  /// `owner/name`.
  public var repository: String?
  public var repositoryURL: String?
  public var baseCommit: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "task")
    description = try fields.string("description")
    source = try fields.string("source")
    repository = try fields.string("repository")
    repositoryURL = try fields.string("repository_url")
    baseCommit = try fields.string("base_commit")
  }

  public func toJSON() -> JSONValue {
    [
      "description": .optional(description), "source": .optional(source),
      "repository": .optional(repository), "repository_url": .optional(repositoryURL),
      "base_commit": .optional(baseCommit),
    ]
  }
}

/// The agent that ran the session.
public struct AgentIdentity: Sendable, Hashable, JSONRepresentable {
  /// `claude-code`, `codex-cli` or `pi`.
  public var name: String
  public var version: String?
  /// `provider/model`.
  public var model: String?

  public init(name: String, version: String? = nil, model: String? = nil) {
    self.name = name
    self.version = version
    self.model = model
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "agent")
    self.init(
      name: try fields.required("name"), version: try fields.string("version"),
      model: try fields.string("model"))
  }

  public func toJSON() -> JSONValue {
    ["name": .string(name), "version": .optional(version), "model": .optional(model)]
  }
}
