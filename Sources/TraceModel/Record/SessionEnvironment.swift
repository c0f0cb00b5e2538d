public import Basics

/// The machine and the repository a session ran in.
public struct SessionEnvironment: Sendable, Hashable, JSONRepresentable {
  /// `darwin`, `linux` or `windows`.
  public var os: String?
  public var shell: String?
  public var vcs = VersionControl()
  /// Languages seen in the session, sorted.
  public var languageEcosystem: [String] = []
  public var resolvedDependencies: [PinRecord]?
  public var interpreter: Interpreter?
  public var arch: String?
  public var platform: String?
  public var abiTag: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "environment")
    os = try fields.string("os")
    shell = try fields.string("shell")
    vcs = try fields.part("vcs") ?? vcs
    languageEcosystem = try fields.strings("language_ecosystem")
    resolvedDependencies = try fields.array("resolved_dependencies")?.map(PinRecord.init(json:))
    interpreter = try fields.part("interpreter")
    arch = try fields.string("arch")
    platform = try fields.string("platform")
    abiTag = try fields.string("abi_tag")
  }

  public func toJSON() -> JSONValue {
    [
      "os": .optional(os), "shell": .optional(shell), "vcs": vcs.toJSON(),
      "language_ecosystem": .strings(languageEcosystem),
      "resolved_dependencies": resolvedDependencies.map { .list($0) } ?? .null,
      "interpreter": .part(interpreter), "arch": .optional(arch), "platform": .optional(platform),
      "abi_tag": .optional(abiTag),
    ]
  }
}

/// The state of the repository around a session.
public struct VersionControl: Sendable, Hashable, JSONRepresentable {
  public enum Kind: String, Sendable, Hashable {
    case git, none
  }

  public var kind = Kind.none
  public var baseCommit: String?
  public var branch: String?
  public var diff: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "vcs")
    kind = try fields.word("type") ?? .none
    baseCommit = try fields.string("base_commit")
    branch = try fields.string("branch")
    diff = try fields.string("diff")
  }

  public func toJSON() -> JSONValue {
    [
      "type": .string(kind.rawValue), "base_commit": .optional(baseCommit),
      "branch": .optional(branch), "diff": .optional(diff),
    ]
  }
}

/// One resolved package.
public struct PinRecord: Sendable, Hashable, JSONRepresentable {
  public var name: String?
  public var version: String?
  public var hash: String?
  public var marker: String?
  public var source: String?

  public init() {}

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "pin")
    name = try fields.string("name")
    version = try fields.string("version")
    hash = try fields.string("hash")
    marker = try fields.string("marker")
    source = try fields.string("source")
  }

  public func toJSON() -> JSONValue {
    [
      "name": .optional(name), "version": .optional(version), "hash": .optional(hash),
      "marker": .optional(marker), "source": .optional(source),
    ]
  }
}

/// The language runtime of a session.
public struct Interpreter: Sendable, Hashable, JSONRepresentable {
  public var name: String?
  public var version: String?

  public init(name: String? = nil, version: String? = nil) {
    self.name = name
    self.version = version
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "interpreter")
    self.init(name: try fields.string("name"), version: try fields.string("version"))
  }

  public func toJSON() -> JSONValue {
    ["name": .optional(name), "version": .optional(version)]
  }
}
