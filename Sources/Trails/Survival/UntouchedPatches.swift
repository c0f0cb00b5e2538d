internal import Basics
internal import GitKit

/// Tells of patches at once that HEAD's file still has them, line by line, just as they were written: most of them.
final class UntouchedPatches {
  private let repository: Repository
  private let tree: ObjectID?
  private var files: [BytePath: File?] = [:]

  private struct File {
    let raw: [UInt64]
    /// Where each line is; nil for lines that are there more than once.
    let places: [UInt64: Int?]
  }

  init(_ repository: Repository, head: ObjectID?) throws {
    self.repository = repository
    tree = try head.flatMap { try repository.tree(ofCommit: $0) }
  }

  /// Whether the lines stand together in the file at HEAD, and there only. Cost: hashing the file, once.
  func holds(_ lines: [String], at path: BytePath) throws -> Bool {
    guard let file = try file(path) else { return false }
    let hashed = HashedLines(lines)
    guard let telling = hashed.keys.firstIndex(where: { $0.length >= OwnershipRules.tellingLine }),
      let place = file.places[hashed.raw[telling]] ?? nil
    else { return false }
    let start = place - telling
    guard start >= 0, start + lines.count <= file.raw.count else { return false }
    return hashed.raw.indices.allSatisfy { file.raw[start + $0] == hashed.raw[$0] }
  }

  private func file(_ path: BytePath) throws -> File? {
    if let known = files[path] { return known }
    let file = try read(path)
    files[path] = file
    return file
  }

  private func read(_ path: BytePath) throws -> File? {
    guard let tree, let entry = try repository.entry(at: path, in: tree), entry.mode != .tree, entry.mode != .gitlink,
      let bytes = try repository.blob(entry.id)
    else { return nil }
    let raw = bytes.withUnsafeBytes { HashedLines($0).raw }
    var places: [UInt64: Int?] = [:]
    for (at, hash) in raw.enumerated() { places[hash] = places[hash] == nil ? at : .some(nil) }
    return File(raw: raw, places: places)
  }
}
