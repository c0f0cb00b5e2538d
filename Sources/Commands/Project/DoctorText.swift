/// `doctor` for people.
extension DoctorReport {
  /// One line for people.
  struct Row {
    enum Mark { case good, warning, bad, none }

    let mark: Mark
    let label: String
    let value: String
    var detail = ""
  }

  /// Some lines under a title.
  struct Section {
    let title: String
    var rows: [Row] = []
  }

  func text(_ sections: [Section], _ style: Style) -> String {
    var lines: [String] = []
    for section in sections where !section.rows.isEmpty {
      lines.append(style.bold(section.title))
      for row in section.rows {
        let mark =
          switch row.mark {
          case .good: style.good("✓")
          case .warning: style.partial("⚠")
          case .bad: style.bad("✗")
          case .none: style.dim("·")
          }
        let value = TextWidth.pad(row.value, to: row.detail.isEmpty ? 0 : 14)
        lines.append(
          "  \(mark) \(TextWidth.pad(row.label, to: 16)) \(value)"
            + (row.detail.isEmpty ? "" : " \(style.dim(row.detail))"))
      }
    }
    if let nextCommand { lines += ["", "next: \(nextCommand.command)", style.dim("  \(nextCommand.step)")] }
    return lines.joined(separator: "\n") + "\n"
  }
}
