import GitKit
import TestSupport
import Testing
import Trails

/// Lanes beside random histories.
@Suite struct LaneLayoutTests {
  private struct Node {
    let id: ObjectID
    let parents: [ObjectID]
  }

  private static func id(_ number: Int) -> ObjectID {
    ObjectID(bytes: (0..<20).map { $0 == 19 ? UInt8(number & 0xFF) : $0 == 18 ? UInt8(number >> 8) : 7 }) ?? .zero
  }

  /// Commits, newest first; now and then one stands above its child, as where clocks disagree.
  private func history(seed: UInt64, disorder: Bool) -> [Node] {
    var random = SeededGenerator(seed: seed)
    let count = 80
    var nodes = (0..<count).map { number -> Node in
      let older = (number + 1)..<min(number + 8, count)
      let wanted = [1, 1, 1, 1, 2, 2, 3, 0][Int.random(in: 0..<8, using: &random)]
      var parents: [ObjectID] = []
      for _ in 0..<wanted where !older.isEmpty {
        let parent = Self.id(Int.random(in: older, using: &random))
        if !parents.contains(parent) { parents.append(parent) }
      }
      return Node(id: Self.id(number), parents: parents)
    }
    if disorder { for at in stride(from: 5, to: count - 1, by: 9) { nodes.swapAt(at, at + 1) } }
    return nodes
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func edgesLeadFromTheLanesAboveToThoseBelow(_ seed: UInt64) {
    let nodes = history(seed: seed, disorder: seed % 3 == 0)
    var layout = LaneLayout(first: nodes.first?.id)
    /// The commit that each column waits for, as the edges tell it.
    var waiting: [Int: ObjectID] = [:]
    var seen: Set<ObjectID> = []
    for node in nodes {
      let row = layout.add(node.id, parents: node.parents)
      seen.insert(node.id)
      let own = waiting.filter { $0.value == node.id }.map(\.key)
      #expect(own.isEmpty || own == [row.lane], "one lane leads to a commit, and it stands in it")
      waiting[row.lane] = nil
      #expect(row.lanes == (waiting.keys + [row.lane]).sorted(), "lanes above")
      let below = node.parents.filter { !seen.contains($0) }
      #expect(row.above == node.parents.filter { seen.contains($0) })
      #expect(row.goesOn == !below.isEmpty)
      var reached: [ObjectID] = []
      var rest = below
      if row.goesOn {
        let linked = row.edges.compactMap { edge -> ObjectID? in
          switch edge {
          case .link(let from, let to): from == row.lane ? waiting[to] : nil
          case .join(let from, let into): from == row.lane ? waiting[into] : into == row.lane ? waiting[from] : nil
          case .open, .shift: nil
          }
        }
        reached += linked
        rest.removeAll { linked.contains($0) }
        // What no other edge leads to, the commit's own lane does.
        let isJoined = row.edges.contains {
          if case .join(let from, let into) = $0 { from == row.lane || into == row.lane } else { false }
        }
        if !isJoined, let heir = rest.first {
          waiting[row.lane] = heir
          reached.append(heir)
          rest.removeFirst()
        }
      }
      for edge in row.edges {
        switch edge {
        case .open(_, let to):
          #expect(waiting[to] == nil, "a lane opens in a free column")
          if !rest.isEmpty {
            waiting[to] = rest.removeFirst()
            reached += [waiting[to] ?? .zero]
          }
        case .link(_, let to): #expect(waiting[to] != nil, "a link leads to a lane")
        case .join(let from, let into):
          #expect(into < from)
          let target = waiting[into] ?? waiting[from]
          waiting[into] = target
          waiting[from] = nil
        case .shift(let from, let to):
          #expect(waiting[to] == nil && to < from, "a lane moves to the left, where nothing is")
          waiting[to] = waiting[from]
          waiting[from] = nil
        }
      }
      #expect(Set(reached) == Set(below), "every parent below is led to")
      #expect(row.lanesBelow == waiting.keys.sorted(), "lanes below")
    }
  }

  @Test func firstParentsOfTheFirstCommitStayInTheFirstColumn() {
    for seed in 100..<130 as Range<UInt64> {
      let nodes = history(seed: seed, disorder: false)
      let parents = Dictionary(uniqueKeysWithValues: nodes.map { ($0.id, $0.parents) })
      var trunk: Set<ObjectID> = []
      var next = nodes.first?.id
      while let id = next {
        trunk.insert(id)
        next = parents[id]?.first
      }
      var layout = LaneLayout(first: nodes.first?.id)
      for node in nodes {
        let row = layout.add(node.id, parents: node.parents)
        if trunk.contains(node.id) { #expect(row.lane == 0) }
      }
    }
  }
}
