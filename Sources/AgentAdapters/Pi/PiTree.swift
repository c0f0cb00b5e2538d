internal import Basics

/// The branches of a session, and the one that the conversation stands on.
///
/// An entry names the one before it. An entry of a file without ids, and one whose parent is not in the file (a line
/// was damaged), follows the line before it. A parent stands before its children, so that there are no circles.
struct PiTree {
  /// Whether each entry led to the leaf.
  private(set) var isActive: [Bool]
  /// The last entry of the branch; nil when there are no entries.
  private(set) var leaf: Int?
  /// Whether the leaf is the one that was told.
  private(set) var isLeafTold = false
  /// Branches besides the first one, abandoned or not.
  private(set) var branchCount = 0

  /// - Parameter told: the leaf as the running agent told it.
  init(_ entries: [PiEntry], told: PiSidecar.Leaf?) {
    isActive = Array(repeating: false, count: entries.count)
    let parents = Self.parents(of: entries)
    let children = parents.reduce(into: [Int?: Int]()) { counts, parent in counts[parent, default: 0] += 1 }
    branchCount = children.values.reduce(0) { $0 + $1 - 1 }
    leaf = told.flatMap { leaf in
      entries.firstIndex { $0.id == leaf.id }.map { Self.newest(after: leaf.time, from: $0, entries, parents) }
    }
    isLeafTold = leaf != nil
    leaf = leaf ?? Self.deepest(entries, parents)
    var next = leaf
    while let position = next {
      isActive[position] = true
      next = parents[position]
    }
  }

  private static func parents(of entries: [PiEntry]) -> [Int?] {
    var places: [String: Int] = [:]
    places.reserveCapacity(entries.count)
    return entries.enumerated().map { position, entry in
      defer { places[entry.id] = position }
      let before = position > 0 ? position - 1 : nil
      switch entry.parent {
      case .unnamed: return before
      case .none: return nil
      case .entry(let id): return places[id] ?? before
      }
    }
  }

  /// Where the conversation went on to after its leaf was told: the last entry that follows from it and is newer.
  private static func newest(after time: Timestamp?, from leaf: Int, _ entries: [PiEntry], _ parents: [Int?]) -> Int {
    guard let time else { return leaf }
    var follows: Set<Int> = [leaf]
    var last = leaf
    for position in entries.indices.dropFirst(leaf + 1) {
      guard let parent = parents[position], follows.contains(parent), let made = entries[position].time, made > time
      else { continue }
      follows.insert(position)
      last = position
    }
    return last
  }

  /// The entry with the longest way to the root; of several the latest.
  private static func deepest(_ entries: [PiEntry], _ parents: [Int?]) -> Int? {
    var depths: [Int] = []
    depths.reserveCapacity(entries.count)
    for parent in parents { depths.append(parent.map { depths[$0] + 1 } ?? 0) }
    let zero = Timestamp(microseconds: 0)
    return entries.indices.max {
      (depths[$0], entries[$0].time ?? zero, $0) < (depths[$1], entries[$1].time ?? zero, $1)
    }
  }
}
