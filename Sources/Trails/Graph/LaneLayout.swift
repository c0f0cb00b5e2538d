public import GitKit

/// The lanes that a graph draws beside the commits, found while they come by.
///
/// A lane is a column that waits for one commit: the parent of those above. Columns do not move but where a lane joins
/// another one that waits for the same commit, or where the rightmost lane takes a free column on its left. The first
/// column belongs to the first commit asked for (HEAD, mostly) and to its first parents, whatever comes before it.
public struct LaneLayout {
  /// What is drawn below a commit, one line each.
  public enum Edge: Hashable, Sendable {
    /// A lane ends in one further left that waits for the same commit.
    case join(from: Int, into: Int)
    /// A parent of the commit gets a lane of its own.
    case open(from: Int, to: Int)
    /// A parent of the commit has a lane already; both go on.
    case link(from: Int, to: Int)
    /// A lane goes on in a free column further left.
    case shift(from: Int, to: Int)
  }

  /// One commit with its surroundings.
  public struct Row: Hashable, Sendable {
    public let commit: ObjectID
    /// The column of the commit.
    public let lane: Int
    /// The columns with a lane at the height of the commit, in order, its own among them.
    public let lanes: [Int]
    /// Whether a lane leads down from the commit.
    public let goesOn: Bool
    public let edges: [Edge]
    /// Parents that came before their child, because clocks disagree: no lane can lead to them.
    public let above: [ObjectID]
    /// The columns with a lane below the edges.
    public let lanesBelow: [Int]

    /// A commit of a history without branches.
    public static let trunk = Row(
      commit: .zero, lane: 0, lanes: [0], goesOn: true, edges: [], above: [], lanesBelow: [0])
  }

  private struct Lane {
    let awaited: ObjectID
    /// Kept free for the first commit, which nothing leads to yet.
    var isReserved = false
  }

  private var lanes: [Lane?] = []
  private var seen: Set<ObjectID> = []

  /// - Parameter first: the commit whose first parents get the first column; nil when it is not part of the walk.
  public init(first: ObjectID?) {
    if let first { lanes = [Lane(awaited: first, isReserved: true)] }
  }

  /// Takes the next commit of the walk. Cost: linear in the lanes.
  ///
  /// - Parameter parents: those that are part of the walk; each once.
  public mutating func add(_ commit: ObjectID, parents: [ObjectID]) -> Row {
    seen.insert(commit)
    let lane = column(awaiting: commit) ?? firstFreeColumn()
    lanes[lane] = Lane(awaited: commit)
    let lanesBefore = visible
    let below = parents.filter { !seen.contains($0) }
    let edges = lead(from: lane, to: below)
    trim()
    return Row(
      commit: commit, lane: lane, lanes: lanesBefore, goesOn: !below.isEmpty, edges: edges,
      above: parents.filter { seen.contains($0) }, lanesBelow: visible)
  }

  /// Gives the parents of the commit their lanes.
  private mutating func lead(from lane: Int, to parents: [ObjectID]) -> [Edge] {
    guard !parents.isEmpty else {
      lanes[lane] = nil
      return [shift()].compactMap { $0 }
    }
    // A first parent that has a lane further right comes over to the commit's own.
    if let first = parents.first, let column = column(awaiting: first), column > lane {
      lanes[lane] = Lane(awaited: first)
      lanes[column] = nil
      return [.join(from: column, into: lane)] + parents.dropFirst().map { lead(from: lane, to: $0) }
    }
    // The first parent without a lane goes on in the commit's own. When all have one, the commit's ends in the first's.
    guard let heir = parents.first(where: { column(awaiting: $0) == nil }) else {
      return parents.dropFirst().map { lead(from: lane, to: $0) } + parents.prefix(1).map { end(lane, in: $0) }
    }
    lanes[lane] = Lane(awaited: heir)
    let edges = parents.filter { $0 != heir }.map { lead(from: lane, to: $0) }
    return edges.isEmpty ? [shift()].compactMap { $0 } : edges
  }

  /// Draws an edge to one parent beside the lane that goes on.
  private mutating func lead(from lane: Int, to parent: ObjectID) -> Edge {
    guard let column = column(awaiting: parent) else {
      let column = freeColumn(beside: lane)
      lanes[column] = Lane(awaited: parent)
      return .open(from: lane, to: column)
    }
    let wasReserved = lanes[column]?.isReserved ?? false
    lanes[column]?.isReserved = false
    return wasReserved ? .open(from: lane, to: column) : .link(from: lane, to: column)
  }

  /// Ends a lane in the one that waits for a parent already.
  private mutating func end(_ lane: Int, in parent: ObjectID) -> Edge {
    let column = column(awaiting: parent) ?? lane
    let wasReserved = lanes[column]?.isReserved ?? false
    let (left, right) = (min(lane, column), max(lane, column))
    lanes[left] = Lane(awaited: parent)
    lanes[right] = nil
    return wasReserved ? .shift(from: right, to: left) : .join(from: right, into: left)
  }

  private var visible: [Int] { lanes.indices.filter { lanes[$0].map { !$0.isReserved } ?? false } }

  private func column(awaiting commit: ObjectID) -> Int? { lanes.firstIndex { $0?.awaited == commit } }

  private mutating func firstFreeColumn() -> Int {
    if let free = lanes.firstIndex(where: { $0 == nil }) { return free }
    lanes.append(nil)
    return lanes.count - 1
  }

  /// The nearest column without a lane, on the right first; a new one at the end.
  private mutating func freeColumn(beside lane: Int) -> Int {
    let free = lanes.indices.filter { lanes[$0] == nil }
    if let column = free.first(where: { $0 > lane }) ?? free.last { return column }
    lanes.append(nil)
    return lanes.count - 1
  }

  /// Moves the rightmost lane into the first free column.
  private mutating func shift() -> Edge? {
    guard let last = visible.last, let free = lanes.indices.first(where: { lanes[$0] == nil }), free < last else {
      return nil
    }
    lanes[free] = lanes[last]
    lanes[last] = nil
    return .shift(from: last, to: free)
  }

  private mutating func trim() {
    while let last = lanes.last, last == nil { lanes.removeLast() }
  }
}
