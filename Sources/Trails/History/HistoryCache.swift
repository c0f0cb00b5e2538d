internal import Basics
internal import GitKit

/// What commits changed and whose children they are, kept beside the refs so that a hook need not read the history
/// again. Like git's commit-graph with its changed paths, but written by whoever attributes a commit.
///
/// Machine-local and disposable: what is missing is read from the commits. Two files of the state directory that only
/// grow: `history.rows` with one row of 64 bytes per commit, and `history.lists` with the row numbers of its parents and
/// the hashes of the paths it changes, words of eight bytes.
final class HistoryCache {
  /// A commit with more changed paths than this (a merge of a long branch) is asked by its trees instead.
  static let pathLimit = 1024

  private static let rowSize = 64
  /// In place of a row number: the parent is not in the cache; the commit knows it.
  fileprivate static let elsewhere = UInt64.max
  /// In place of the number of paths: too many.
  fileprivate static let unlisted = UInt32.max

  private let rowsPath: String
  private let listsPath: String
  private let lockPath: String
  private var rows: MappedFile?
  private var lists: MappedFile?
  private var numbers: [ObjectID: Int]?
  private var lookups = 0

  init(_ repository: Repository) {
    let directory = repository.stateDirectory
    rowsPath = directory + "/history.rows"
    listsPath = directory + "/history.lists"
    lockPath = directory + "/history.lock"
    load()
  }

  private func load() {
    let before = count
    rows = MappedFile(rowsPath)
    lists = MappedFile(listsPath)
    if count != before { numbers = nil }
  }

  /// Forgets everything: it is damaged.
  func discard() {
    // What can't be removed is found damaged again the next time.
    try? Files.remove(rowsPath)
    try? Files.remove(listsPath)
    load()
  }

  /// Commits in the cache.
  var count: Int { (rows?.bytes.count ?? 0) / Self.rowSize }

  // MARK: Reading

  /// One commit. Valid until commits are added.
  struct Row {
    let id: ObjectID
    let authorTime: Timestamp
    let committerTime: Timestamp
    fileprivate let list: UnsafeRawBufferPointer
    fileprivate let parentCount: Int
    fileprivate let pathCount: UInt32

    fileprivate func word(_ position: Int) -> UInt64 {
      list.loadUnaligned(fromByteOffset: position * 8, as: UInt64.self)
    }

    /// Row numbers; nil stands for a parent that is not in the cache.
    var parents: [Int?] {
      (0..<parentCount).map { word($0) == HistoryCache.elsewhere ? nil : Int(truncatingIfNeeded: word($0)) }
    }

    /// Whether a path with this hash differs from the first parent; nil when the row has no list of them.
    func changes(_ path: UInt64) -> Bool? {
      guard pathCount != HistoryCache.unlisted else { return nil }
      var (low, high) = (parentCount, parentCount + Int(pathCount))
      let end = high
      while low < high {
        let middle = (low + high) / 2
        if word(middle) < path { low = middle + 1 } else { high = middle }
      }
      return low < end && word(low) == path
    }
  }

  /// The number of a commit's row. Cost: the first few calls look through the ids, newest first; then an index is made.
  func number(of id: ObjectID) -> Int? {
    guard let bytes = rows?.bytes else { return nil }
    if let numbers { return numbers[id] }
    lookups += 1
    if lookups > 8 {
      var index = [ObjectID: Int](minimumCapacity: count)
      for number in 0..<count { index[self.id(number, bytes)] = number }
      numbers = index
      return index[id]
    }
    var number = count - 1
    while number >= 0, self.id(number, bytes) != id { number -= 1 }
    return number >= 0 ? number : nil
  }

  private func id(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
    ObjectID(rawBytes: UnsafeRawBufferPointer(rebasing: bytes[(number * Self.rowSize)...].prefix(20)))
  }

  /// A row; nil when it is damaged. Cost: its list, once.
  func row(_ number: Int) -> Row? {
    guard let bytes = rows?.bytes, number < count else { return nil }
    let at = number * Self.rowSize
    func word(_ offset: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: at + offset, as: Int64.self)) }
    let counts = UInt64(bitPattern: Int64(word(48)))
    let (parentCount, pathCount) = (Int(counts & 0xFFFF_FFFF), UInt32(counts >> 32))
    let (start, length) = (word(40), (parentCount + (pathCount == Self.unlisted ? 0 : Int(pathCount))) * 8)
    let lists = lists?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    guard start >= 0, start <= lists.count, length <= lists.count - start else { return nil }
    let list = UnsafeRawBufferPointer(rebasing: lists[start..<(start + length)])
    let head = UnsafeRawBufferPointer(rebasing: bytes[at..<(at + 56)])
    guard Self.checksum(head, list) == UInt64(bitPattern: Int64(word(56))) else { return nil }
    return Row(
      id: id(number, bytes), authorTime: Timestamp(microseconds: word(24)),
      committerTime: Timestamp(microseconds: word(32)), list: list, parentCount: parentCount, pathCount: pathCount)
  }

  /// The hash under which a changed path is listed.
  static func hash(_ path: BytePath) -> UInt64 { path.bytes.reduce(LineHash.basis, LineHash.step) }

  /// FNV-1a over words of eight bytes instead of bytes.
  private static func checksum(_ head: UnsafeRawBufferPointer, _ list: UnsafeRawBufferPointer) -> UInt64 {
    var hash = LineHash.basis
    for part in [head, list] {
      for at in stride(from: 0, to: part.count - 7, by: 8) {
        hash = (hash ^ part.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0x100_0000_01b3
        hash ^= hash >> 29
      }
    }
    return hash
  }

  // MARK: Writing

  /// Adds commits that are not in the cache yet, best with parents first. Does nothing while another process adds some:
  /// what is missing costs time only.
  func add(_ changes: [CommitChange]) throws {
    guard !changes.isEmpty, let lock = try FileLock.acquire(lockPath, timeout: 0) else { return }
    defer { lock.release() }
    load()
    // A writer died in the middle of a row.
    if (rows?.bytes.count ?? 0) % Self.rowSize != 0 { discard() }
    var rowBytes: [UInt8] = []
    var listBytes: [UInt8] = []
    var added: [ObjectID: Int] = [:]
    let listStart = lists?.bytes.count ?? 0
    for change in changes where change.isComplete && added[change.commit.id] == nil {
      guard number(of: change.commit.id) == nil else { continue }
      let list = Self.list(of: change) { added[$0] ?? number(of: $0) }
      added[change.commit.id] = count + added.count
      rowBytes += Self.encode(change, list: list, at: listStart + listBytes.count)
      listBytes += list
    }
    guard !added.isEmpty else { return }
    // First what the rows point to.
    try Files.append(listBytes, to: listsPath)
    try Files.append(rowBytes, to: rowsPath)
    let known = numbers
    load()
    numbers = known?.merging(added) { old, _ in old }
  }

  private static func list(of change: CommitChange, number: (ObjectID) -> Int?) -> [UInt8] {
    var bytes: [UInt8] = []
    for parent in change.commit.parents {
      append(number(parent).map { UInt64($0) } ?? elsewhere, to: &bytes)
    }
    let paths = Set(change.touchedPaths)
    if paths.count <= pathLimit { for hash in paths.map(hash).sorted() { append(hash, to: &bytes) } }
    return bytes
  }

  private static func encode(_ change: CommitChange, list: [UInt8], at start: Int) -> [UInt8] {
    let commit = change.commit
    let paths = Set(change.touchedPaths).count
    var bytes = commit.id.bytes + [0, 0, 0, 0]
    append(Int64(commit.authorTime.microseconds), to: &bytes)
    append(Int64(commit.committerTime.microseconds), to: &bytes)
    append(Int64(start), to: &bytes)
    append(UInt32(commit.parents.count), to: &bytes)
    append(paths <= pathLimit ? UInt32(paths) : unlisted, to: &bytes)
    let sum = bytes.withUnsafeBytes { row in list.withUnsafeBytes { checksum(row, $0) } }
    append(sum, to: &bytes)
    return bytes
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value) { bytes += $0 }
  }
}
