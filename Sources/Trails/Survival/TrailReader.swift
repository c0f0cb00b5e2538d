internal import Basics
internal import GitKit

/// Reads versions of files for ``FileTrail`` and remembers how they follow each other.
final class TrailReader {
  private let repository: Repository
  let blobs: BlobCache
  let ancestry: Ancestry
  private let kept: ComparisonCache?
  private typealias Pair = ComparisonCache.Pair
  private var maps: [Pair: LineMap] = [:]
  private var deltas: [Pair: [FileDelta]] = [:]
  private var ends: [Pair: CommonEnds] = [:]
  /// Hashes of the lines that may be new, of blobs and of pairs.
  private var fresh: [Pair: Set<UInt64>] = [:]
  private var trees: [ObjectID: ObjectID] = [:]

  /// Files that a commit may add or change to be searched for lines that it moved: beyond, it moves whole trees.
  private static let moveLimit = 200

  /// - Parameter kept: what was found before.
  init(_ repository: Repository, ancestry: Ancestry, kept: ComparisonCache? = nil) {
    self.repository = repository
    blobs = BlobCache(repository)
    self.kept = kept
    self.ancestry = ancestry
  }

  func blob(at path: BytePath, in tree: ObjectID) throws -> ObjectID? {
    guard let entry = try repository.entry(at: path, in: tree), entry.mode != .tree, entry.mode != .gitlink else {
      return nil
    }
    return entry.id
  }

  /// How the lines of one blob follow from another. Cost: the comparison, once.
  private func map(_ old: ObjectID, _ new: ObjectID) throws -> LineMap {
    let pair = Pair(old: old, new: new)
    if let known = maps[pair] { return known }
    let map = try blobs.compare(old, new) { oldText, newText, hunks in
      // Of binary files no line is followed.
      hunks.map { LineMap(oldText, newText, $0) } ?? LineMap(oldText, newText, [])
    }
    maps[pair] = map
    return map
  }

  /// Where lines of one blob are in another one. Cost: reading both; comparing them when one of the lines stands between
  /// what they have in common at their ends.
  func targets(of lines: some Sequence<Int>, from old: ObjectID, to new: ObjectID) throws -> LineTargets {
    if old == new { return .same }
    if let known = kept?.targets(old, new), known.tells(of: lines) { return known }
    let ends = try commonEnds(old, new).targets
    let found = ends.tells(of: lines) ? ends : LineTargets(try map(old, new))
    kept?.keep(found, old, new)
    return found
  }

  private func commonEnds(_ old: ObjectID, _ new: ObjectID) throws -> CommonEnds {
    let pair = Pair(old: old, new: new)
    if let known = ends[pair] { return known }
    let found = try blobs.withText(old) { text in try blobs.withText(new) { CommonEnds(text, $0) } }
    let known = (found ?? nil) ?? CommonEnds.none
    ends[pair] = known
    return known
  }

  private func tree(of id: ObjectID) throws -> ObjectID? {
    if let known = trees[id] { return known }
    let tree = try ancestry.commit(id)?.tree
    trees[id] = tree
    return tree
  }

  private func deltas(from old: ObjectID?, to commit: Commit) throws -> [FileDelta] {
    let pair = Pair(old: old ?? .emptyTree, new: commit.tree)
    if let known = deltas[pair] { return known }
    let found = try repository.changedFiles(from: old, to: commit.tree)
    deltas[pair] = found
    return found
  }

  /// Where a file of an earlier commit is in a commit; nil when it is gone.
  func target(of path: BytePath, from before: ObjectID, in commit: Commit) throws -> (path: BytePath, blob: ObjectID)? {
    if let blob = try blob(at: path, in: commit.tree) { return (path, blob) }
    let old = try tree(of: before)
    let renamed = try deltas(from: old, to: commit).first { $0.change == .renamed && $0.oldPath == path }
    guard let renamed, let blob = renamed.newBlob else { return nil }
    return (renamed.newPath, blob)
  }

  /// A line in another file.
  struct Destination: Hashable {
    let path: BytePath
    let blob: ObjectID
    let line: Int
  }

  /// The lines of a file that a commit took to other files, by their old positions.
  func moves(from path: BytePath, _ blob: ObjectID, in commit: Commit) throws -> [Int: Destination] {
    let departure = ComparisonCache.Departure(commit: commit.id, path: path, blob: blob)
    if let known = kept?.moves(departure) { return known }
    let found = try findMoves(from: path, blob, in: commit)
    kept?.keep(found, departure)
    return found
  }

  private func findMoves(from path: BytePath, _ blob: ObjectID, in commit: Commit) throws -> [Int: Destination] {
    var gone: [LineRun.Element]
    if let now = try self.blob(at: path, in: commit.tree) {
      gone = try map(blob, now).gone
    } else {
      gone = try lines(blob)
    }
    guard gone.reduce(0, { $0 + $1.key.length }) >= LineRun.substance else { return [:] }
    var destinations: [Int: Destination] = [:]
    for delta in try arrivalFiles(in: commit) where delta.newPath != path {
      guard let new = delta.newBlob, try mayHold(gone, delta, new) else { continue }
      for run in LineRun.moves(from: gone, to: try arrived(delta.oldBlob, new)) {
        for (from, to) in zip(run.old, run.new) {
          destinations[from] = Destination(path: delta.newPath, blob: new, line: to)
        }
      }
      gone.removeAll { destinations[$0.line] != nil }
      if gone.isEmpty { break }
    }
    return destinations
  }

  /// The files of a commit that may have lines of others.
  private func arrivalFiles(in commit: Commit) throws -> [FileDelta] {
    let parent = try commit.parents.first.flatMap { try tree(of: $0) }
    let changed = try deltas(from: parent, to: commit).filter { $0.newBlob != nil && !$0.isGitlink }
    return changed.count <= Self.moveLimit ? changed : []
  }

  /// Whether lines that stood together and are a run's worth may be among those that a file got in a commit: most files
  /// are not worth the comparison of lines that tells for sure. Cost: reading both blobs, once.
  private func mayHold(_ gone: [LineRun.Element], _ delta: FileDelta, _ new: ObjectID) throws -> Bool {
    let there = try freshHashes(delta.oldBlob, new)
    var substance = 0
    for element in gone where !element.key.isBlank {
      substance = there.contains(element.key.hash) ? substance + element.key.length : 0
      if substance >= LineRun.substance { return true }
    }
    return false
  }

  private func freshHashes(_ old: ObjectID?, _ new: ObjectID) throws -> Set<UInt64> {
    let pair = Pair(old: old ?? .emptyTree, new: new)
    if let known = fresh[pair] { return known }
    let ends = try old.map { try commonEnds($0, new) }
    let hashes = try blobs.withText(new) { text in
      let part = ends.map { UnsafeRawBufferPointer(rebasing: text[$0.between]) } ?? text
      return Set(HashedLines(part).keys.lazy.map(\.hash))
    }
    fresh[pair] = hashes ?? []
    return hashes ?? []
  }

  /// Lines of a blob that come from none of the one before it.
  private func arrived(_ old: ObjectID?, _ new: ObjectID) throws -> [LineRun.Element] {
    try old.map { try map($0, new).arrived } ?? lines(new)
  }

  /// The lines of a blob; none of a binary one.
  private func lines(_ blob: ObjectID) throws -> [LineRun.Element] {
    try blobs.withText(blob) { text in
      HashedLines(text).keys.enumerated().map { LineRun.Element(line: $0.offset, key: $0.element) }
    } ?? []
  }

  // MARK: How lines go

  /// Whether a commit undoes another one in a file: says so, or takes out what that one added and brings back what it
  /// took out.
  ///
  /// - Parameters:
  ///   - path: the file before the commit.
  ///   - now: the blob of the file in the commit.
  func undoes(_ commit: Commit, _ anchor: Anchor, _ path: BytePath, _ now: ObjectID?) throws -> Bool {
    if commit.message.contains("This reverts commit \(anchor.commit.hex)") { return true }
    guard let origin = try ancestry.commit(anchor.commit) else { return false }
    let parent = try origin.parents.first.flatMap { try tree(of: $0) }
    let before = try parent.flatMap { try blob(at: anchor.path, in: $0) }
    let after = try blob(at: anchor.path, in: origin.tree)
    let above = try commit.parents.first.flatMap { try tree(of: $0) }.flatMap { try blob(at: path, in: $0) }
    guard let after, let above else { return false }
    let done = try change(before, after)
    let undone = try change(above, now)
    return !done.added.isEmpty && done.added == undone.removed && done.removed == undone.added
  }

  /// The lines that differ, by their sorted hashes.
  private func change(_ old: ObjectID?, _ new: ObjectID?) throws -> (removed: [UInt64], added: [UInt64]) {
    try blobs.compare(old, new) { oldText, newText, hunks in
      let (oldLines, newLines) = (HashedLines(oldText), HashedLines(newText))
      let removed = (hunks ?? []).flatMap { hunk in hunk.oldLines.map { oldLines.keys[$0].hash } }
      let added = (hunks ?? []).flatMap { hunk in hunk.newLines.map { newLines.keys[$0].hash } }
      return (removed.filter { $0 != 0 }.sorted(), added.filter { $0 != 0 }.sorted())
    }
  }

  /// Share of the words that what stands in the place of lines must have in common with them.
  private static let replacedShare = 0.5

  /// Whether other lines stand in the place of lines that are gone, and say half the same.
  func isReplaced(_ lines: [Int], of old: ObjectID, in new: ObjectID) throws -> Bool {
    try blobs.compare(old, new) { oldText, newText, hunks in
      let (before, after) = (TextLines(oldText), TextLines(newText))
      var (left, right): ([[UInt8]], [[UInt8]]) = ([], [])
      for hunk in hunks ?? [] where lines.contains(where: { hunk.oldLines.contains($0) }) {
        left += lines.filter { hunk.oldLines.contains($0) }.flatMap { Self.words(before[$0]) }
        right += hunk.newLines.flatMap { Self.words(after[$0]) }
      }
      guard !left.isEmpty, !right.isEmpty else { return false }
      var counts: [[UInt8]: Int] = [:]
      for word in right { counts[word, default: 0] += 1 }
      let common = left.count { word in
        guard let count = counts[word], count > 0 else { return false }
        counts[word] = count - 1
        return true
      }
      return Double(2 * common) >= Self.replacedShare * Double(left.count + right.count)
    }
  }

  private static func words(_ line: Slice<UnsafeRawBufferPointer>) -> [[UInt8]] {
    line.split { byte in
      !(byte >= 0x80 || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
        || (0x41...0x5A).contains(byte & 0xDF))
    }.map { Array($0) }
  }
}
