internal import Trails

/// The signs that stand left of the text of a graph: two columns per lane, `┊` for the lane and a place for its commit.
///
///     ┊╭┊┄┄t:2300df7e      a session's part of the commit below; the second lane passes
///     ┊●┊    c:0148da09    the commit, in the first lane
///     ├╯┊
///     ├─╯                  the second lane ends in the first: both wait for the same commit
///
/// Below a commit an edge starts or ends in its lane: `├─╮` opens a lane for a parent, `├─┤` leads to a lane that is
/// there already, `╭─╯` moves a lane into a free column. Lanes that are crossed keep their `┊`.
struct LaneText {
  private let row: LaneLayout.Row
  private let style: Style
  private let limit: Int

  /// - Parameter columns: lanes that are drawn; those further right end in `…`.
  init(_ row: LaneLayout.Row, _ style: Style, columns: Int = .max) {
    self.row = row
    self.style = style
    limit = columns
  }

  /// A commit of a history without branches.
  static func single(_ style: Style) -> LaneText {
    LaneText(.trunk, style)
  }

  /// Columns that the signs before the text of a commit take.
  var width: Int { min(columns, limit) * 2 + 3 }

  private var columns: Int { (row.lanes.last ?? 0) + 1 }

  /// The signs before a session's part of the commit; ends where the text begins.
  func trace(isFirst: Bool) -> String {
    var cells = lanes(row.lanes, columns: columns)
    cells[row.lane * 2 + 1] = dim(isFirst ? "╭" : "├")
    for at in (row.lane * 2 + 2)..<cells.count where cells[at] == nil { cells[at] = dim("┄") }
    return text(cells) + dim("┄")
  }

  /// The signs before a further line of a session's part.
  func continuation() -> String {
    var cells = lanes(row.lanes, columns: columns)
    cells[row.lane * 2 + 1] = dim("│")
    return text(cells) + "     "
  }

  /// The signs before the commit.
  func commit(_ dot: String) -> String {
    var cells = lanes(row.lanes, columns: columns)
    cells[row.lane * 2 + 1] = dot
    return text(cells) + "   "
  }

  /// The line that ends the sessions of a commit.
  func close() -> String {
    var cells = lanes(row.lanes, columns: columns)
    cells[row.lane * 2] = style.lane(row.lane, "├")
    cells[row.lane * 2 + 1] = dim("╯")
    return trimmed(cells)
  }

  /// The lines between this commit and the next one.
  func below() -> [String] {
    var current = Set(row.lanes)
    if !row.goesOn { current.remove(row.lane) }
    if row.edges.isEmpty { return [trimmed(lanes(current.sorted(), columns: columns))] }
    return row.edges.map { edge in
      let line = draw(edge, among: current)
      switch edge {
      case .join(let from, _): current.remove(from)
      case .open(_, let to): current.insert(to)
      case .link: break
      case .shift(let from, let to):
        current.remove(from)
        current.insert(to)
      }
      return line
    }
  }

  /// The line for a parent that stands above its child.
  func above(_ label: String) -> String {
    var cells = lanes(row.lanes, columns: columns)
    cells[row.lane * 2] = style.lane(row.lane, row.goesOn ? "├" : "╰")
    cells[row.lane * 2 + 1] = dim("┄")
    return text(cells) + dim("↑ ") + label
  }

  private func draw(_ edge: LaneLayout.Edge, among current: Set<Int>) -> String {
    let (left, right, leftSign, rightSign, color) =
      switch edge {
      case .join(let from, let into): (into, from, "├", "╯", from)
      case .open(let from, let to) where to > from: (from, to, "├", "╮", to)
      case .open(let from, let to): (to, from, "╭", "┤", to)
      case .link(let from, let to): (min(from, to), max(from, to), "├", "┤", to)
      case .shift(let from, let to): (to, from, "╭", "╯", from)
      }
    var cells = lanes(current.sorted(), columns: max(columns, right + 1))
    cells[left * 2] = style.lane(left, leftSign)
    cells[right * 2] = style.lane(right, rightSign)
    for at in (left * 2 + 1)..<(right * 2) where cells[at] == nil { cells[at] = style.lane(color, "─") }
    return trimmed(cells)
  }

  private func lanes(_ lanes: [Int], columns: Int) -> [String?] {
    var cells = [String?](repeating: nil, count: columns * 2)
    for lane in lanes { cells[lane * 2] = style.lane(lane, "┊") }
    return cells
  }

  private func dim(_ text: String) -> String { style.dim(text) }

  private func text(_ cells: [String?]) -> String { clipped(cells).map { $0 ?? " " }.joined() }

  private func trimmed(_ cells: [String?]) -> String {
    var cells = cells
    while let last = cells.last, last == nil { cells.removeLast() }
    return text(cells)
  }

  /// The cells that have room. The mark of a commit further right stands at the edge.
  private func clipped(_ cells: [String?]) -> [String?] {
    guard cells.count > limit * 2 else { return cells }
    let mark = row.lane * 2 + 1
    var shown = Array(cells.prefix(limit * 2))
    shown[shown.count - 2] = dim("…")
    if mark >= shown.count, mark < cells.count { shown[shown.count - 1] = cells[mark] }
    return shown
  }
}
