internal import Basics
internal import GitKit

/// Tells in which trees ids stand, so that one can be found without reading all of them. Kept beside the refs, disposable:
/// a tree that is not in the file is read and added.
///
/// The file holds, per tree, its 20 bytes, the number of its ids (32 bits), and the first eight bytes of each.
struct IDIndex {
  private let path: String

  init(_ repository: Repository, name: String) { path = repository.stateDirectory + "/" + name }

  /// The trees that hold an id that starts with some hex digits. Cost: the file, and the trees that are new.
  ///
  /// - Parameters:
  ///   - prefix: hex digits; with fewer than 16, all that start so.
  ///   - trees: the trees that exist now.
  ///   - read: the ids in a tree.
  func trees(
    with prefix: String, among trees: [ObjectID], read: (ObjectID) throws -> [String]
  ) throws -> [ObjectID] {
    var known = load()
    var isChanged = false
    for tree in trees where known[tree] == nil {
      known[tree] = try read(tree).compactMap { UInt64($0.prefix(16), radix: 16) }
      isChanged = true
    }
    if isChanged { save(known.filter { Set(trees).contains($0.key) }) }
    let digits = prefix.prefix(16)
    guard let low = UInt64(digits + String(repeating: "0", count: 16 - digits.count), radix: 16),
      let high = UInt64(digits + String(repeating: "f", count: 16 - digits.count), radix: 16)
    else { return [] }
    return trees.filter { known[$0]?.contains { (low...high).contains($0) } ?? false }
  }

  private func load() -> [ObjectID: [UInt64]] {
    // Without it everything is read once more.
    guard let bytes = (try? Files.readIfPresent(path)) ?? nil else { return [:] }
    return bytes.withUnsafeBytes { bytes in
      var known: [ObjectID: [UInt64]] = [:]
      var at = 0
      while at + 24 <= bytes.count {
        let tree = ObjectID(rawBytes: UnsafeRawBufferPointer(rebasing: bytes[at..<(at + 20)]))
        let count = Int(bytes.loadUnaligned(fromByteOffset: at + 20, as: UInt32.self))
        at += 24
        guard count <= (bytes.count - at) / 8 else { return [:] }
        known[tree] = (0..<count).map { bytes.loadUnaligned(fromByteOffset: at + $0 * 8, as: UInt64.self) }
        at += count * 8
      }
      return known
    }
  }

  private func save(_ known: [ObjectID: [UInt64]]) {
    var bytes: [UInt8] = []
    for (tree, ids) in known.sorted(by: { $0.key < $1.key }) {
      bytes += tree.bytes
      withUnsafeBytes(of: UInt32(ids.count)) { bytes += $0 }
      for id in ids { withUnsafeBytes(of: id) { bytes += $0 } }
    }
    // What can't be written is read again the next time.
    try? Files.writeAtomically(bytes, to: path)
  }
}
