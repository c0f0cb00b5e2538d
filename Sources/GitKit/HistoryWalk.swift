internal import Basics

/// The commits of a history one after the other, in the order of `git log`: newest committer time first, of equal times
/// the one that was met first.
///
/// A commit can come before one of its children when clocks disagree, as in `git log` without `--topo-order`. Nothing
/// is read ahead but the parents of what was handed out, unless something is hidden: then the whole range is.
public final class HistoryWalk {
  /// One commit of the walk.
  public struct Step: Hashable, Sendable {
    public let id: ObjectID
    /// Those that belong to the walk: not hidden, not beyond the edge of a shallow clone; each once.
    public let parents: [ObjectID]
    /// Committer time in seconds since 1970.
    public let seconds: Int
  }

  private struct Node {
    let parents: [ObjectID]
    let seconds: Int
    var isHidden: Bool
    /// Its parents are in the queue, or were.
    var isExpanded = false
  }

  private let repository: Repository
  private let edge: Set<ObjectID>
  private var nodes: [ObjectID: Node] = [:]
  private var missing: Set<ObjectID> = []
  private var queue = Queue()
  private var range: [ObjectID]?
  private var at = 0

  /// - Parameters:
  ///   - tips: where the walk starts; those without a commit object are left out.
  ///   - hidden: leave out what these reach. Cost of hiding: the range, and its surroundings on the hidden side.
  public init(_ repository: Repository, from tips: [ObjectID], hiding hidden: [ObjectID] = []) throws {
    self.repository = repository
    edge = Self.shallowEdge(repository)
    for tip in hidden { try push(tip, isHidden: true) }
    for tip in tips { try push(tip, isHidden: false) }
    if !hidden.isEmpty { range = try limited() }
  }

  /// The next commit; nil at the end. Cost: reading the parents of the one before.
  public func next() throws -> Step? {
    if let range {
      guard at < range.count else { return nil }
      at += 1
      return step(range[at - 1])
    }
    guard let id = queue.pop() else { return nil }
    try expand(id, isHidden: false)
    return step(id)
  }

  /// Whether a commit that was met so far, a tip for example, is part of the walk.
  public func isShown(_ id: ObjectID) -> Bool { nodes[id]?.isHidden == false }

  private func step(_ id: ObjectID) -> Step? {
    guard let node = nodes[id] else { return nil }
    var parents: [ObjectID] = []
    for parent in node.parents where nodes[parent]?.isHidden == false && !parents.contains(parent) {
      parents.append(parent)
    }
    return Step(id: id, parents: parents, seconds: node.seconds)
  }

  private func push(_ id: ObjectID, isHidden: Bool) throws {
    if nodes[id] != nil {
      if isHidden { hide(id) }
      return
    }
    guard !missing.contains(id), let header = try header(id) else {
      missing.insert(id)
      return
    }
    let parents = edge.contains(id) ? [] : header.parents
    nodes[id] = Node(parents: parents, seconds: header.seconds, isHidden: isHidden)
    queue.push(id, header.seconds)
  }

  private func header(_ id: ObjectID) throws -> CommitHeader? {
    try repository.withObject(id) { kind, bytes in kind == .commit ? CommitHeader(bytes) : nil } ?? nil
  }

  private func expand(_ id: ObjectID, isHidden: Bool) throws {
    nodes[id]?.isExpanded = true
    for parent in nodes[id]?.parents ?? [] { try push(parent, isHidden: isHidden) }
  }

  /// Hides a commit and what is known of its ancestors.
  private func hide(_ id: ObjectID) {
    var waiting = [id]
    while let id = waiting.popLast() {
      guard let node = nodes[id], !node.isHidden else { continue }
      nodes[id]?.isHidden = true
      if node.isExpanded { waiting += node.parents }
    }
  }

  /// Commits that git looks at after everything left in the queue is hidden, for clocks that disagree (`SLOP`).
  private static let slop = 5

  /// Reads until nothing in the queue can be part of the range any more, as `limit_list` of git does.
  private func limited() throws -> [ObjectID] {
    var found: [ObjectID] = []
    var slop = Self.slop
    var last = Int.max
    while let id = queue.pop() {
      let node = nodes[id]
      try expand(id, isHidden: node?.isHidden ?? true)
      guard nodes[id]?.isHidden ?? true else {
        last = node?.seconds ?? last
        found.append(id)
        continue
      }
      guard let newest = queue.newest else { break }
      let isOpen = last <= newest || queue.contains { nodes[$0]?.isHidden == false }
      slop = isOpen ? Self.slop : slop - 1
      if slop == 0 { break }
    }
    return found.filter { nodes[$0]?.isHidden == false }
  }

  /// The commits whose parents a shallow clone does not have.
  private static func shallowEdge(_ repository: Repository) -> Set<ObjectID> {
    guard repository.isShallow else { return [] }
    // Without the file nothing is cut off.
    let text = (try? Files.readText(repository.commonDirectory + "/shallow")) ?? nil
    return Set((text ?? "").split(separator: "\n").compactMap { ObjectID(hex: $0) })
  }
}

/// What a walk needs to know of a commit.
struct CommitHeader {
  let parents: [ObjectID]
  let seconds: Int

  init(parents: [ObjectID], seconds: Int) {
    self.parents = parents
    self.seconds = seconds
  }

  /// Reads the lines of a commit object up to `committer`. A commit without a readable time is as old as can be.
  init(_ bytes: UnsafeRawBufferPointer) {
    var parents: [ObjectID] = []
    var seconds = 0
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
      if line.isEmpty { break }
      if line.count == 47, line.starts(with: "parent ".utf8) {
        let digits = UnsafeBufferPointer(rebasing: line.bindMemory(to: UInt8.self)[7...])
        if let parent = ObjectID(digits: digits) { parents.append(parent) }
      } else if line.starts(with: "committer ".utf8) {
        seconds = Self.time(line)
        break
      }
      start = end + 1
    }
    self.init(parents: parents, seconds: seconds)
  }

  /// The number behind the last `>`.
  private static func time(_ line: UnsafeRawBufferPointer) -> Int {
    guard let mail = line.lastIndex(of: 0x3E) else { return 0 }
    var value = 0
    for byte in line[(mail + 1)...].drop(while: { $0 == 0x20 }) {
      guard (0x30...0x39).contains(byte), value < Int.max / 16 else { break }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }
}

/// A heap: the newest commit first, of equal times the one that came first.
private struct Queue {
  private struct Entry {
    let seconds: Int
    let number: Int
    let id: ObjectID

    func precedes(_ other: Entry) -> Bool {
      seconds != other.seconds ? seconds > other.seconds : number < other.number
    }
  }

  private var heap: [Entry] = []
  private var count = 0

  var newest: Int? { heap.first?.seconds }

  func contains(_ isWanted: (ObjectID) -> Bool) -> Bool { heap.contains { isWanted($0.id) } }

  mutating func push(_ id: ObjectID, _ seconds: Int) {
    heap.append(Entry(seconds: seconds, number: count, id: id))
    count += 1
    var child = heap.count - 1
    while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> ObjectID? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first.id }
    heap[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return first.id
  }
}
