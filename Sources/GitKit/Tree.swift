public import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// The mode of a tree entry.
public enum FileMode: UInt32, Sendable {
  case tree = 0o040000
  case regular = 0o100644
  case executable = 0o100755
  case link = 0o120000
  case gitlink = 0o160000

  /// The octal digits as tree objects carry them.
  var text: String { String(rawValue, radix: 8) }

  init?(octal: some Collection<UInt8>) {
    var value: UInt32 = 0
    for digit in octal {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | UInt32(digit - 0x30)
    }
    switch value {
    case 0o100664: self = .regular
    default:
      guard let mode = FileMode(rawValue: value) else { return nil }
      self = mode
    }
  }
}

/// One entry of a tree.
public struct TreeEntry: Hashable, Sendable {
  public let name: BytePath
  public let mode: FileMode
  public let id: ObjectID

  public init(name: BytePath, mode: FileMode, id: ObjectID) {
    self.name = name
    self.mode = mode
    self.id = id
  }

  /// Git's order: by bytes, a tree's name counting as if it ended in `/`.
  static func inOrder(_ a: TreeEntry, _ b: TreeEntry) -> Bool {
    func key(_ entry: TreeEntry) -> [UInt8] { entry.mode == .tree ? entry.name.bytes + [0x2F] : entry.name.bytes }
    return key(a).lexicographicallyPrecedes(key(b))
  }
}

/// The text form of a tree object.
enum TreeFormat {
  static func parse(_ bytes: UnsafeRawBufferPointer) -> [TreeEntry]? {
    var entries: [TreeEntry] = []
    var at = 0
    while at < bytes.count {
      guard let space = bytes[at...].firstIndex(of: 0x20), let end = bytes[space...].firstIndex(of: 0),
        end + 20 < bytes.count, let mode = FileMode(octal: bytes[at..<space])
      else { return nil }
      let id = ObjectID(rawBytes: UnsafeRawBufferPointer(rebasing: bytes[(end + 1)..<(end + 21)]))
      entries.append(TreeEntry(name: BytePath(bytes[(space + 1)..<end]), mode: mode, id: id))
      at = end + 21
    }
    return entries
  }

  /// The entry with a name, or nil. Allocates for that entry only.
  static func entry(named name: some Collection<UInt8>, in bytes: UnsafeRawBufferPointer) -> TreeEntry? {
    guard let start = bytes.baseAddress else { return nil }
    var at = 0
    while at < bytes.count {
      guard let end = memchr(start + at, 0, bytes.count - at).map({ UnsafeRawPointer($0) - start }),
        end + 20 < bytes.count
      else { return nil }
      // A mode has five or six digits.
      let space = at + 5 < end && bytes[at + 5] == 0x20 ? at + 5 : at + 6
      if end - space - 1 == name.count, bytes[(space + 1)..<end].elementsEqual(name) {
        guard let mode = FileMode(octal: bytes[at..<space]) else { return nil }
        let id = ObjectID(rawBytes: UnsafeRawBufferPointer(rebasing: bytes[(end + 1)..<(end + 21)]))
        return TreeEntry(name: BytePath(name), mode: mode, id: id)
      }
      at = end + 21
    }
    return nil
  }

  static func encode(_ entries: [TreeEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * 40)
    for entry in entries.sorted(by: TreeEntry.inOrder) {
      bytes.append(contentsOf: entry.mode.text.utf8)
      bytes.append(0x20)
      bytes.append(contentsOf: entry.name.bytes)
      bytes.append(0)
      bytes.append(contentsOf: entry.id.bytes)
    }
    return bytes
  }
}

extension Repository {
  /// The entries of a tree in git's order; nil when the object is missing or no tree.
  public func tree(_ id: ObjectID) throws -> [TreeEntry]? {
    if id == .emptyTree { return [] }
    return try withObject(id) { kind, bytes in kind == .tree ? TreeFormat.parse(bytes) : nil } ?? nil
  }

  /// The tree of a commit; nil when the object is missing or no commit.
  public func tree(ofCommit id: ObjectID) throws -> ObjectID? { try commit(id)?.tree }

  /// The entry at a `/`-separated path below a tree; nil when there is none. Cost: one tree per part.
  public func entry(at path: String, in tree: ObjectID) throws -> TreeEntry? {
    try entry(at: BytePath(path), in: tree)
  }

  public func entry(at path: BytePath, in tree: ObjectID) throws -> TreeEntry? {
    var current = tree
    let parts = path.bytes.split(separator: 0x2F)
    for (depth, part) in parts.enumerated() {
      guard let entry = try entry(named: part, in: current) else { return nil }
      if depth == parts.count - 1 { return entry }
      guard entry.mode == .tree else { return nil }
      current = entry.id
    }
    return nil
  }

  private func entry(named name: ArraySlice<UInt8>, in tree: ObjectID) throws -> TreeEntry? {
    if tree == .emptyTree { return nil }
    return try withObject(tree) { kind, bytes in kind == .tree ? TreeFormat.entry(named: name, in: bytes) : nil } ?? nil
  }

  /// The bytes of the blob at a path below a tree; nil when there is none.
  public func blob(at path: String, in tree: ObjectID) throws -> [UInt8]? {
    try entry(at: path, in: tree).flatMap { $0.mode == .tree ? nil : try blob($0.id) }
  }
}
