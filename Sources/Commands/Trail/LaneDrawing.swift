internal import Trails

/// The lanes beside one commit of the page: a picture of fixed height, and bars that go on beside what is below it.
struct LaneDrawing {
  private let row: LaneLayout.Row
  private let above: Set<Int>
  private let isTied: Bool
  private let columns: Int

  /// Lanes that are drawn; those further right are left out.
  static let limit = 16
  private static let step = 14
  private static let height = 34
  private static let palette = [
    "var(--lane0)", "var(--lane1)", "var(--lane2)", "var(--lane3)", "var(--lane4)", "var(--lane5)",
  ]

  /// - Parameters:
  ///   - row: nil where commits stand for themselves.
  ///   - above: the lanes at the lower edge of the commit before.
  init(_ row: LaneLayout.Row?, above: [Int], isTied: Bool, columns: Int) {
    self.row = row ?? .trunk
    self.above = Set(above)
    self.isTied = isTied
    self.columns = columns
  }

  var width: Int { columns * Self.step + 6 }

  private func x(_ lane: Int) -> Int { min(lane, columns) * Self.step + 9 }
  private func color(_ lane: Int) -> String { Self.palette[lane % Self.palette.count] }
  private var middle: Int { Self.height / 2 }

  var svg: String {
    var parts: [String] = []
    for lane in row.lanes where lane < columns && above.contains(lane) {
      parts.append(path(lane, "M\(x(lane)) 0V\(middle)"))
    }
    var straight = Set(row.lanes)
    if !row.goesOn { straight.remove(row.lane) }
    for edge in row.edges {
      let (from, to) = ends(of: edge)
      switch edge {
      case .join, .shift: straight.remove(from)
      case .open, .link: break
      }
      if from < columns, to < columns { parts.append(curve(from, to)) }
    }
    for lane in straight.sorted() where lane < columns {
      parts.append(path(lane, "M\(x(lane)) \(middle)V\(Self.height)"))
    }
    let fill = isTied ? color(row.lane) : "var(--page)"
    parts.append(
      "<circle cx=\"\(x(row.lane))\" cy=\"\(middle)\" r=\"4.5\" fill=\"\(fill)\" stroke=\"\(color(row.lane))\"/>")
    return """
      <svg width="\(width)" height="\(Self.height)" viewBox="0 0 \(width) \(Self.height)" aria-hidden="true">\
      \(parts.joined())</svg>
      """
  }

  /// The lanes beside the details of the commit.
  var tail: String {
    row.lanesBelow.filter { $0 < columns }.map {
      "<i class=\"lane\" style=\"left:\(x($0) - 1)px;background:\(color($0))\"></i>"
    }.joined()
  }

  private func ends(of edge: LaneLayout.Edge) -> (from: Int, to: Int) {
    switch edge {
    case .join(let from, let into): (from, into)
    case .open(let from, let to), .link(let from, let to), .shift(let from, let to): (from, to)
    }
  }

  private func curve(_ from: Int, _ to: Int) -> String {
    let bend = (middle + Self.height) / 2
    return path(
      max(from, to), "M\(x(from)) \(middle)C\(x(from)) \(bend) \(x(to)) \(bend) \(x(to)) \(Self.height)")
  }

  private func path(_ lane: Int, _ line: String) -> String {
    "<path d=\"\(line)\" stroke=\"\(color(lane))\"/>"
  }
}
