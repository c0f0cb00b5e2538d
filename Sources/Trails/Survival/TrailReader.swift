internal import Basics
internal import GitKit

/// Reads versions of files for ``FileTrail`` and remembers how they follow each other.
final class TrailReader {
  let repository: Repository
  let ancestry: Ancestry
  private struct Pair: Hashable {
    let old: ObjectID
    let new: ObjectID
  }
  private var maps: [Pair: LineMap] = [:]
  private var deltas: [Pair: [FileDelta]] = [:]
  private var arrivals: [ObjectID: [Arrival]] = [:]
  private var trees: [ObjectID: ObjectID] = [:]

  /// Lines that are new in a file of a commit.
  private struct Arrival {
    let path: BytePath
    let blob: ObjectID
    let lines: [LineRun.Element]
  }

  /// Files that a commit may add or change to be searched for lines that it moved: beyond, it moves whole trees.
  private static let moveLimit = 200

  init(_ repository: Repository, ancestry: Ancestry) {
    self.repository = repository
    self.ancestry = ancestry
  }

  func blob(at path: BytePath, in tree: ObjectID) throws -> ObjectID? {
    guard let entry = try repository.entry(at: path, in: tree), entry.mode != .tree, entry.mode != .gitlink else {
      return nil
    }
    return entry.id
  }

  /// How the lines of one blob follow from another. Cost: the comparison, once.
  func map(_ old: ObjectID, _ new: ObjectID) throws -> LineMap {
    let pair = Pair(old: old, new: new)
    if let known = maps[pair] { return known }
    let map = try repository.compareBlobs(old, new) { oldText, newText, hunks in
      // Of binary files no line is followed.
      hunks.map { LineMap(oldText, newText, $0) } ?? LineMap(oldText, newText, [])
    }
    maps[pair] = map
    return map
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
  struct Destination {
    let path: BytePath
    let blob: ObjectID
    let line: Int
  }

  /// The lines of a file that a commit took to other files, by their old positions.
  func moves(from path: BytePath, _ blob: ObjectID, in commit: Commit) throws -> [Int: Destination] {
    var gone: [LineRun.Element]
    if let now = try self.blob(at: path, in: commit.tree) {
      gone = try map(blob, now).gone
    } else {
      gone = try repository.compareBlobs(blob, nil) { text, _, _ in
        HashedLines(text).keys.enumerated().map { LineRun.Element(line: $0.offset, key: $0.element) }
      }
    }
    guard gone.reduce(0, { $0 + $1.key.length }) >= LineRun.substance else { return [:] }
    var destinations: [Int: Destination] = [:]
    for arrival in try arrivals(in: commit) where arrival.path != path {
      for run in LineRun.moves(from: gone, to: arrival.lines) {
        for (from, to) in zip(run.old, run.new) {
          destinations[from] = Destination(path: arrival.path, blob: arrival.blob, line: to)
        }
      }
      gone.removeAll { destinations[$0.line] != nil }
      if gone.isEmpty { break }
    }
    return destinations
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
    try repository.compareBlobs(old, new) { oldText, newText, hunks in
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
    try repository.compareBlobs(old, new) { oldText, newText, hunks in
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

  private func arrivals(in commit: Commit) throws -> [Arrival] {
    if let known = arrivals[commit.id] { return known }
    let parent = try commit.parents.first.flatMap { try tree(of: $0) }
    let changed = try deltas(from: parent, to: commit).filter { $0.newBlob != nil && !$0.isGitlink }
    var found: [Arrival] = []
    for delta in changed.count <= Self.moveLimit ? changed : [] {
      guard let new = delta.newBlob else { continue }
      let lines: [LineRun.Element]
      if let old = delta.oldBlob {
        lines = try map(old, new).arrived
      } else {
        lines = try repository.compareBlobs(nil, new) { _, text, hunks in
          hunks == nil
            ? [] : HashedLines(text).keys.enumerated().map { LineRun.Element(line: $0.offset, key: $0.element) }
        }
      }
      if !lines.isEmpty { found.append(Arrival(path: delta.newPath, blob: new, lines: lines)) }
    }
    arrivals[commit.id] = found
    return found
  }
}
