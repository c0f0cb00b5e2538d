public import Basics
public import GitKit
internal import TraceStore

/// The planes of a remote, read into a repository of their own that lasts as long as this object. Nothing of the
/// repository at hand is written: no reference, no object, no configuration.
///
/// Cost: the trees of the planes where the remote takes filters (`uploadpack.allowFilter`), all that they hold otherwise,
/// without what the repository at hand has; then the blobs of one trace.
public final class RemotePlanes {
  private let directory: PrivateDirectory
  private let place: Repository
  private let transport: GitTransport
  private let remote: String

  private static let refspecs = ["+\(StoreRefs.shareablePrefix)*:\(StoreRefs.shareablePrefix)*"]

  /// - Parameters:
  ///   - remote: the name of a remote, a URL or a path.
  ///   - repository: what it has need not be fetched; its settings hold, and its remotes go by their names.
  ///   - start: the directory that a relative path starts at.
  /// - Throws: ``RemoteProblem`` when the remote can't be read.
  public init(
    of remote: String, near repository: Repository?, from start: String, environment: [String: String]
  ) throws {
    directory = try PrivateDirectory(in: environment["TMPDIR"] ?? "/tmp", prefix: "opentraces-remote-")
    let path = directory.path + "/git"
    let made = try Repository.create(at: path, isBare: true)
    if let repository {
      try Files.writeAtomically(
        Array((repository.commonDirectory + "/objects\n").utf8), to: path + "/objects/info/alternates")
    }
    // Where else objects are is read when a repository is opened.
    place = try made.reopened()
    // What is set where the command is run holds as for git there; hooks are none of this repository's.
    if let repository {
      let config = repository.commonDirectory + "/config"
      let quoted = config.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      let own = try Files.readText(path + "/config") ?? ""
      let text = "[include]\n\tpath = \"\(quoted)\"\n[core]\n\thooksPath = /dev/null\n" + own
      try Files.writeAtomically(Array(text.utf8), to: path + "/config")
    }
    let isNamed = repository?.configuration.fetchURL(ofRemote: remote) != nil
    if isNamed {
      self.remote = remote
    } else {
      // Only of a remote with a name git remembers that blobs were left out. The name is nobody's.
      self.remote = Paths.name(directory.path)
      let local = Paths.absolute(remote, base: start)
      try made.configuration.set("remote.\(self.remote).url", Files.exists(local) ? local : remote)
    }
    let working = repository.map { $0.worktree ?? $0.commonDirectory } ?? start
    transport = GitTransport(place, directory: working, environment: environment)
    try transport.fetchTrees(self.remote, Self.refspecs)
  }

  /// The ids of the traces that start so; of a whole id, it alone. Purged ones are left out. Cost: listing the trees.
  public func traces(_ prefix: String) throws -> [String] {
    var names: Set<String> = []
    var dead: Set<String> = []
    for plane in try place.references(prefix: StoreRefs.shareablePrefix) {
      guard let root = try place.tree(ofCommit: plane.id) else { continue }
      for shard in try children(of: "traces", in: root) {
        names.formUnion(try place.tree(shard)?.map { StoreRefs.traceID(ofFile: $0.name.description) } ?? [])
      }
      for shard in try children(of: "tombstones", in: root) {
        for stone in try place.tree(shard) ?? [] where stone.name.description.hasSuffix(".json") {
          dead.insert(StoreRefs.traceID(ofFile: String(stone.name.description.dropLast(5))))
        }
      }
    }
    names.subtract(dead)
    if names.contains(prefix) { return [prefix] }
    let wanted = prefix.lowercased()
    return names.filter { $0.lowercased().hasPrefix(wanted) }.sorted()
  }

  private func children(of name: BytePath, in root: ObjectID) throws -> [ObjectID] {
    try place.entry(at: name, in: root).flatMap { try place.tree($0.id) }?.map(\.id) ?? []
  }

  /// A repository whose store holds one of the traces, as it is over there.
  public func repository(with trace: String, time: Timestamp) throws -> Repository {
    var trees: [ObjectID] = []
    for plane in try place.references(prefix: StoreRefs.shareablePrefix) {
      guard let root = try place.tree(ofCommit: plane.id),
        let tree = try place.entry(at: BytePath(StoreRefs.traceDirectory(trace)), in: root), !trees.contains(tree.id)
      else { continue }
      trees.append(tree.id)
    }
    let missing = try trees.flatMap { try blobs($0) }.filter { !place.contains($0) }
    if !missing.isEmpty { try transport.fetchObjects(remote, missing, or: Self.refspecs) }
    guard let tree = try TeamPlane(place).best(of: trees) else { return place }
    let writer = LooseWriter(place)
    let names = StoreRefs.traceDirectory(trace).split(separator: "/").reversed()
    let root = try names.reduce(tree) {
      try writer.writeTree([TreeEntry(name: BytePath(String($1)), mode: .tree, id: $0)])
    }
    let commit = try writer.writeCommit(tree: root, parents: [], message: "one trace of a remote", time: time)
    var transaction = ReferenceTransaction(place)
    transaction.set(StoreRefs.bucket, to: commit, expecting: nil)
    try transaction.commit(reason: "opentraces")
    return place
  }

  private func blobs(_ tree: ObjectID) throws -> [ObjectID] {
    try (place.tree(tree) ?? []).flatMap { $0.mode == .tree ? try blobs($0.id) : [$0.id] }
  }
}
