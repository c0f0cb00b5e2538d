import Glibc

/// A measured value.
enum Quantity {
  case seconds(Double)
  case bytes(Int)

  var value: Double {
    switch self {
    case .seconds(let seconds): seconds
    case .bytes(let bytes): Double(bytes)
    }
  }

  var text: String {
    switch self {
    case .seconds(let seconds):
      abs(seconds) < 1 ? "\(Self.fixed(seconds * 1000, 1)) ms" : "\(Self.fixed(seconds, 2)) s"
    case .bytes(let bytes):
      bytes < 10_000_000 ? "\(Self.fixed(Double(bytes) / 1e3, 0)) kB" : "\(Self.fixed(Double(bytes) / 1e6, 1)) MB"
    }
  }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = pow(10, Double(digits))
    let whole = Int((abs(value) * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(whole % Int(scale))
    return "\(sign)\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}

/// The table of results, printed row by row.
struct Table {
  /// Whether every measurement could be made.
  private(set) var isComplete = true
  private static let widths = [46, 11, 11, 8, 10]

  init() { line(["name", "ours", "git", "ratio", "limit", ""]) }

  /// Ours as a multiple of git's.
  func ratio(_ name: String, _ ours: Quantity, to git: Quantity, limit: Double) {
    let ratio = git.value > 0 ? ours.value / git.value : .infinity
    let text = ratio.isFinite ? "\(Quantity.fixed(ratio, 2))×" : "-"
    line([name, ours.text, git.text, text, "\(Quantity.fixed(limit, 1))×", verdict(ratio <= limit)])
  }

  /// Ours by itself.
  func atMost(_ name: String, _ ours: Quantity, limit: Quantity) {
    line([name, ours.text, "-", "-", limit.text, verdict(ours.value <= limit.value)])
  }

  /// Ours and git's, where their difference counts.
  func difference(_ name: String, _ ours: Quantity, _ git: Quantity, limit: Quantity) {
    let difference = Quantity.seconds(ours.value - git.value)
    line([name, ours.text, git.text, "+" + difference.text, limit.text, verdict(difference.value <= limit.value)])
  }

  /// Ours in two situations, as a multiple.
  func growth(_ name: String, _ more: Quantity, over less: Quantity, limit: Double) {
    let ratio = less.value > 0 ? more.value / less.value : .infinity
    let text = ratio.isFinite ? "\(Quantity.fixed(ratio, 2))×" : "-"
    line([name, "\(more.text)", "(\(less.text))", text, "\(Quantity.fixed(limit, 2))×", verdict(ratio <= limit)])
  }

  /// A part of all, from 0 to 1.
  func share(_ name: String, _ share: Double, aim: Double?) {
    let limit = aim.map { "≥ " + Quantity.fixed($0, 2) } ?? "-"
    line([name, Quantity.fixed(share, 3), "-", "-", limit, aim.map { verdict(share >= $0) } ?? ""])
  }

  /// Makes some rows; says so when that is not possible.
  mutating func section(_ name: String, _ body: (Table) throws -> Void) {
    do {
      try body(self)
    } catch {
      isComplete = false
      line([name, "-", "-", "-", "-", "cannot run: \(error)"])
    }
  }

  private func verdict(_ isWithin: Bool) -> String { isWithin ? "ok" : "over" }

  private func line(_ cells: [String]) {
    var text = ""
    for (cell, width) in zip(cells, Self.widths) {
      let blanks = String(repeating: " ", count: max(0, width - cell.count))
      text += text.isEmpty ? cell + blanks : "  " + blanks + cell
    }
    File.put(text + "  " + (cells.last ?? "") + "\n")
  }
}
