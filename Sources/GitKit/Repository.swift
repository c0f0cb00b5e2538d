internal import Basics
internal import CGit2

/// An open git repository. Not thread-safe: open one per thread.
public final class Repository {
  let handle: OpaquePointer
  private let odb: OpaquePointer
  /// The same objects without a place: libgit2 looks for attributes of a name at five to ten places for each comparison
  /// of two blobs of a repository that has one.
  let placeless: OpaquePointer

  /// `.git` of the main worktree, of this linked worktree, or the bare repository. No trailing slash.
  public let gitDirectory: String
  /// The directory that all worktrees share: objects, references, configuration. No trailing slash.
  public let commonDirectory: String
  /// The root of the worktree; nil for bare repositories.
  public let worktree: String?

  private init(handle: OpaquePointer) throws {
    self.handle = handle
    var odb: OpaquePointer?
    try check(git_repository_odb(&odb, handle), "open the object database of", Self.text(git_repository_path(handle)))
    guard let odb else { throw GitError(.notFound, "open the object database of", "the repository", "no handle") }
    self.odb = odb
    var placeless: OpaquePointer?
    try check(git_repository_wrap_odb(&placeless, odb), "open the object database of", "the repository")
    guard let placeless else { throw GitError(.notFound, "open the object database of", "the repository", "no handle") }
    self.placeless = placeless
    gitDirectory = Self.directory(git_repository_path(handle)) ?? ""
    commonDirectory = Self.directory(git_repository_commondir(handle)) ?? gitDirectory
    worktree = Self.directory(git_repository_workdir(handle))
  }

  deinit {
    git_repository_free(placeless)
    git_odb_free(odb)
    git_repository_free(handle)
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

  private static func directory(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    let path = String(cString: pointer)
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Opens the repository that contains `path`, looking upwards as git does.
  ///
  /// - Returns: nil when there is none.
  /// - Throws: ``GitError`` with ``GitError/Code/unsupportedFormat`` for reftable and SHA-256 repositories, and with
  ///   ``GitError/Code/owner`` when the repository belongs to another user.
  public static func open(containing path: String) throws -> Repository? {
    _ = Git.start
    var handle: OpaquePointer?
    do {
      guard try found(git_repository_open_ext(&handle, path, 0, nil), "open the repository at", path) else {
        return nil
      }
    } catch let error as GitError where error.message.contains("extension") {
      throw GitError(.unsupportedFormat, error.operation, error.subject, Self.formatProblem(error.message))
    } catch let error as GitError where error.message.contains("objectformat") {
      throw GitError(.unsupportedFormat, error.operation, error.subject, Self.formatProblem(error.message))
    }
    guard let handle else { return nil }
    return try Repository(handle: handle)
  }

  private static func formatProblem(_ message: String) -> String {
    let lower = message.lowercased()
    if lower.contains("refstorage") { return "it stores its references as reftable, which is not supported" }
    if lower.contains("objectformat") { return "it uses SHA-256 object ids, which are not supported" }
    return message
  }

  /// Makes an empty repository with a worktree, as `git init` does.
  ///
  /// - Parameter isBare: without a worktree, to be pushed to.
  public static func create(at path: String, isBare: Bool = false) throws -> Repository {
    _ = Git.start
    var handle: OpaquePointer?
    try check(git_repository_init(&handle, path, isBare ? 1 : 0), "make a repository at", path)
    guard let handle else { throw GitError(.notFound, "make a repository at", path, "no handle") }
    return try Repository(handle: handle)
  }

  /// Opens the repository at a path, or in the `.git` there; directories above are not looked at.
  ///
  /// - Throws: ``GitError`` when there is none.
  public static func open(at path: String) throws -> Repository {
    _ = Git.start
    var handle: OpaquePointer?
    try check(git_repository_open(&handle, path), "open the repository at", path)
    guard let handle else { throw GitError(.notFound, "open the repository at", path, "no handle") }
    return try Repository(handle: handle)
  }

  /// Another handle on the same repository, for use on another thread.
  public func reopened() throws -> Repository { try Repository.open(at: gitDirectory) }

  public var isBare: Bool { git_repository_is_bare(handle) == 1 }
  public var isLinkedWorktree: Bool { git_repository_is_worktree(handle) == 1 }
  public var isShallow: Bool { git_repository_is_shallow(handle) == 1 }

  /// The directory for machine-local state of all worktrees: journal, locks, caches.
  public var stateDirectory: String { commonDirectory + "/opentraces" }

  var objectDatabase: OpaquePointer { odb }

  // MARK: Objects

  /// Whether an object is in the repository (packs and alternates included; promised objects are not fetched).
  public func contains(_ id: ObjectID) -> Bool {
    var oid = id.oid
    return git_odb_exists(odb, &oid) == 1
  }

  /// As ``contains(_:)``, without looking for packs that appeared since the repository was opened.
  func containsKnown(_ id: ObjectID) -> Bool {
    var oid = id.oid
    return git_odb_exists_ext(odb, &oid, UInt32(GIT_ODB_LOOKUP_NO_REFRESH.rawValue)) == 1
  }

  /// Makes packs written by this or another process visible.
  public func refreshObjects() { git_odb_refresh(odb) }

  /// Calls `body` with an object's type and bytes; nil when the object is missing.
  public func withObject<R>(_ id: ObjectID, _ body: (ObjectKind, UnsafeRawBufferPointer) throws -> R) throws -> R? {
    var oid = id.oid
    var object: OpaquePointer?
    guard try found(git_odb_read(&object, odb, &oid), "read the object", id.hex), let object else { return nil }
    defer { git_odb_object_free(object) }
    let kind = ObjectKind(git_odb_object_type(object))
    let bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
    return try body(kind, bytes)
  }

  /// The bytes of a blob; nil when it is missing or no blob.
  public func blob(_ id: ObjectID) throws -> [UInt8]? {
    try withObject(id) { kind, bytes in kind == .blob ? Array(bytes) : nil } ?? nil
  }

  /// Size in bytes and type of an object without reading it whole; nil when it is missing.
  public func header(_ id: ObjectID) throws -> (kind: ObjectKind, size: Int)? {
    var oid = id.oid
    var size = 0
    var type = GIT_OBJECT_INVALID
    guard try found(git_odb_read_header(&size, &type, odb, &oid), "read the object", id.hex) else { return nil }
    return (ObjectKind(type), size)
  }

  // MARK: References

  /// The object a reference names, symbolic ones followed; nil when there is no such reference.
  public func resolve(reference name: String) throws -> ObjectID? {
    var oid = git_oid()
    guard try found(git_reference_name_to_id(&oid, handle, name), "read the reference", name) else { return nil }
    return ObjectID(oid)
  }

  /// The commit at HEAD; nil before the first commit.
  public func head() throws -> ObjectID? { try resolve(reference: "HEAD") }

  /// The full name of the branch that HEAD is on; nil when detached.
  public func headBranch() throws -> String? {
    var reference: OpaquePointer?
    guard try found(git_reference_lookup(&reference, handle, "HEAD"), "read the reference", "HEAD") else { return nil }
    defer { git_reference_free(reference) }
    return git_reference_symbolic_target(reference).map { String(cString: $0) }
  }

  /// All references below a prefix, sorted by name, symbolic ones resolved.
  public func references(prefix: String) throws -> [(name: String, id: ObjectID)] {
    var iterator: OpaquePointer?
    try check(git_reference_iterator_glob_new(&iterator, handle, prefix + "*"), "list the references", prefix)
    defer { git_reference_iterator_free(iterator) }
    var names: [(String, ObjectID)] = []
    var name: UnsafePointer<CChar>?
    while git_reference_next_name(&name, iterator) == 0 {
      guard let name else { break }
      let text = String(cString: name)
      if let id = try? resolve(reference: text) { names.append((text, id)) }
    }
    return names.sorted { $0.0 < $1.0 }.map { (name: $0.0, id: $0.1) }
  }

  /// What a revision expression names, peeled to a commit. Nil when nothing has that name.
  ///
  /// - Throws: ``GitError`` with ``GitError/Code/ambiguous`` when an abbreviated id fits several objects.
  public func commit(revision: String) throws -> ObjectID? {
    var object: OpaquePointer?
    let result = git_revparse_single(&object, handle, revision)
    if result == GIT_EINVALIDSPEC.rawValue || result == GIT_ENOTFOUND.rawValue { return nil }
    try check(result, "resolve", revision)
    defer { git_object_free(object) }
    var peeled: OpaquePointer?
    guard git_object_peel(&peeled, object, GIT_OBJECT_COMMIT) == 0 else { return nil }
    defer { git_object_free(peeled) }
    return git_object_id(peeled).map { ObjectID($0) }
  }
}

/// The type of a git object.
public enum ObjectKind: Int32, Sendable {
  case invalid = -1
  case commit = 1
  case tree = 2
  case blob = 3
  case tag = 4

  init(_ type: git_object_t) { self = ObjectKind(rawValue: type.rawValue) ?? .invalid }

  /// The word in an object's header.
  var name: String {
    switch self {
    case .commit: "commit"
    case .tree: "tree"
    case .blob: "blob"
    case .tag: "tag"
    case .invalid: "invalid"
    }
  }
}
