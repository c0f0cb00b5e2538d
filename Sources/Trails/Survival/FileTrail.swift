internal import Basics
internal import GitKit

/// Follows lines of a file from the commits they landed in to HEAD, all lines of all patches in one walk.
final class FileTrail {
  /// A line to follow.
  struct Line: Hashable {
    /// Who asks: the position of a patch.
    let patch: Int
    /// The line of the patch.
    let patchLine: Int
    let commit: ObjectID
    /// 0-based, in the commit's file.
    let line: Int
    /// A formatter has been at it before it landed.
    let isTransformed: Bool
  }

  /// Where a line is in one commit.
  struct Place: Hashable {
    enum Life: UInt8 {
      /// The line has not been written.
      case unborn
      case alive
      case gone
    }

    var life = Life.unborn
    /// Position in the state's files.
    var file: UInt16 = 0
    var isTransformed = false
    var isMoved = false
    var line: Int32 = 0
  }

  /// The lines as of one commit, and of those after it that don't touch them.
  struct State {
    let node: Int
    /// Paths that hold lines, with their blobs.
    var files: [(path: BytePath, blob: ObjectID)]
    var places: [Place]
  }

  /// States in the order of the walk.
  private(set) var states: [State] = []
  /// The state of each commit of the ancestry; -1 before any of the lines.
  private var stateOf: [Int]
  /// Whether there were more changes of the file than the limit allows.
  private(set) var isTruncated = false

  private let reader: TrailReader
  private let lines: [Line]
  /// Where the lines landed.
  let path: BytePath

  /// - Parameters:
  ///   - path: where the lines landed.
  ///   - limit: commits that change the file to look at, at most; beyond that HEAD alone is compared.
  /// - Throws: ``Deadline/Passed`` as well.
  init(_ reader: TrailReader, path: BytePath, lines: [Line], limit: Int, deadline: Deadline? = nil) throws {
    self.reader = reader
    self.path = path
    self.lines = lines
    stateOf = Array(repeating: -1, count: reader.ancestry.nodes.count)
    let births = Dictionary(grouping: lines.indices) { reader.ancestry.position(of: lines[$0].commit) ?? -1 }
    guard let first = births.keys.filter({ $0 >= 0 }).min() else { return }
    for node in first..<reader.ancestry.nodes.count {
      try deadline?.check()
      try visit(node, births[node] ?? [], limit)
    }
  }

  private func visit(_ node: Int, _ born: [Int], _ limit: Int) throws {
    let parents = reader.ancestry.nodes[node].parents.map { $0.map { stateOf[$0] } ?? -1 }
    let known = Set(parents.filter { $0 >= 0 })
    if known.isEmpty, born.isEmpty { return }
    if born.isEmpty, known.count == 1, let only = known.first {
      let isFirst = parents.first == only
      if states.count >= limit, node < stateOf.count - 1 {
        isTruncated = true
        stateOf[node] = only
        return
      }
      if isFirst, try !touches(node, states[only]) {
        stateOf[node] = only
        return
      }
    }
    guard let commit = try reader.ancestry.commit(reader.ancestry.nodes[node].id) else { return }
    var merged: State?
    for (parent, above) in zip(parents, reader.ancestry.nodes[node].parents) where parent >= 0 {
      let before = above.map { reader.ancestry.nodes[$0].id } ?? commit.id
      let next = try follow(states[parent], of: before, into: commit, node: node)
      merged = merged.map { join($0, next) } ?? next
    }
    var state =
      merged ?? State(node: node, files: [], places: Array(repeating: Place(), count: lines.count))
    if !born.isEmpty, let blob = try reader.blob(at: path, in: commit.tree) {
      let file = place(of: path, blob, in: &state)
      for number in born {
        state.places[number] = Place(
          life: .alive, file: file, isTransformed: lines[number].isTransformed, line: Int32(lines[number].line))
      }
    }
    if let only = known.first, known.count == 1, born.isEmpty, isSame(states[only], state) {
      stateOf[node] = only
    } else {
      stateOf[node] = states.count
      states.append(state)
    }
  }

  private func isSame(_ a: State, _ b: State) -> Bool {
    a.places == b.places && a.files.elementsEqual(b.files) { $0.path == $1.path && $0.blob == $1.blob }
  }

  /// Whether a commit changes a file of the state, as far as is known without its tree.
  private func touches(_ node: Int, _ state: State) throws -> Bool {
    for file in state.files where reader.ancestry.changes(node, HistoryCache.hash(file.path)) ?? true { return true }
    return false
  }

  private func place(of path: BytePath, _ blob: ObjectID, in state: inout State) -> UInt16 {
    if let known = state.files.firstIndex(where: { $0.path == path }) { return UInt16(known) }
    state.files.append((path, blob))
    return UInt16(state.files.count - 1)
  }

  /// The state of a parent carried on into its child.
  private func follow(_ old: State, of parent: ObjectID, into commit: Commit, node: Int) throws -> State {
    var state = State(node: node, files: [], places: old.places)
    var gone: [(number: Int, file: Int)] = []
    for (number, file) in old.files.enumerated() {
      let inside = old.places.indices.filter { old.places[$0].life == .alive && Int(old.places[$0].file) == number }
      guard !inside.isEmpty else { continue }
      guard let target = try reader.target(of: file.path, from: parent, in: commit) else {
        gone += inside.map { ($0, number) }
        continue
      }
      let isRenamed = target.path != file.path
      let index = place(of: target.path, target.blob, in: &state)
      let targets = try reader.targets(
        of: inside.lazy.map { Int(old.places[$0].line) }, from: file.blob, to: target.blob)
      for number in inside {
        guard let to = targets.target(of: Int(old.places[number].line)) else {
          gone.append((number, Int(old.places[number].file)))
          continue
        }
        state.places[number].file = index
        state.places[number].line = Int32(to.line)
        state.places[number].isTransformed = old.places[number].isTransformed || to.isTransformed
        state.places[number].isMoved = old.places[number].isMoved || to.isMoved || isRenamed
      }
    }
    try rescue(gone, old, &state, commit)
    return state
  }

  /// Lines that a commit took out of a file may stand in another one.
  private func rescue(_ gone: [(number: Int, file: Int)], _ old: State, _ state: inout State, _ commit: Commit) throws {
    for (number, _) in gone { state.places[number].life = .gone }
    for (file, lost) in Dictionary(grouping: gone, by: \.file) {
      let from = old.files[file]
      let moves = try reader.moves(from: from.path, from.blob, in: commit)
      guard !moves.isEmpty else { continue }
      for (number, _) in lost {
        guard let to = moves[Int(old.places[number].line)] else { continue }
        state.places[number] = Place(
          life: .alive, file: place(of: to.path, to.blob, in: &state), isTransformed: old.places[number].isTransformed,
          isMoved: true, line: Int32(to.line))
      }
    }
  }

  /// What a merge has of its parents: a line that came through from one of them is there.
  private func join(_ a: State, _ b: State) -> State {
    var joined = a
    for number in b.places.indices {
      let (mine, other) = (a.places[number], b.places[number])
      let takes =
        mine.life == .unborn || mine.life == .gone && other.life == .alive
        || mine.life == .alive && other.life == .alive && mine.isMoved && !other.isMoved
      guard takes, other.life != .unborn else { continue }
      var place = other
      if other.life == .alive {
        let file = b.files[Int(other.file)]
        place.file = self.place(of: file.path, file.blob, in: &joined)
      }
      joined.places[number] = place
    }
    return joined
  }

  /// The states that lines of a patch went through, from where they landed to HEAD.
  ///
  /// - Parameter numbers: positions of the patch's lines.
  func course(of numbers: [Int]) -> [State] {
    var course: [State] = []
    var node = stateOf.count - 1
    while node >= 0, stateOf[node] >= 0 {
      let state = states[stateOf[node]]
      guard numbers.contains(where: { state.places[$0].life != .unborn }) else { break }
      if course.last?.node != state.node { course.append(state) }
      let above = reader.ancestry.nodes[state.node].parents.compactMap { $0 }
      let next = above.first { parent in
        stateOf[parent] >= 0 && numbers.contains { states[stateOf[parent]].places[$0].life != .unborn }
      }
      guard let next else { break }
      node = next
    }
    return course.reversed()
  }

  /// The commit that brought a state about.
  func commit(of state: State) -> ObjectID { reader.ancestry.nodes[state.node].id }

  /// The state at HEAD.
  var last: State? { stateOf.last.flatMap { $0 >= 0 ? states[$0] : nil } }
}
