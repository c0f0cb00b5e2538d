import Basics
import TestSupport

/// The texts of the scenarios, from `fixtures/scenarios`.
enum Fixture {
  static let app = text("app.py")
  /// What EDIT-A puts in place of `total`: 12 lines, 10 of them not blank.
  static let total = text("total.py")
  /// What WRITE-M writes: 15 lines, 10 of them not blank.
  static let money = text("money.py")

  static let oldTotal = """
    def total(items):
        result = 0
        for item in items:
            result += item.price
        return result

    """

  private static func text(_ name: String) -> String {
    let root = Paths.parent(Paths.parent(Paths.parent("\(#filePath)")))
    // A fixture that is missing fails every comparison with it.
    return (try? Files.readText(root + "/fixtures/scenarios/" + name)) ?? ""
  }
}

/// What the agents of the scenarios do, in the names that the scenarios use.
extension FakeClaudeCode {
  /// EDIT-A: lines 11 to 22 of `src/app.py` afterwards.
  func editA(_ path: String = "src/app.py") throws { try edit(path, Fixture.oldTotal, Fixture.total) }

  /// EDIT-R: one line before the return of `render`.
  func editR(_ path: String = "src/app.py") throws {
    let last = "    return \"\\n\".join(lines)\n"
    try edit(path, last, "    lines.append(f\"TOTAL {total(order.items):>10}\")\n" + last)
  }

  func writeM() throws { try write("src/money.py", Fixture.money) }
}
