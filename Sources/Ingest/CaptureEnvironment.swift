internal import Basics
internal import GitKit
internal import TraceModel

/// What the machine is, read by the caller.
public struct MachineFacts: Sendable {
  /// `linux`, `darwin` or `windows`.
  public var os: String?
  /// As `uname -m` prints it.
  public var arch: String?
  /// The name of the user's shell.
  public var shell: String?

  public init(os: String? = nil, arch: String? = nil, shell: String? = nil) {
    self.os = os
    self.arch = arch
    self.shell = shell
  }
}

/// Where a session was captured: what its transcript does not say. Stored beside the transcript at the first capture
/// (`environment.json`); sessions captured in the same place share the blob.
struct CaptureEnvironment: Equatable {
  var machine = MachineFacts()
  /// The URL of `origin`, without credentials; nil when it is a path of this machine.
  var repositoryURL: String?
  /// Packages that the manifests at the root of the worktree name.
  var manifestDependencies: [String] = []

  init() {}

  init(_ repository: Repository, machine: MachineFacts) {
    self.machine = machine
    // A configuration that can't be read tells nothing here.
    repositoryURL = ((try? repository.configuration.string("remote.origin.url")) ?? nil).flatMap(RemoteURL.init)?.text
    manifestDependencies = repository.worktree.map { Manifests.packages(at: $0) } ?? []
  }

  var json: JSONValue {
    [
      "os": .optional(machine.os), "arch": .optional(machine.arch), "shell": .optional(machine.shell),
      "repository_url": .optional(repositoryURL), "manifest_dependencies": .strings(manifestDependencies),
    ]
  }

  init(json: JSONValue) {
    machine = MachineFacts(os: json["os"]?.string, arch: json["arch"]?.string, shell: json["shell"]?.string)
    repositoryURL = json["repository_url"]?.string
    manifestDependencies = json["manifest_dependencies"]?.array?.compactMap(\.string) ?? []
  }

  static func == (a: Self, b: Self) -> Bool { a.json == b.json }

  /// Fills in what a record made from a transcript lacks.
  func complete(_ record: inout TraceRecord) {
    record.environment.os = record.environment.os ?? machine.os
    record.environment.arch = record.environment.arch ?? machine.arch
    record.environment.shell = record.environment.shell ?? machine.shell
    record.task.repositoryURL = repositoryURL
    record.task.repository = repositoryURL.flatMap(RemoteURL.init)?.slug
    record.dependencies = dependencies(with: record.dependencies)
  }

  /// What a session used and what the manifests name.
  func dependencies(with used: [String]) -> [String] {
    Set(used.filter(isForeign) + manifestDependencies).sorted()
  }

  /// Whether an imported name is no module of the project itself, and none that a manifest names with its version.
  private func isForeign(_ name: String) -> Bool {
    !manifestDependencies.contains { $0.hasPrefix(name + "/v") }
      && !(repositoryURL.flatMap(RemoteURL.init).map { name.hasSuffix("/" + $0.slug) } ?? false)
  }
}

/// The address of a git remote.
struct RemoteURL {
  let text: String
  /// `owner/name`, or all parts of a longer path.
  let slug: String

  /// Nil for paths of the machine and for what names no repository.
  init?(_ address: String) {
    let trimmed = address.hasSuffix("/") ? String(address.dropLast()) : address
    if let scheme = trimmed.firstRange(of: "://") {
      guard trimmed[..<scheme.lowerBound] != "file" else { return nil }
      let rest = trimmed[scheme.upperBound...]
      guard let slash = rest.firstIndex(of: "/") else { return nil }
      // Credentials can stand before the host.
      let host = rest[..<slash].split(separator: "@").last ?? ""
      let isNamed = trimmed.hasPrefix("ssh://") && rest[..<slash].contains("@")
      let user = isNamed ? rest.prefix { $0 != "@" && $0 != ":" } + "@" : ""
      text = trimmed[..<scheme.upperBound] + user + host + rest[slash...]
      slug = Self.slug(rest[rest.index(after: slash)...])
    } else {
      // user@host:path; a colon after a slash belongs to a path. A password does not belong there, but can be.
      let parts = trimmed.split(separator: "@", maxSplits: 1)
      let trimmed = parts.count == 2 && parts[0].contains(":") ? String(parts[1]) : trimmed
      guard let colon = trimmed.firstIndex(of: ":"), !trimmed[..<colon].contains("/"),
        trimmed.distance(from: trimmed.startIndex, to: colon) > 1
      else { return nil }
      text = trimmed
      slug = Self.slug(trimmed[trimmed.index(after: colon)...])
    }
    guard !slug.isEmpty else { return nil }
  }

  private static func slug(_ path: Substring) -> String {
    let name = path.hasSuffix(".git") ? path.dropLast(4) : path
    return name.split(separator: "/").joined(separator: "/")
  }
}
