internal import Basics
public import GitKit
internal import TraceStore

/// The remote that a repository shares its traces with, as `setup bucket` wrote it to the repository's configuration.
///
/// Reads `opentraces.bucketremote`, the name of a remote, and `opentraces.bucketsync`.
public struct BucketRemote: Sendable {
  public let name: String
  /// As it may be shown: without a password.
  public let url: String
  /// `daemon` or `manual`.
  public let syncPolicy: String

  /// Nil when no remote was chosen, or the one that was does not exist any more.
  public init?(_ repository: Repository) throws {
    let configuration = repository.configuration
    guard let name = try configuration.localValues(StoreRefs.remoteKey).last, !name.isEmpty,
      let url = try configuration.localValues("remote.\(name).url").last
    else { return nil }
    self.name = name
    self.url = Self.withoutPassword(url)
    syncPolicy = try configuration.localValues(StoreRefs.syncKey).last ?? "manual"
  }
}

extension BucketRemote {
  /// A URL as it may be shown.
  static func withoutPassword(_ url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let rest = url[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else { return url }
    return url[..<colon] + ":***" + url[at...]
  }
}

/// Chooses the remote.
public struct BucketSetup {
  /// The remote that a URL becomes.
  public static let ownRemote = "opentraces"

  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  public func hasRemote(_ name: String) throws -> Bool { try repository.configuration.remotes().contains(name) }

  /// Writes the choice, and the refspec of the remote. Twice is the same as once.
  public func choose(_ name: String, syncPolicy: String) throws {
    let configuration = repository.configuration
    if let old = try configuration.localValues(StoreRefs.remoteKey).last, old != name { try removeRefspec(old) }
    try configuration.set(StoreRefs.remoteKey, name)
    try configuration.set(StoreRefs.syncKey, syncPolicy)
    let key = "remote.\(name).fetch"
    if try !configuration.localValues(key).contains(StoreRefs.fetchRefspec(name)) {
      try configuration.add(key, StoreRefs.fetchRefspec(name))
    }
  }

  /// Shares with nobody. A remote that a URL became stays for git.
  public func clear() throws {
    let configuration = repository.configuration
    if let old = try configuration.localValues(StoreRefs.remoteKey).last { try removeRefspec(old) }
    for key in [StoreRefs.remoteKey, StoreRefs.syncKey] where try !configuration.localValues(key).isEmpty {
      try configuration.unset(key)
    }
  }

  private func removeRefspec(_ name: String) throws {
    let key = "remote.\(name).fetch"
    if try repository.configuration.localValues(key).contains(StoreRefs.fetchRefspec(name)) {
      try repository.configuration.unset(key, value: StoreRefs.fetchRefspec(name))
    }
  }

  /// Makes a URL the remote ``ownRemote``.
  public func addRemote(_ url: String) throws -> String {
    try repository.configuration.set("remote.\(Self.ownRemote).url", url)
    return Self.ownRemote
  }

  /// Makes a bare repository, unless there is one, and the remote for it.
  public func bareRepository(at path: String) throws -> String {
    if !Files.exists(path + "/HEAD") { _ = try Repository.create(at: path, isBare: true) }
    return try addRemote(path)
  }
}
