public import Basics
public import GitKit

/// Finds what nobody needs any more beside the refs and among them: files that a writer left who died, answers about
/// traces that are gone, and what was fetched from remotes that are no more.
///
/// Objects are git's to prune. Nothing that was captured or shared is touched.
public struct StatePruner {
  private let repository: Repository
  private let now: Timestamp

  /// Seconds after which a temporary file is nobody's.
  private static let age = 3600

  public init(_ repository: Repository, now: Timestamp) {
    self.repository = repository
    self.now = now
  }

  public struct Findings: Sendable {
    /// Paths of temporary files.
    public var temporaryFiles: [String] = []
    /// Paths of files about traces that are gone.
    public var orphans: [String] = []
    /// Tracking references of remotes that are gone.
    public var references: [String] = []

    public var count: Int { temporaryFiles.count + orphans.count + references.count }
  }

  /// Changes nothing. Cost: the state directory, and listing the references.
  public func find() throws -> Findings {
    var findings = Findings()
    visit(repository.stateDirectory) { path, name in
      guard name.hasSuffix(".tmp"), let status = Files.status(path, followLinks: false),
        now.microseconds - status.modified / 1000 > Self.age * 1_000_000
      else { return }
      findings.temporaryFiles.append(path)
    }
    let bucket = try Bucket.union(repository)
    for directory in ["fates", "shared"].map({ repository.stateDirectory + "/" + $0 }) {
      for name in Files.list(directory).sorted() {
        guard let dot = name.lastIndex(of: "."), [".json", ".lines"].contains(name[dot...]) else { continue }
        if try bucket.traceTree(StoreRefs.traceID(ofFile: String(name[..<dot]))) == nil {
          findings.orphans.append(directory + "/" + name)
        }
      }
    }
    let remotes = try repository.configuration.remotes()
    for reference in try repository.references(prefix: StoreRefs.trackingPrefix) {
      let remote = reference.name.dropFirst(StoreRefs.trackingPrefix.count)
      if !remotes.contains(where: { remote.hasPrefix($0 + "/") }) { findings.references.append(reference.name) }
    }
    return findings
  }

  private func visit(_ directory: String, _ body: (String, String) -> Void) {
    for name in Files.list(directory).sorted() {
      let path = directory + "/" + name
      if Files.isDirectory(path) { visit(path, body) } else { body(path, name) }
    }
  }

  /// Deletes what was found, as far as it is still there.
  public func delete(_ findings: Findings) throws {
    for path in findings.temporaryFiles + findings.orphans { try Files.remove(path) }
    var transaction = ReferenceTransaction(repository)
    var isEmpty = true
    for name in findings.references {
      guard let id = try repository.resolve(reference: name) else { continue }
      transaction.delete(name, expecting: id)
      isEmpty = false
    }
    if !isEmpty { try transaction.commit(reason: "opentraces: prune") }
  }
}
