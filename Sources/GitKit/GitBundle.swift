internal import Basics
internal import CGit2

/// A git bundle: references and the objects they need, in one file (gitformat-bundle(5), version 2).
public struct GitBundle {
  public let references: [(name: String, id: ObjectID)]
  /// Commits that the reader has to have.
  public let prerequisites: [ObjectID]
  private let bytes: [UInt8]
  private let packStart: Int

  private static let signature = "# v2 git bundle"

  /// Reads the header.
  ///
  /// - Throws: ``GitError`` with ``GitError/Code/corrupt``.
  public init(_ bytes: [UInt8]) throws {
    func broken(_ message: String) -> GitError { GitError(.corrupt, "read the bundle", "header", message) }
    var references: [(name: String, id: ObjectID)] = []
    var prerequisites: [ObjectID] = []
    var at = 0
    func line() throws -> String {
      guard let end = bytes[at...].firstIndex(of: 0x0A) else { throw broken("it ends too early") }
      defer { at = end + 1 }
      return String(decoding: bytes[at..<end], as: UTF8.self)
    }
    guard try line() == Self.signature else { throw broken("it is no bundle of version 2") }
    while true {
      let text = try line()
      if text.isEmpty { break }
      let isPrerequisite = text.hasPrefix("-")
      let words = text.dropFirst(isPrerequisite ? 1 : 0).split(separator: " ", maxSplits: 1)
      guard let id = words.first.flatMap({ ObjectID(hex: String($0)) }) else { throw broken("no object id: \(text)") }
      if isPrerequisite {
        prerequisites.append(id)
      } else if words.count == 2 {
        references.append((String(words[1]), id))
      } else {
        throw broken("no reference: \(text)")
      }
    }
    self.references = references
    self.prerequisites = prerequisites
    self.bytes = bytes
    packStart = at
  }

  /// Adds the objects to a repository; sets no reference. The checksum of the pack and the content of every object are
  /// looked at; ``Repository/isComplete(_:)`` tells whether anything is named that is not there.
  ///
  /// - Throws: ``GitError``; the repository is as before then.
  public func addObjects(to repository: Repository) throws {
    for id in prerequisites where !repository.contains(id) {
      throw GitError(.notFound, "read the bundle", id.hex, "the commit it builds on is not here")
    }
    let directory = repository.commonDirectory + "/objects/pack"
    try Files.createDirectory(directory)
    try index(in: directory, repository)
    repository.refreshObjects()
    for (name, id) in references where !repository.contains(id) {
      throw GitError(.corrupt, "read the bundle", name, "its object is missing")
    }
  }

  private func index(in directory: String, _ repository: Repository) throws {
    var options = git_indexer_options()
    try check(git_indexer_options_init(&options, UInt32(GIT_INDEXER_OPTIONS_VERSION)), "read", "the bundle")
    // libgit2's own look takes the commits of submodules for objects that are missing.
    options.verify = 0
    var indexer: OpaquePointer?
    try check(git_indexer_new(&indexer, directory, 0, repository.objectDatabase, &options), "read", "the bundle")
    defer { git_indexer_free(indexer) }
    var progress = git_indexer_progress()
    _ = try bytes[packStart...].withUnsafeBytes { pack in
      try check(git_indexer_append(indexer, pack.baseAddress, pack.count, &progress), "read", "the bundle")
    }
    try check(git_indexer_commit(indexer, &progress), "read", "the bundle")
  }
}

extension Repository {
  /// Whether everything below a tree is there; commits of submodules are left out. Cost: each tree once.
  public func isComplete(_ root: ObjectID) throws -> Bool {
    var seen: Set<ObjectID> = [root]
    var open = [root]
    while let id = open.popLast() {
      guard let entries = try tree(id) else { return false }
      for entry in entries where entry.mode != .gitlink && seen.insert(entry.id).inserted {
        guard let kind = try header(entry.id)?.kind, (kind == .tree) == (entry.mode == .tree) else { return false }
        if kind == .tree { open.append(entry.id) } else if kind != .blob { return false }
      }
    }
    return true
  }

  /// Makes a bundle. Cost: all objects that the references need.
  ///
  /// - Parameters:
  ///   - references: commits by the names they get.
  ///   - known: commits that the reader has, with all they need.
  public func bundle(_ references: [(name: String, id: ObjectID)], without known: [ObjectID] = []) throws -> [UInt8] {
    let walk = try commits(of: references.map(\.id), without: known)
    defer { git_revwalk_free(walk) }
    var packer: OpaquePointer?
    try check(git_packbuilder_new(&packer, handle), "make a bundle of", commonDirectory)
    defer { git_packbuilder_free(packer) }
    try check(git_packbuilder_insert_walk(packer, walk), "make a bundle of", commonDirectory)
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    try check(git_packbuilder_write_buf(&buffer, packer), "make a bundle of", commonDirectory)
    var header = "# v2 git bundle\n"
    for id in try boundary(references.map(\.id), without: known) { header += "-\(id.hex) \n" }
    for reference in references { header += "\(reference.id.hex) \(reference.name)\n" }
    let pack = UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size)
    return Array((header + "\n").utf8) + pack
  }

  /// A walk over what some commits descend from and others do not. To be freed.
  private func commits(of tips: [ObjectID], without known: [ObjectID]) throws -> OpaquePointer? {
    var walk: OpaquePointer?
    try check(git_revwalk_new(&walk, handle), "walk", commonDirectory)
    do {
      for id in tips {
        var oid = id.oid
        try check(git_revwalk_push(walk, &oid), "walk from", id.hex)
      }
      for id in known where contains(id) {
        var oid = id.oid
        try check(git_revwalk_hide(walk, &oid), "hide", id.hex)
      }
    } catch {
      git_revwalk_free(walk)
      throw error
    }
    return walk
  }

  /// The hidden parents of commits that are not hidden.
  private func boundary(_ tips: [ObjectID], without known: [ObjectID]) throws -> [ObjectID] {
    guard !known.isEmpty else { return [] }
    let walk = try commits(of: tips, without: known)
    defer { git_revwalk_free(walk) }
    var shown: [ObjectID] = []
    var next = git_oid()
    while git_revwalk_next(&next, walk) == 0 { shown.append(ObjectID(next)) }
    let all = Set(shown)
    var seen: Set<ObjectID> = []
    return try shown.flatMap { try commit($0)?.parents ?? [] }.filter { !all.contains($0) && seen.insert($0).inserted }
  }
}
